"""What the seeds say of one criterion: its interval, and whether it supports or refutes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from paramdyn.analysis.verdict.evidence import SeedEvidence
from paramdyn.analysis.verdict.hypothesis import Criterion, Region
from paramdyn.analysis.verdict.intervals import (
    Interval,
    log_ratios,
    mean_and_error,
    mean_interval,
    ratio_interval,
    wilson_interval,
)
from paramdyn.analysis.verdict.statistics import FEWEST_SEEDS, sign_flip_test, t_test

LEVEL = 0.05
MOST_SEEDS = 1000
"""Beyond so many seeds no estimate of how many would be enough is given."""

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion with its numbers.

    Attributes:
        criterion: Which one.
        interval: On the scale in which it is printed.
        supports: The region that holds the whole interval, sign-flip test agreeing; else None.
        refutes: The same for a refuting region.
        p: Of the end of that region; 1 when neither supports nor refutes, NaN when undefined.
        seeds_enough: Roughly how many seeds would decide it if mean and spread stayed; 0 when no
            number would, or it is decided.
    """

    criterion: Criterion
    interval: Interval
    supports: Region | None = None
    refutes: Region | None = None
    p: float = math.nan
    seeds_enough: int = 0


def find(criterion: Criterion, seeds: Sequence[SeedEvidence]) -> Finding:
    """Return what the seeds say.

    Args:
        criterion: Which statistic, and its regions.
        seeds: Records that have every field of the criterion, any order.

    Returns:
        The finding. A region holds the interval when the 95 % interval lies inside and, at each
        end of the region, the exact sign-flip test (for ``share`` the binomial test) has p <= .05.
    """
    columns = [[_number(seed, name) for seed in seeds] for name in criterion.fields]
    interval = _interval(criterion, columns)
    if not interval.defined:
        return Finding(criterion, interval)
    supports, refutes = (
        next(((r, p) for r in regions if (p := _held(criterion, columns, interval, r)) is not None),
             None)
        for regions in (criterion.support, criterion.refute)
    )  # fmt: skip
    decided = supports or refutes
    return Finding(
        criterion,
        interval,
        supports[0] if supports else None,
        refutes[0] if refutes else None,
        decided[1] if decided else 1.0,
        0 if decided else _seeds_enough(criterion, columns),
    )


def below_floor(criterion: Criterion, seeds: Sequence[SeedEvidence]) -> str:
    """Say that a claim is smaller than three times the numerical floor; nothing when it is not.

    Args:
        criterion: With the way in which d0 limits it.
        seeds: Records that have ``d0`` and every field of the criterion.

    Returns:
        The sentence, or an empty text. Where every control repeats bit for bit there is no floor.
    """
    floor = max((_number(seed, "d0") for seed in seeds), default=0.0)
    if not criterion.floor or floor == 0:
        return ""
    smallest = min(_typical([_number(s, name) for s in seeds]) for name in criterion.fields)
    size = {
        "distance": smallest,
        "difference": (1 - math.exp(-_margin(criterion))) * smallest,
        "logarithm": _margin(criterion),
    }[criterion.floor]
    if 3 * floor <= size * (1 + _TOLERANCE):
        return ""
    return (
        f"the determinism self-test failed: the control's re-run is up to {floor:.3g} away, and "
        f"{criterion.statistic} rests on {size:.3g}, below three times that"
    )


def _interval(criterion: Criterion, columns: list[list[float]]) -> Interval:
    if criterion.kind == "ratio":
        return ratio_interval(columns[0], columns[1])
    if criterion.kind == "share":
        return wilson_interval(sum(each == 1 for each in columns[0]), len(columns[0]))
    return mean_interval(_plain(criterion, columns))


def _held(
    criterion: Criterion, columns: list[list[float]], interval: Interval, region: Region
) -> float | None:
    """Return the p with which the region holds the interval, None when it does not."""
    if interval.low < region.low or interval.high > region.high:
        return None
    ends = [end for end in (region.low, region.high) if math.isfinite(end)]
    p = max((_p_at(criterion, columns, end) for end in ends), default=0.0)
    return p if p <= LEVEL else None


def _p_at(criterion: Criterion, columns: list[list[float]], end: float) -> float:
    n = len(columns[0])
    if criterion.kind == "share":
        hits = sum(each == 1 for each in columns[0])
        return float(scipy.stats.binomtest(hits, n, end).pvalue)
    values, bound = _plain(criterion, columns), end
    if criterion.kind == "ratio":
        if end <= 0:
            return 0.0  # a ratio cannot be below 0: that end is open
        bound = math.log(end)
        if all(each == -math.inf for each in values):
            return float(2.0 ** (1 - n))
    flipped = sign_flip_test([each - bound for each in values])
    return max(flipped.p, t_test(values, bound).p)


def _plain(criterion: Criterion, columns: list[list[float]]) -> list[float]:
    """Return one number per seed on the scale on which they are averaged."""
    if criterion.kind == "ratio":
        return log_ratios(columns[0], columns[1])[0]
    if criterion.kind == "difference":
        return [value - other for value, other in zip(*columns, strict=True)]
    return columns[0]


def _seeds_enough(criterion: Criterion, columns: list[list[float]]) -> int:
    values = _plain(criterion, columns)
    if criterion.kind == "share" or not all(math.isfinite(each) for each in values):
        return 0
    mean, error = mean_and_error(values)
    spread = error * math.sqrt(len(values))
    regions = (*criterion.support, *criterion.refute)
    rooms = [room for each in regions if (room := _room(criterion, each, mean)) > _TOLERANCE]
    if not rooms:
        return 0
    counts = np.arange(max(FEWEST_SEEDS, len(values) + 1), MOST_SEEDS + 1)
    reach = scipy.stats.t.ppf(1 - LEVEL / 2, counts - 1) * spread / np.sqrt(counts)
    enough = counts[reach < max(rooms)]
    return int(enough[0]) if enough.size else 0


def _room(criterion: Criterion, region: Region, mean: float) -> float:
    """Return how far inside a region the mean lies, negative outside."""
    low, high = region.low, region.high
    if criterion.kind == "ratio":
        low, high = (math.log(e) if 0 < e < math.inf else (-math.inf if e <= 0 else e)
                     for e in (low, high))  # fmt: skip
    return min(mean - low, high - mean)


def _margin(criterion: Criterion) -> float:
    """Return the smallest distance of a finite end from no effect, as a logarithm."""
    regions = (*criterion.support, *criterion.refute)
    ends = [end for each in regions for end in (each.low, each.high) if 0 < end < math.inf]
    return min((abs(math.log(end)) for end in ends), default=0.0)


def _typical(values: list[float]) -> float:
    """Return the geometric mean, 0 when any value is."""
    if not values or any(each <= 0 for each in values):
        return 0.0
    return math.exp(math.fsum(math.log(each) for each in values) / len(values))


def _number(seed: SeedEvidence, name: str) -> float:
    value = getattr(seed, name)
    return math.nan if value is None else float(value)
