"""Intervals over seeds: what a handful of runs says, and how surely.

A sample is one number per seed. Images and layers of one run are not independent of each other,
so they are never counted as n.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

CONFIDENCE = 0.95

Statistic = Callable[[NDArray[np.float64]], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval, or the reason why there is none.

    Attributes:
        value: The estimate; NaN when undefined.
        low: Lower end; NaN when undefined.
        high: Upper end; NaN when undefined.
        n: How many independent values (seeds) it rests on.
        method: How the interval was made.
        reason: Why it is undefined; empty when it is defined.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether value, low and high are numbers."""
        return not self.reason


def undefined(reason: str, n: int, method: str, value: float = math.nan) -> Interval:
    """Return an interval that says why it is none.

    Args:
        reason: The sentence.
        n: How many values there were.
        method: What would have made it.
        value: The point estimate where there is one (a single seed has one).

    Returns:
        The undefined interval; its ends are NaN.
    """
    return Interval(value, math.nan, math.nan, n, method, reason)


def mean_interval(values: Sequence[float], *, confidence: float = CONFIDENCE) -> Interval:
    """Return the mean with Student's t-interval (Student 1908).

    Args:
        values: One finite number per seed, any order: the result is the same to the last bit.
        confidence: In (0, 1).

    Returns:
        mean -+ t(n-1) * s / sqrt(n). Undefined for n < 2 (the mean is still given for n = 1) and
        for values that are not finite. Equal values give an interval of no width.
    """
    n, method = len(values), "t-interval"
    problem = _problem(values)
    if problem:
        only = float(values[0]) if n == 1 and math.isfinite(values[0]) else math.nan
        return undefined(problem, n, method, only)
    mean, error = mean_and_error(values)
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    return Interval(mean, mean - reach, mean + reach, n, method)


def ratio_interval(
    numerators: Sequence[float], denominators: Sequence[float], *, confidence: float = CONFIDENCE
) -> Interval:
    """Return the geometric mean of paired ratios, with a t-interval on their logarithms.

    Distances are positive and spread by factors, so their logarithms are averaged. The result does
    not depend on the unit of the distances.

    Args:
        numerators: One distance >= 0 per seed.
        denominators: The distance it is compared with, of the same seed.
        confidence: In (0, 1).

    Returns:
        exp of mean and interval of ln(numerator / denominator). When every numerator is exactly 0
        and every denominator positive the ratio is exactly 0, an interval of no width. Undefined
        for n < 2, a denominator of 0, some but not all numerators 0, negative or non-finite values.

    Raises:
        ValueError: The two differ in length.
    """
    method = "t-interval on log-ratios"
    logs, reason = log_ratios(numerators, denominators)
    n = len(numerators)
    if reason:
        return undefined(reason, n, method)
    if all(each == -math.inf for each in logs):
        if n < 2:
            return undefined(_problem([0.0] * n), n, method, 0.0 if n else math.nan)
        return Interval(0.0, 0.0, 0.0, n, "every ratio is exactly 0")
    inner = mean_interval(logs, confidence=confidence)
    if not inner.defined:
        value = math.exp(inner.value) if math.isfinite(inner.value) else math.nan
        return undefined(inner.reason, n, method, value)
    return Interval(_exp(inner.value), _exp(inner.low), _exp(inner.high), n, method)


def log_ratios(
    numerators: Sequence[float], denominators: Sequence[float]
) -> tuple[list[float], str]:
    """Return ln(numerator / denominator) per pair, or no values and the reason.

    Args:
        numerators: Values >= 0.
        denominators: As many values > 0.

    Returns:
        The logarithms (all minus infinity when every numerator is exactly 0) and an empty text;
        or an empty list and why they are undefined.

    Raises:
        ValueError: The two differ in length.
    """
    if len(numerators) != len(denominators):
        raise ValueError(f"{len(numerators)} numerators, but {len(denominators)} denominators")
    both = [*numerators, *denominators]
    n = len(numerators)
    if not all(math.isfinite(each) for each in both):
        return [], f"{sum(not math.isfinite(x) for x in both)} of {2 * n} values are not finite"
    if any(each < 0 for each in both):
        return [], "a negative value has no logarithm"
    if any(each == 0 for each in denominators):
        zeros = sum(each == 0 for each in denominators)
        return [], f"{zeros} of {n} denominators are exactly 0"
    zeros = sum(each == 0 for each in numerators)
    if zeros == n:
        return [-math.inf] * n, ""
    if zeros:
        return [], f"{zeros} of {n} numerators are exactly 0, which has no logarithm"
    pairs = zip(numerators, denominators, strict=True)
    return [math.log(top) - math.log(bottom) for top, bottom in pairs], ""


def wilson_interval(hits: int, n: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return a proportion with Wilson's score interval (Wilson 1927), inside [0, 1] for every n.

    Args:
        hits: How many of the n have the property, 0 <= hits <= n.
        n: How many independent things were asked (runs; not images of one run).
        confidence: In (0, 1).

    Returns:
        hits / n and the interval; undefined for n < 2.

    Raises:
        ValueError: hits is outside 0..n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n}: expected 0 <= hits <= n")
    if n < 2:
        return undefined(_problem([0.0] * n), n, "Wilson", float(hits) if n else math.nan)
    z = float(scipy.stats.norm.ppf((1 + confidence) / 2))
    share = hits / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    reach = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding must not leave 1e-17 where the end is 0 or 1 by the formula.
    low = 0.0 if hits == 0 else centre - reach
    high = 1.0 if hits == n else centre + reach
    return Interval(share, low, high, n, "Wilson")


def bootstrap_interval(
    clusters: Sequence[Sequence[float]],
    statistic: Statistic = np.mean,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = 4999,
    seed: int = 0,
) -> Interval:
    """Return a statistic with the cluster bootstrap's BCa interval (Efron 1987).

    Whole seeds are drawn with replacement, never single images or layers. BCa corrects the plain
    percentiles for bias and skew; where it has no value (the statistic is the same without any one
    seed, or every draw lies on one side) the percentile interval is given and named so. With fewer
    than about 10 seeds either covers less than it says, so verdicts rest on t-intervals and on
    the exact sign-flip test; this one is for statistics that no t-interval fits.

    Args:
        clusters: The values of each seed; their lengths may differ. The order of the seeds does
            not matter.
        statistic: From all values of the drawn seeds, joined, shape ``(values,)``, to a number.
        confidence: In (0, 1).
        resamples: How many draws.
        seed: Of the draws: the same seed gives the same interval.

    Returns:
        The statistic of all values and its interval; n is the number of seeds. Undefined for
        n < 2, an empty cluster, and values (or a statistic of a draw) that are not finite.
    """
    method = "BCa cluster bootstrap"
    arrays = sorted((np.sort(np.asarray(c, dtype=np.float64)) for c in clusters), key=tuple)
    n = len(arrays)
    problem = _problem([float(each.sum()) for each in arrays])
    if problem or any(each.size == 0 for each in arrays):
        return undefined(problem or "a seed has no values", n, method)
    value = float(statistic(np.concatenate(arrays)))
    draws = np.random.default_rng(seed).integers(n, size=(resamples, n))
    found = np.array([float(statistic(np.concatenate([arrays[i] for i in d]))) for d in draws])
    leave_out = [np.concatenate(arrays[:i] + arrays[i + 1 :]) for i in range(n)]
    jackknife = np.array([float(statistic(each)) for each in leave_out])
    if not np.isfinite([value, *found, *jackknife]).all():
        return undefined("the statistic of a draw is not finite", n, method, value)
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    levels = _bca_levels(value, found, jackknife, tails)
    if levels is None:
        method, levels = "percentile cluster bootstrap", tails
    low, high = np.quantile(found, levels)
    return Interval(value, float(low), float(high), n, method)


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard error, independent of the order of the values to the last bit.

    Args:
        values: At least two finite numbers.

    Returns:
        The mean and s / sqrt(n), with s of n - 1 degrees of freedom.
    """
    n = len(values)
    mean = math.fsum(values) / n
    variance = math.fsum((each - mean) ** 2 for each in values) / (n - 1)
    return mean, math.sqrt(variance / n)


def _problem(values: Sequence[float]) -> str:
    wrong = sum(not math.isfinite(each) for each in values)
    if wrong:
        return f"{wrong} of {len(values)} values are not finite"
    if len(values) < 2:
        return f"n = {len(values)}: an interval needs at least 2 seeds"
    return ""


def _exp(value: float) -> float:
    return math.exp(value) if value < 709 else math.inf


def _bca_levels(
    value: float,
    found: NDArray[np.float64],
    jackknife: NDArray[np.float64],
    tails: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    below = float((found < value).mean() + (found == value).mean() / 2)
    away = jackknife.mean() - jackknife
    spread = float((away**2).sum())
    if not 0 < below < 1 or spread <= (1e-12 * abs(value)) ** 2:
        return None
    bias = scipy.stats.norm.ppf(below)
    acceleration = float((away**3).sum()) / (6 * spread**1.5)
    shifted = bias + scipy.stats.norm.ppf(tails)
    return np.asarray(scipy.stats.norm.cdf(bias + shifted / (1 - acceleration * shifted)))
