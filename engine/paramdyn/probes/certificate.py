"""Proof that a change of the weights left the function as it was, on images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.probes.forward import Batches, evaluating


@dataclass(frozen=True, slots=True)
class FunctionChange:
    """How far the logits of two sets of weights are apart.

    Attributes:
        images: N.
        largest: max |f(x) - g(x)| over images and classes; NaN when a logit is.
        rms: Root mean square of f's logits.
        relative: ``largest / rms``; None when undefined.
        reason: Why it is undefined; empty when it is not.
    """

    images: int
    largest: float
    rms: float
    relative: float | None
    reason: str = ""


@torch.no_grad()
def function_change(
    model: nn.Module, before: Mapping[str, Tensor], after: Mapping[str, Tensor], batches: Batches
) -> FunctionChange:
    """Return how much of the function two state_dicts of ``model`` do not share.

    For a symmetry it is rounding: about 1e-6 in float32, and exactly 0 for signs in front of
    batch normalisation. The model's own weights are neither used nor changed.

    Args:
        model: Runs in evaluation mode; its modes are restored.
        before: f.
        after: g.
        batches: (images, labels), on the device of the weights.
    """
    images, largest, squares, count = 0, 0.0, 0.0, 0
    with evaluating(model):
        for batch, _ in batches:
            f, g = (torch.func.functional_call(model, dict(s), (batch,)) for s in (before, after))
            difference = float((f.double() - g.double()).abs().max())
            largest = difference if math.isnan(difference) else max(largest, difference)
            squares += float(f.double().square().sum())
            count += f.numel()
            images += len(batch)
            if math.isnan(largest):
                break
    rms = math.sqrt(squares / count) if count else 0.0
    reason = "no images" if not count else "all logits are zero" if not rms else ""
    if not (math.isfinite(largest) and math.isfinite(rms)):
        reason = "logits are not finite"
    return FunctionChange(images, largest, rms, None if reason else largest / rms, reason)
