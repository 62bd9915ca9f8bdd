"""Tests over seeds: exact sign-flips, equivalence, Holm; and the intervals beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from paramdyn.analysis.verdict.intervals import (
    CONFIDENCE,
    Interval,
    bootstrap_interval,
    mean_and_error,
    mean_interval,
    ratio_interval,
    wilson_interval,
)

__all__ = [
    "CONFIDENCE",
    "FEWEST_SEEDS",
    "Interval",
    "TestResult",
    "bootstrap_interval",
    "equivalence_test",
    "holm",
    "mean_interval",
    "ratio_interval",
    "sign_flip_test",
    "t_test",
    "wilson_interval",
]

FEWEST_SEEDS = 6
"""The smallest n whose sign-flip test can reach p < .05: 2 / 2**6 = .031, but 2 / 2**5 = .0625."""

_EXACT_UP_TO = 20
_DRAWS = 99_999
_ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a test says.

    Attributes:
        p: In (0, 1]; NaN when undefined.
        n: How many seeds.
        method: Which test, and whether exact.
        reason: Why it is undefined; empty when it is defined.
    """

    __test__ = False  # pytest: this is no test case

    p: float
    n: int
    method: str
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether p is a number."""
        return not self.reason


def sign_flip_test(differences: Sequence[float]) -> TestResult:
    """Test whether paired differences are symmetric about 0, two-sided (Fisher 1935).

    Under the null every difference could as well have had the other sign, so the sum is compared
    with the sums of all 2**n choices of signs. Nothing is assumed of their distribution.

    Args:
        differences: One per seed, any order. Below 1e-9 in size they count as 0: that is rounding
            of a logarithm.

    Returns:
        The share of sign choices whose sum is at least as far from 0; at least 2 / 2**n, which is
        the reason for six seeds. Exact up to 20 seeds, then 99,999 seeded draws (counting the
        observed one). Undefined for n < 2 or non-finite values.
    """
    n, method = len(differences), "exact sign-flip"
    if n < 2 or not all(math.isfinite(each) for each in differences):
        reason = f"n = {n}: needs at least 2 seeds" if n < 2 else "a value is not finite"
        return TestResult(math.nan, n, method, reason)
    sizes = np.sort([abs(each) if abs(each) > _ZERO else 0.0 for each in differences])
    observed = abs(math.fsum(each for each in differences if abs(each) > _ZERO))
    bar = observed - _ZERO * max(1.0, float(sizes.sum()))
    if n <= _EXACT_UP_TO:
        sums = np.zeros(1)
        for size in sizes:
            sums = np.concatenate([sums - size, sums + size])
        return TestResult(float((np.abs(sums) >= bar).mean()), n, method)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(_DRAWS, n))
    hits = int((np.abs(signs @ sizes) >= bar).sum())
    return TestResult((hits + 1) / (_DRAWS + 1), n, f"sign-flip, {_DRAWS} draws")


def t_test(values: Sequence[float], null: float = 0.0) -> TestResult:
    """Test whether the mean is ``null``, two-sided: the dual of ``mean_interval``.

    Args:
        values: One finite number per seed.
        null: The mean under the null.

    Returns:
        p of Student's t with n - 1 degrees of freedom. Without any spread p is 1 at the null and 0
        elsewhere. Undefined for n < 2 or non-finite values.
    """
    n, method = len(values), "t-test"
    if n < 2 or not all(math.isfinite(each) for each in values):
        reason = f"n = {n}: needs at least 2 seeds" if n < 2 else "a value is not finite"
        return TestResult(math.nan, n, method, reason)
    mean, error = mean_and_error(values)
    if abs(mean - null) <= _ZERO:
        return TestResult(1.0, n, method)
    if error == 0:
        return TestResult(0.0, n, method)
    return TestResult(float(2 * scipy.stats.t.sf(abs(mean - null) / error, n - 1)), n, method)


def equivalence_test(values: Sequence[float], low: float, high: float) -> TestResult:
    """Test whether the mean lies inside a margin: two one-sided t-tests (Schuirmann 1987).

    Args:
        values: One finite number per seed; logarithms when the margin is a factor.
        low: Lower end of the margin.
        high: Upper end of the margin.

    Returns:
        The larger p of "the mean is <= low" and "the mean is >= high": small p is evidence of
        absence. A p <= .025 is the same as the 95 % interval lying inside the margin, which is
        what verdicts ask. Undefined for n < 2 or non-finite values.

    Raises:
        ValueError: low is not below high.
    """
    if not low < high:
        raise ValueError(f"margin {low} to {high}: expected low < high")
    n, method = len(values), "two one-sided t-tests"
    if n < 2 or not all(math.isfinite(each) for each in values):
        reason = f"n = {n}: needs at least 2 seeds" if n < 2 else "a value is not finite"
        return TestResult(math.nan, n, method, reason)
    mean, error = mean_and_error(values)
    if error == 0:
        return TestResult(0.0 if low < mean < high else 1.0, n, method)
    above = float(scipy.stats.t.sf((mean - low) / error, n - 1))
    below = float(scipy.stats.t.cdf((mean - high) / error, n - 1))
    return TestResult(max(above, below), n, method)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for how many there are (Holm 1979); controls the family-wise error.

    Args:
        p_values: One per cell of a grid, in [0, 1]; NaN for an undefined cell, which was not
            tested and does not count.

    Returns:
        The adjusted p-values in the same order, each >= its p and <= 1; NaN stays NaN.

    Raises:
        ValueError: A p-value is outside [0, 1].
    """
    if any(not math.isnan(p) and not 0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value is outside [0, 1]")
    tested = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    running = 0.0
    for rank, (p, index) in enumerate(tested):
        running = max(running, min(1.0, p * (len(tested) - rank)))
        adjusted[index] = running
    return adjusted
