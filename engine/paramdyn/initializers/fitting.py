"""Putting named tensors into a model, or saying exactly which of them do not fit."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn

from paramdyn.errors import WeightsError

_COUNTER = "num_batches_tracked"
_LISTED = 5
_ROWS = 10
"""Rows of the table of what does not fit; another model lacks a hundred."""

log = logging.getLogger(__name__)


def load_into(
    model: nn.Module, tensors: Mapping[str, Tensor], *, source: str, keep: Collection[str] = ()
) -> None:
    """Copy ``tensors`` into the model's parameters and persistent buffers, in place.

    Floating point of another width is cast; where that changes values, the log says so. Numbers of
    another kind are refused: whole numbers for weights are indices, quantized values or a mask.

    Args:
        model: Its tensors keep their memory, layout, type and device.
        tensors: Every name of ``model.state_dict()``, but for ``keep`` and the batch counters of
            norm layers, which old files lack.
        source: What ``tensors`` come from, for messages.
        keep: Names that keep their values.

    Raises:
        WeightsError: Names or shapes differ (a table lists every one), or kinds of numbers do.
    """
    state = model.state_dict()
    rows = mismatches(state, tensors, keep=keep)
    if rows:
        raise WeightsError(_table(source, rows))
    pairs = {
        name: (tensor, tensors[name])
        for name, tensor in state.items()
        if name in tensors and name not in keep
    }
    _refuse_other_kinds(source, pairs)
    rounded = [name for name, (ours, theirs) in pairs.items() if _changes(ours, theirs)]
    if rounded:
        log.warning(
            "%s: %d tensor(s) lose digits: the model keeps fewer than the file (%s)",
            source,
            len(rounded),
            _listed([f"{name}: {tensors[name].dtype}" for name in rounded]),
        )
    with torch.no_grad():
        for ours, theirs in pairs.values():
            ours.copy_(theirs)


def mismatches(
    state: Mapping[str, Tensor], tensors: Mapping[str, Tensor], *, keep: Collection[str] = ()
) -> list[tuple[str, str, str]]:
    """Return (name, shape in the file, shape in the model) of everything that differs."""
    rows = []
    for name in [*state, *(name for name in tensors if name not in state)]:
        ours = _shape(state, name)
        theirs = _shape(tensors, name)
        optional = name.endswith(_COUNTER) and theirs == "-"
        if ours != theirs and name not in keep and not optional:
            rows.append((name, theirs, ours))
    return rows


def _refuse_other_kinds(source: str, pairs: Mapping[str, tuple[Tensor, Tensor]]) -> None:
    """Refuse what a cast would give another meaning: whole, complex, quantized or sparse."""
    other = [
        f"{name}: {_kind(theirs)} for {ours.dtype}"
        for name, (ours, theirs) in pairs.items()
        if theirs.is_quantized
        or theirs.layout != torch.strided
        or (
            not theirs.is_floating_point()
            if ours.is_floating_point()
            else theirs.is_complex() or (theirs.is_floating_point() and _changes(ours, theirs))
        )
    ]
    if other:
        raise WeightsError(
            f"{source}: {len(other)} tensor(s) hold another kind of numbers than the model "
            f"({_listed(other)}). Expected dense floating point for weights and whole numbers for "
            "counters. Give the file of the network's own weights, dequantized if need be."
        )


def _changes(ours: Tensor, theirs: Tensor) -> bool:
    """Tell whether a cast to the type of ``ours`` changes a value; NaN counts as itself."""
    if ours.dtype == theirs.dtype or not theirs.is_floating_point():
        return False
    wide = theirs.to(torch.float64)
    return not torch.equal(wide.to(ours.dtype).double().nan_to_num(), wide.nan_to_num())


def _kind(tensor: Tensor) -> str:
    if tensor.layout != torch.strided:
        return f"{tensor.layout} {tensor.dtype}"
    return str(tensor.dtype)


def _listed(texts: list[str]) -> str:
    more = [f"and {len(texts) - _LISTED} more"] if len(texts) > _LISTED else []
    return ", ".join([*texts[:_LISTED], *more])


def _shape(tensors: Mapping[str, Tensor], name: str) -> str:
    return str(tuple(tensors[name].shape)) if name in tensors else "-"


def _table(source: str, rows: list[tuple[str, str, str]]) -> str:
    header = ("name", "in the file", "in the model")
    count, rows = len(rows), rows[:_ROWS]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(3)]
    lines = [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join(
        [
            f"{source}: {count} tensor(s) do not fit the model ('-': absent).",
            *lines,
            *([f"  and {count - _ROWS} more"] if count > _ROWS else []),
            "Expected the same names and shapes. Choose the model, number of classes and image "
            "size that these weights were made for.",
        ]
    )
