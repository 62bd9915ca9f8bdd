"""Putting named tensors into a model, or saying exactly which of them do not fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn

from paramdyn.errors import WeightsError

_COUNTER = "num_batches_tracked"


def load_into(
    model: nn.Module, tensors: Mapping[str, Tensor], *, source: str, keep: Collection[str] = ()
) -> None:
    """Copy ``tensors`` into the model's parameters and persistent buffers, in place.

    Args:
        model: Its tensors keep their memory, layout, type and device.
        tensors: Every name of ``model.state_dict()``, but for ``keep`` and the batch counters of
            norm layers, which old files lack.
        source: What ``tensors`` come from, for messages.
        keep: Names that keep their values.

    Raises:
        WeightsError: Names or shapes differ; a table lists every one.
    """
    state = model.state_dict()
    rows = mismatches(state, tensors, keep=keep)
    if rows:
        raise WeightsError(_table(source, rows))
    with torch.no_grad():
        for name, tensor in state.items():
            if name in tensors and name not in keep:
                tensor.copy_(tensors[name])


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


def _shape(tensors: Mapping[str, Tensor], name: str) -> str:
    return str(tuple(tensors[name].shape)) if name in tensors else "-"


def _table(source: str, rows: list[tuple[str, str, str]]) -> str:
    header = ("name", "in the file", "in the model")
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(3)]
    lines = [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join(
        [
            f"{source}: {len(rows)} tensor(s) do not fit the model ('-': absent).",
            *lines,
            "Expected the same names and shapes. Choose the model, number of classes and image "
            "size that these weights were made for.",
        ]
    )
