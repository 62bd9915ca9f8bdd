"""What a similarity measure says where nothing is to be found: its null.

Three nulls: independent Gaussian features of the same shape; the same features with the examples
of one side permuted, which keeps each side's covariance; and closed forms where they are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from paramdyn.analysis.similarity.features import pair
from paramdyn.analysis.similarity.measured import Measured, defined, undefined
from paramdyn.analysis.similarity.measures import Measure


@dataclass(frozen=True, slots=True)
class Null:
    """The distribution of a measure under a null.

    Attributes:
        mean: Mean over the draws; undefined if a draw is.
        low: The 2.5 % quantile over the draws, linearly interpolated; None if undefined.
        high: The 97.5 % quantile.
        draws: How many draws were made.
    """

    mean: Measured
    low: float | None
    high: float | None
    draws: int


def independent_null(measure: Measure, n: int, d1: int, d2: int, *, draws: int, seed: int) -> Null:
    """Return what a measure gives for independent standard normal features.

    Args:
        measure: One of ``MEASURES``.
        n: Examples.
        d1: Units of X.
        d2: Units of Y.
        draws: Simulated pairs, at least 1; 40 or more for the interval to mean something.
        seed: Of the draws; the same seed gives the same null.

    Returns:
        Undefined where the measure is, for example CCA with n <= d.

    Raises:
        ValueError: ``draws`` is below 1.
    """
    random = np.random.default_rng(seed)
    shapes = (n, d1), (n, d2)
    return _null(
        lambda: measure.compute(*(random.standard_normal(shape) for shape in shapes)), draws
    )


def permuted_null(measure: Measure, x: ArrayLike, y: ArrayLike, *, draws: int, seed: int) -> Null:
    """Return what a measure gives when the examples of Y are permuted.

    Both sides keep their covariance; only the pairing is lost. This is the null of numbers that
    compare two models on the same images.

    Args:
        measure: One of ``MEASURES``.
        x: Shape (n, d1).
        y: Shape (n, d2).
        draws: Permutations, at least 1.
        seed: Of the permutations.

    Raises:
        ValueError: ``draws`` is below 1.
        ShapeMismatch: Not two matrices with the same number of rows.
    """
    random = np.random.default_rng(seed)
    left, right = pair(x, y)
    return _null(lambda: measure.compute(left, right[random.permutation(len(right))]), draws)


def _null(draw: Callable[[], Measured], draws: int) -> Null:
    if draws < 1:
        raise ValueError(f"draws: {draws}. Expected at least 1.")
    values: list[float] = []
    for result in (draw() for _ in range(draws)):
        if result.value is None:
            return Null(undefined(result.reason, result.n), None, None, draws)
        values.append(result.value)
    low, high = np.quantile(values, [0.025, 0.975])
    return Null(defined(math.fsum(values) / draws, result.n), float(low), float(high), draws)


def biased_cka_mean(n: int, d1: int, d2: int) -> float:
    """Return about what biased CKA gives for independent features: d/(n+d) for equal widths.

    sqrt(d1·d2 / ((n+d1)(n+d2))), the ratio of the expectations of HSIC₀ under the Wishart law;
    exact as n, d grow. Unbiased CKA has 0.
    """
    return math.sqrt(d1 * d2 / ((n + d1) * (n + d2)))


def participation_ratio_mean(n: int, d: int) -> float:
    """Return about the participation ratio of n independent examples of d units: d(n-1)/(n+d)."""
    return d * (n - 1) / (n + d)


def matched_correlation_mean(n: int, d: int) -> float:
    """Return roughly the Hungarian-matched mean |r| of independent features, d units on each side.

    .9·sqrt(2 ln d / n): a rule of thumb within a tenth for d of 84 to 512 and n of 1,000 or more.
    """
    return 0.9 * math.sqrt(2 * math.log(d) / n)


def wachter_mean(n: int, d1: int, d2: int) -> float:
    """Return the mean canonical correlation of independent Gaussian features, for d1 + d2 < n.

    The mean correlation under Wachter's limit law of its square t, with n - 1 degrees
    of freedom after centring: density sqrt((r₊-t)(t-r₋)) / (2π c t(1-t)) between
    r± = (sqrt(p(1-q)) ± sqrt(q(1-p)))², with p = d1/(n-1), q = d2/(n-1),
    c = min(p, q). The error falls as 1/n.

    Raises:
        ValueError: d1 + d2 >= n - 1, where some correlations are 1 by force.

    Reference:
        Wachter, "The limiting empirical measure of multiple discriminant ratios", Annals of
        Statistics 1980.
    """
    p, q = d1 / (n - 1), d2 / (n - 1)
    if p + q >= 1:
        raise ValueError(f"n = {n}, d1 = {d1}, d2 = {d2}: expected d1 + d2 < n - 1")
    roots = math.sqrt(p * (1 - q)), math.sqrt(q * (1 - p))
    low, high = (roots[0] - roots[1]) ** 2, (roots[0] + roots[1]) ** 2
    # t = middle - half·cos(angle) removes the square roots at both ends of the density.
    angles = (np.arange(4000) + 0.5) * math.pi / 4000
    half = (high - low) / 2
    t = (high + low) / 2 - half * np.cos(angles)
    weights = (half * np.sin(angles)) ** 2 / (t * (1 - t))
    return float((np.sqrt(t) * weights).sum() / weights.sum())
