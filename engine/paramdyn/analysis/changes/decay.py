"""What weight decay alone did to a run's parameters."""

from __future__ import annotations

from dataclasses import dataclass

from paramdyn.analysis.subjects import Subject
from paramdyn.optimizers import decay_ratio
from paramdyn.specs.learning_rate import learning_rate_at


@dataclass(frozen=True, slots=True)
class Decay:
    """The effect of weight decay on a scalar that never has a gradient.

    Attributes:
        rate: The weight decay.
        steps: Updates.
        ratio: theta_T / theta_0 in closed form; None when undefined.
        reason: Why it is undefined; empty when it is not.
    """

    rate: float
    steps: int
    ratio: float | None
    reason: str = ""


def decay_of(subject: Subject, step: int) -> Decay | None:
    """Return what decay did in the first ``step`` updates; None without weight decay.

    SGD with momentum mu: v = mu v + decay w, w = w - lr v, from v = 0; AdamW: the product of
    1 - lr decay (SCIENCE.md, K6 and K7). Adam rescales decay by its own size: no closed form.

    Args:
        subject: A run.
        step: Updates so far.
    """
    spec, manifest = subject.spec, subject.manifest
    if manifest is None or not spec.optimizer.weight_decay:
        return None
    rates = [
        learning_rate_at(
            spec, k, total_steps=manifest.total_steps, steps_per_epoch=manifest.steps_per_epoch
        )
        for k in range(step)
    ]
    ratio = decay_ratio(spec.optimizer, rates)
    reason = "" if ratio is not None else f"{spec.optimizer.name} has no closed form of decay"
    return Decay(spec.optimizer.weight_decay, step, ratio, reason)
