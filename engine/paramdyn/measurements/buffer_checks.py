"""Buffers that no training can have made: what is wrong with a start that looks like a network."""

from __future__ import annotations

import torch
from torch import nn


def invalid_buffers(model: nn.Module) -> list[str]:
    """Return what is wrong with the buffers of ``model``, one sentence each; nothing is changed.

    A running variance below zero makes every output NaN in evaluation mode, and heals within a few
    training steps, so it goes unnoticed: negating a whole state_dict does it (SCIENCE.md, K16).
    """
    found = []
    for name, buffer in model.named_buffers():
        if not buffer.is_floating_point():
            continue
        if not bool(torch.isfinite(buffer).all()):
            found.append(f"invalid buffers: {name} has values that are not finite")
        elif name.rpartition(".")[2] == "running_var" and bool((buffer < 0).any()):
            found.append(
                f"invalid buffers: {name} has negative variances, so outputs in evaluation mode "
                "are NaN until training has replaced them"
            )
    return found
