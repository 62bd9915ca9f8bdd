"""What a similarity measure returns: a number, or the reason why there is none.

An undefined value is a result. It is neither an exception, which would lose every other layer of
a table, nor NaN, which would spoil every mean it enters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a measure, or the reason why it is undefined.

    Attributes:
        value: The finite value; None where the measure is undefined.
        reason: Why it is undefined, one clause; empty where there is a value.
        n: Examples that the value rests on.
        warnings: What limits the value although it is defined, one sentence each.
    """

    value: float | None
    reason: str = ""
    n: int = 0
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) == (not self.reason):
            raise ValueError("a measured value has either a value or a reason")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"a measured value is finite, not {self.value}")

    @property
    def is_defined(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


def undefined(reason: str, n: int, *warnings: str) -> Measured:
    """Return the result of a measure that has no value here."""
    return Measured(None, reason, n, warnings)


def defined(value: float, n: int, *warnings: str) -> Measured:
    """Return a value, or an undefined result if the arithmetic left the range of float64."""
    if not math.isfinite(value):
        return undefined("the arithmetic overflowed float64", n, *warnings)
    return Measured(float(value), "", n, warnings)


def average(results: Iterable[Measured]) -> Measured:
    """Return the mean of the defined values; how many were left out is its warning.

    ``n`` is the smallest one among the values that entered. No results, or only undefined ones,
    have an undefined mean.
    """
    everything = list(results)
    kept = [result for result in everything if result.value is not None]
    missing = len(everything) - len(kept)
    if not kept:
        reasons = sorted({result.reason for result in everything})
        return undefined("; ".join(reasons) or "there is nothing to average", 0)
    mean = math.fsum(result.value or 0.0 for result in kept) / len(kept)
    left_out = [f"{missing} of {len(everything)} values are undefined and left out"] * bool(missing)
    return Measured(mean, "", min(result.n for result in kept), tuple(left_out))
