"""How long it takes to get good, when some runs never do (Kaplan & Meier 1958)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

SHORTFALLS = (0.10, 0.05, 0.01)
"""Shares of the best train accuracy that may be missing."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When one run got there.

    Attributes:
        step: The first step at which it was there; the last step that was looked at if it never
            was.
        arrived: Whether it was.
    """

    step: int
    arrived: bool


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """How long runs take to arrive, with those that had not arrived when they ended.

    Attributes:
        runs: How many.
        arrived: How many of them arrived.
        median: Step by which half of the runs have arrived; None when fewer than half ever do.
        low: Lower end of its 95 % interval; None when undefined.
        high: Upper end; None when it is beyond the longest run.
        steps: Steps at which a run arrived or ended, increasing. Shape: (N,).
        waiting: Share that has not arrived right after each. Shape: (N,).
    """

    runs: int
    arrived: int
    median: float | None
    low: float | None
    high: float | None
    steps: NDArray[np.float64]
    waiting: NDArray[np.float64]


def arrival(steps: NDArray[np.float64], values: NDArray[np.float64], threshold: float) -> Arrival:
    """Return when a curve first reached a threshold.

    Args:
        steps: Increasing; at least one. Shape: (N,).
        values: Shape: (N,).
        threshold: Reached by values at or above it.
    """
    for step, value in zip(steps, values, strict=True):
        if value >= threshold:
            return Arrival(int(step), arrived=True)
    return Arrival(int(steps[-1]), arrived=False)


def waiting_times(arrivals: Sequence[Arrival]) -> Waiting:
    """Return the Kaplan-Meier estimate over runs; runs that ended before count until then.

    The interval of the median is where the log-log interval of the curve passes one half
    (Brookmeyer & Crowley 1982).

    Args:
        arrivals: One a run; at least one.
    """
    seen = [each.step for each in arrivals if each.arrived]
    ended = [each.step for each in arrivals if not each.arrived]
    if not seen:
        last = np.array(sorted({float(step) for step in ended}))
        return Waiting(len(arrivals), 0, None, None, None, last, np.ones(len(last)))
    curve = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=seen, right=ended)).sf
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # an end without an interval is NaN, and None here
        band = curve.confidence_interval(method="log-log")
    return Waiting(
        runs=len(arrivals),
        arrived=len(seen),
        median=_half(curve.quantiles, curve.probabilities),
        low=_half(curve.quantiles, band.low.probabilities) if len(arrivals) > 1 else None,
        high=_half(curve.quantiles, band.high.probabilities) if len(arrivals) > 1 else None,
        steps=np.asarray(curve.quantiles, dtype=np.float64),
        waiting=np.asarray(curve.probabilities, dtype=np.float64),
    )


def _half(steps: NDArray[np.float64], waiting: NDArray[np.float64]) -> float | None:
    """Return the first step at which at most half are waiting; None where there is none."""
    for step, share in zip(steps, waiting, strict=True):
        if not math.isnan(share) and share <= 0.5:
            return float(step)
    return None
