"""The rows of a picture of all layers: which parameters a row stands for, and what it then shows.

A ResNet18 has 62 parameters and a terminal 24 lines. Rows are as fine as fits: parameters, else
layers, else groups of layers by their common prefix, else neighbours merged.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.safe_text import printable

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo

NORMS = {"weight_norm", "displacement", "update_norm", "gradient_norm", "buffer_displacement"}
RELATIVE = {"relative_displacement", "update_ratio"}
KEPT = {"straightness": "min"}
"""Which extreme of the times in one cell is shown; of the others the largest."""


class Row(NamedTuple):
    """A label and the indices of the parameters it stands for."""

    label: str
    members: tuple[int, ...]


def group_rows(parameters: Sequence[ParameterInfo], most: int) -> list[Row]:
    """Return at most ``most`` rows that together stand for every parameter once, in order."""
    levels = [[info.name for info in parameters], [info.layer or info.name for info in parameters]]
    deepest = max((name.count(".") for name in levels[-1]), default=0)
    levels += [[_prefix(name, depth) for name in levels[1]] for depth in range(deepest, 0, -1)]
    finer: list[Row] = []
    for names in levels:
        rows = _grouped(names)
        if len(rows) <= most:
            # two rows where eight fit tell less than eight merged from the nineteen below them
            return _merged(finer, most) if finer and 2 * len(rows) < most else rows
        finer = rows
    return _merged(finer, most)


def combine(
    measurement: str,
    rows: Sequence[Row],
    values: Floats,
    defined: Bools,
    weights: Floats,
) -> tuple[Floats, Bools]:
    """Return the values of ``rows`` from the values of parameters.

    Norms combine as the root of the sum of squares; relative norms as the root of the mean of
    squares weighted by ``weights`` squared, which is exact for a relative displacement when they
    are the norms at the start; anything else as the mean weighted by ``weights``. Undefined
    parameters are left out; a row is undefined when all of its parameters are. One NaN or infinity
    makes the row's value not finite.

    Args:
        measurement: Its name.
        rows: R rows.
        values: Shape (L, T).
        defined: Shape (L, T).
        weights: Shape (L,).

    Returns:
        Values and which are defined, each of shape (R, T).
    """
    combined = np.empty((len(rows), values.shape[1]))
    exists = np.empty(combined.shape, bool)
    for number, row in enumerate(rows):
        members = list(row.members)
        known = defined[members]
        part = np.where(known, values[members], 0.0)
        exists[number] = known.any(axis=0)
        combined[number] = _combined(measurement, part, known, weights[members])
    return combined, exists


def shorten(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` characters; what is cut is cut out of the middle.

    >>> shorten("layer3.0.downsample.0.weight", 16)
    'layer3….0.weight'
    """
    text = printable(text)
    if len(text) <= width:
        return text
    if width < 4:
        return text[:width]
    tail = (width - 1) * 3 // 5
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"


def _combined(measurement: str, part: Floats, known: Bools, weights: Floats) -> Floats:
    if len(part) == 1:
        return part[0]
    with np.errstate(over="ignore", invalid="ignore"):
        if measurement in NORMS:
            return np.sqrt(np.sum(part**2, axis=0))
        squares = measurement in RELATIVE
        share = known * (weights**2 if squares else weights)[:, None]
        whole = share.sum(axis=0)
        # all weights zero: a plain mean, rather than nothing
        share = np.where(whole > 0, share, known)
        whole = np.maximum(share.sum(axis=0), np.finfo(float).tiny)
        mean = np.sum(share * (part**2 if squares else part), axis=0) / whole
        return np.sqrt(mean) if squares else mean


def _prefix(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def _grouped(names: Sequence[str]) -> list[Row]:
    members: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        members.setdefault(name, []).append(index)
    return [Row(name, tuple(indices)) for name, indices in members.items()]


def _merged(rows: list[Row], most: int) -> list[Row]:
    """Merge neighbours so that ``most`` rows are left, none of them empty."""
    most = max(1, min(most, len(rows)))
    edges = [index * len(rows) // most for index in range(most + 1)]
    parts = [rows[start:end] for start, end in itertools.pairwise(edges)]
    return [
        Row(_span(part[0].label, part[-1].label), tuple(i for row in part for i in row.members))
        for part in parts
    ]


def _span(first: str, last: str) -> str:
    """Name neighbours by the first and the last of them, their common beginning said once.

    >>> _span("features.0", "features.7"), _span("conv1", "conv1")
    ('features.0…7', 'conv1')
    """
    if first == last:
        return first
    head, dot, tail = last.rpartition(".")
    return f"{first}…{tail if dot and first.startswith(head + dot) else last}"
