"""Why a run ended as diverged, and what to do about it."""

from __future__ import annotations

import math

from paramdyn.training.prepare import Prepared


def why_diverged(run: Prepared, step: int) -> str:
    """Return what was not finite at ``step``, its likely cause, and the way out."""
    found = (
        f"the loss or a parameter was not finite at step {step}. Everything recorded until then "
        "is kept. "
    )
    infinite = [
        report.text
        for report in run.perturbations
        if not (math.isfinite(report.norm) and math.isfinite(report.buffer_norm))
    ]
    if infinite:
        return found + (
            f"The perturbation {' + '.join(infinite)} made values of the start infinite or NaN, so "
            "no learning rate helps. Make it weaker."
        )
    start = run.start
    odd = 0 if start is None else start.numel() - int(start.isfinite().sum())
    if odd:
        return found + (
            f"{odd:,} values of the start are infinite or NaN (initializer "
            f"{run.spec.initializer.name}), so no learning rate helps. Start from other values."
        )
    rate = run.spec.optimizer.learning_rate
    return found + (
        f"Lower optimizer.learning_rate (now {rate:g}) or warm it up with schedule.warmup_epochs."
    )
