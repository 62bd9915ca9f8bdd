"""What weight decay alone has done to each parameter of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from paramdyn.measurements.measurement import DecayInfo
from paramdyn.optimizers import decay_ratio, is_elementwise
from paramdyn.specs import OptimizerSpec
from paramdyn.training.missed_steps import MissedSteps


class ExpectedDecay:
    """Gives the decay of a parameter from the learning rates of the updates that moved it.

    Args:
        spec: The optimizer.
        rate_at: Gives the learning rate of an update, counted from zero.
        missed: Which updates left which parameters alone.
        observed: The updates whose gradients are looked at, sorted, counted from one.
    """

    def __init__(
        self,
        spec: OptimizerSpec,
        rate_at: Callable[[int], float],
        missed: MissedSteps,
        observed: Sequence[int],
    ) -> None:
        self._spec = spec
        self._observed = observed
        self._separate = is_elementwise(spec.name)
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
            alone = self._separate and tuple(self._observed[step - 1 : step]) == (step,)
            self._known[key] = DecayInfo(ratio=ratio, steps=len(taken), alone=alone)
        return self._known[key]
