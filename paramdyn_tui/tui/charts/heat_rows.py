"""Which rows a heatmap has where there are more than fit."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.plotting.layers import KEPT, combine, group_rows
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.charts.chart import Heat

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo


def with_layers(
    heat: Heat,
    parameters: Sequence[ParameterInfo],
    measurement: str,
    weights: Floats,
    most: int,
) -> Heat:
    """Return a heatmap whose rows are parameters with at most ``most`` rows, as fine as fits.

    Rows are parameters, else layers, else groups of layers, and each shows what the measurement is
    of all its parameters together (``plotting.layers.combine``).

    Args:
        heat: One row for each parameter.
        parameters: What the rows are. Length R.
        measurement: Its name.
        weights: Of the parameters: their norms at the start, or how many scalars they have.
            Shape (R,).
        most: Rows, at least 1.
    """
    rows = group_rows(parameters, most)
    values, defined = combine(measurement, rows, heat.values, heat.defined, weights)
    keep = KEPT.get(measurement, "max")
    return replace(
        heat, labels=[row.label for row in rows], values=values, defined=defined, keep=keep
    )


def squeezed(heat: Heat, most: int) -> tuple[Heat, list[range]]:
    """Put neighbours together so that at most ``most`` rows are left; also which ones they were."""
    count = len(heat.labels)
    if count <= most:
        return heat, [range(index, index + 1) for index in range(count)]
    edges = [index * count // most for index in range(most + 1)]
    members = [range(start, end) for start, end in itertools.pairwise(edges)]
    finite = heat.defined & np.isfinite(heat.values)
    sign = -1.0 if heat.keep == "min" else 1.0
    best = sign * np.maximum.reduceat(
        np.where(finite, sign * heat.values, -np.inf), edges[:-1], axis=0
    )
    spoilt = np.logical_or.reduceat(heat.defined & ~np.isfinite(heat.values), edges[:-1], axis=0)
    labels = [
        heat.labels[each[0]] if len(each) == 1 else f"{heat.labels[each[0]]} +{len(each) - 1}"
        for each in members
    ]
    return replace(
        heat,
        labels=labels,
        values=np.where(spoilt, np.nan, best),
        defined=np.logical_or.reduceat(heat.defined, edges[:-1], axis=0),
    ), members
