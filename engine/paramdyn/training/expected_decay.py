"""What weight decay alone has done to each parameter of a run."""

from __future__ import annotations

from collections.abc import Callable

from paramdyn.measurements.measurement import DecayInfo
from paramdyn.optimizers import decay_ratio
from paramdyn.specs import OptimizerSpec
from paramdyn.training.missed_steps import MissedSteps


class ExpectedDecay:
    """Gives the decay of a parameter from the learning rates of the updates that moved it.

    Args:
        spec: The optimizer.
        rate_at: Gives the learning rate of an update, counted from zero.
        missed: Which updates left which parameters alone.
    """

    def __init__(
        self, spec: OptimizerSpec, rate_at: Callable[[int], float], missed: MissedSteps
    ) -> None:
        self._spec = spec
        self._rate_at = rate_at
        self._missed = missed
        self._rates: list[float] = []
        self._known: dict[bytes, DecayInfo] = {}
        self._known_at = -1

    def __call__(self, parameter: int, step: int) -> DecayInfo | None:
        """Return what decay has done to a parameter after ``step`` updates; None when it is off."""
        if not self._spec.weight_decay:
            return None
        if step != self._known_at:
            self._known, self._known_at = {}, step
        key = self._missed.key(parameter)
        if key not in self._known:
            self._rates.extend(self._rate_at(later) for later in range(len(self._rates), step))
            taken = self._missed.taken(parameter, step)
            ratio = decay_ratio(self._spec, [self._rates[each] for each in taken])
            self._known[key] = DecayInfo(ratio=ratio, steps=len(taken))
        return self._known[key]
