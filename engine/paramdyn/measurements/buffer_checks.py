"""Buffers that no training can have made: what is wrong with a start that looks like a network."""

from __future__ import annotations

import torch
from torch import nn

_NAMED = 3


def invalid_buffers(model: nn.Module) -> list[str]:
    """Return what is wrong with the buffers of ``model``, a sentence for each kind of fault.

    A running variance below zero makes every output NaN in evaluation mode, and heals within a few
    training steps, so it goes unnoticed: negating a whole state_dict does it (SCIENCE.md, K16).
    Nothing is changed.
    """
    infinite, negative = [], []
    for name, buffer in model.named_buffers():
        if not buffer.is_floating_point():
            continue
        if not bool(torch.isfinite(buffer).all()):
            infinite.append(name)
        elif name.rpartition(".")[2] == "running_var" and bool((buffer < 0).any()):
            negative.append(name)
    found = []
    if infinite:
        found.append(f"invalid buffers: {_named(infinite)} values that are not finite")
    if negative:
        found.append(
            f"invalid buffers: {_named(negative)} negative variances, so outputs in evaluation "
            "mode are NaN until training has replaced them"
        )
    return found


def _named(names: list[str]) -> str:
    """Return how many there are and the first ones, with the verb."""
    if len(names) == 1:
        return f"{names[0]} has"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} ({', '.join(names[:_NAMED])}{more}) have"
