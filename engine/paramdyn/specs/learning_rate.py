"""The learning rate at every step: warm-up times schedule times the spec's rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paramdyn.catalogues import SCHEDULES
from paramdyn.errors import SpecError
from paramdyn.specs.options import filled
from paramdyn.specs.run_spec import RunSpec


@dataclass(frozen=True, slots=True)
class Progress:
    """Where in a run an update happens.

    Attributes:
        step: Updates done before this one; 0 for the first.
        total_steps: Updates of the whole run, warm-up included.
        steps_per_epoch: Updates of one epoch.
    """

    step: int
    total_steps: int
    steps_per_epoch: int


def constant(progress: Progress) -> float:  # noqa: ARG001 - every schedule is called alike
    """Return 1 at every step."""
    return 1.0


def step(progress: Progress, *, every_epochs: float = 5.0, gamma: float = 0.1) -> float:
    """Return ``gamma`` to the power of how many times ``every_epochs`` epochs have passed.

    Args:
        progress: Where the run is; the factor changes at the first step of an epoch when
            ``every_epochs`` is whole.
        every_epochs: Epochs between two changes, above 0.
        gamma: Factor at each change.
    """
    passed = progress.step / (every_epochs * progress.steps_per_epoch)
    changes = math.floor(passed) if math.isfinite(passed) else passed
    try:
        return float(gamma**changes)
    except OverflowError:
        return math.inf


def cosine(progress: Progress, *, final: float = 0.0) -> float:
    """Return half a cosine that falls from 1 at step 0 towards ``final`` at ``total_steps``.

    The last update, at step ``total_steps - 1``, is one step short of ``final``. With no step at
    all it is 1.

    Reference:
        Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
        arXiv:1608.03983, equation 5 without restarts.
    """
    share = progress.step / max(progress.total_steps, 1)
    return final + (1.0 - final) * (1.0 + math.cos(math.pi * share)) / 2.0


def learning_rate_at(spec: RunSpec, step: int, *, total_steps: int, steps_per_epoch: int) -> float:
    """Return the learning rate of the update that makes ``step`` into ``step + 1``.

    It is the product of ``optimizer.learning_rate``, the schedule's factor over all steps of the
    run, and, in the first ``schedule.warmup_epochs`` epochs (rounded to whole steps W), of
    (step + 1) / W.

    Args:
        spec: The run.
        step: Updates done so far, from 0 to ``total_steps - 1``.
        total_steps: Updates of the whole run.
        steps_per_epoch: Updates of one epoch.

    Raises:
        UnknownName: No such schedule.
        PluginError: The schedule cannot be imported.
        SpecError: The schedule gives a factor that is not a finite number.
    """
    schedule = SCHEDULES.get(spec.schedule.name)
    options = filled(SCHEDULES.entry(spec.schedule.name), spec.schedule.options)
    factor = schedule(Progress(step, total_steps, steps_per_epoch), **options)
    if not math.isfinite(factor):
        raise SpecError(
            f"schedule.name: '{spec.schedule.name}' gave the factor {factor} at step {step}, "
            "expected a finite number. Correct its options, or its code."
        )
    warmup = warmup_factor(spec.schedule.warmup_epochs, step, steps_per_epoch=steps_per_epoch)
    return float(spec.optimizer.learning_rate * factor * warmup)


def warmup_factor(warmup_epochs: float, step: int, *, steps_per_epoch: int) -> float:
    """Return (step + 1) / W in the first W = round(epochs x steps_per_epoch) steps, then 1."""
    warmup = warmup_epochs * steps_per_epoch
    warmup_steps = round(warmup) if math.isfinite(warmup) else warmup
    return (step + 1) / warmup_steps if step < warmup_steps else 1.0
