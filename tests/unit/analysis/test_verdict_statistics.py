"""Intervals and tests, each against a second, slow implementation."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from paramdyn.analysis.verdict import statistics as ours

DRAW = np.random.default_rng(20)
VALUES = DRAW.normal(0.3, 1.0, size=9).tolist()


def slow_flip(differences):
    observed = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in itertools.product([-1, 1], repeat=len(differences))
    ]
    return sum(each >= observed - 1e-9 for each in sums) / len(sums)


def slow_holm(p_values):
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = {}
    for rank, index in enumerate(order):
        adjusted[index] = max(
            min(1.0, (len(p_values) - k) * p_values[order[k]]) for k in range(rank + 1)
        )
    return [adjusted[i] for i in range(len(p_values))]


def test_mean_interval_is_scipy_s():
    expected = stats.ttest_1samp(VALUES, 0.0).confidence_interval(0.95)
    found = ours.mean_interval(VALUES)
    assert (expected.low, expected.high) == pytest.approx((found.low, found.high))
    assert np.mean(VALUES) == pytest.approx(found.value)


def test_ratio_interval_is_a_t_interval_of_logarithms():
    top, bottom = np.exp(DRAW.normal(size=8)), np.exp(DRAW.normal(size=8))
    expected = stats.ttest_1samp(np.log(top / bottom), 0.0).confidence_interval(0.95)
    found = ours.ratio_interval(top.tolist(), bottom.tolist())
    assert np.exp([expected.low, expected.high]) == pytest.approx([found.low, found.high])
    assert stats.gmean(top / bottom) == pytest.approx(found.value)


@pytest.mark.parametrize(("hits", "n"), [(0, 6), (3, 6), (6, 6), (1, 200), (77, 100)])
def test_wilson_interval_is_scipy_s(hits, n):
    expected = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    found = ours.wilson_interval(hits, n)
    assert (expected.low, expected.high) == pytest.approx((found.low, found.high), abs=1e-12)


def test_bootstrap_is_close_to_scipy_s_bca():
    values = DRAW.lognormal(size=40)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=9999, method="BCa", random_state=1
    ).confidence_interval
    found = ours.bootstrap_interval([[each] for each in values])
    width = expected.high - expected.low
    assert "BCa cluster bootstrap" == found.method
    assert (expected.low, expected.high) == pytest.approx((found.low, found.high), abs=0.05 * width)


def test_bootstrap_draws_seeds_not_images():
    """1,000 copies of each seed's value are no more evidence than one."""
    single = ours.bootstrap_interval([[each] for each in VALUES])
    copied = ours.bootstrap_interval([[each] * 1000 for each in VALUES])
    assert (single.low, single.high) == pytest.approx((copied.low, copied.high))


def test_bootstrap_repeats_and_ignores_the_order():
    clusters = [[each, each + 1] for each in VALUES]
    assert ours.bootstrap_interval(clusters) == ours.bootstrap_interval(clusters[::-1])
    assert ours.bootstrap_interval(clusters) != ours.bootstrap_interval(clusters, seed=1)


def test_bootstrap_of_a_constant_says_percentile():
    found = ours.bootstrap_interval([[2.0]] * 6)
    assert ("percentile cluster bootstrap", 2.0, 2.0) == (found.method, found.low, found.high)


@pytest.mark.parametrize("n", [2, 5, 6, 9])
def test_sign_flip_is_the_full_enumeration(n):
    assert slow_flip(VALUES[:n]) == ours.sign_flip_test(VALUES[:n]).p


@pytest.mark.parametrize(("n", "p"), [(3, 0.25), (5, 0.0625), (6, 0.03125), (12, 2 / 4096)])
def test_smallest_p_of_sign_flips(n, p):
    assert p == ours.sign_flip_test([0.1 * (i + 1) for i in range(n)]).p


def test_sign_flip_of_nothing_is_one():
    assert 1.0 == ours.sign_flip_test([0.0, 1e-13, -1e-12]).p


def test_sign_flip_of_many_draws():
    values = DRAW.normal(0.5, 1.0, size=25).tolist()
    found = ours.sign_flip_test(values)
    assert "sign-flip, 99999 draws" == found.method
    assert stats.ttest_1samp(values, 0.0).pvalue == pytest.approx(found.p, rel=0.3, abs=1e-3)


def test_t_test_is_scipy_s():
    assert stats.ttest_1samp(VALUES, 0.1).pvalue == pytest.approx(ours.t_test(VALUES, 0.1).p)
    assert [1.0, 0.0] == [ours.t_test([0.5] * 6, null).p for null in (0.5, 0.75)]


@pytest.mark.parametrize("margin", [0.1, 0.5, 2.0])
def test_equivalence_is_two_one_sided_tests(margin):
    above = stats.ttest_1samp(VALUES, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(VALUES, margin, alternative="less").pvalue
    found = ours.equivalence_test(VALUES, -margin, margin).p
    assert max(above, below) == pytest.approx(found)
    interval = ours.mean_interval(VALUES)
    assert (-margin < interval.low and interval.high < margin) == (found < 0.025)


def test_equivalence_without_spread():
    assert [0.0, 1.0] == [ours.equivalence_test([v] * 6, -1, 1).p for v in (0.5, 1.0)]


def test_holm_is_the_definition():
    p_values = [0.01, 0.04, 0.03, 0.005, 0.6]
    assert slow_holm(p_values) == pytest.approx(ours.holm(p_values))


def test_holm_leaves_out_what_was_not_tested():
    first, untested, last = ours.holm([0.04, math.nan, 0.015])
    assert [0.04, 0.03] == pytest.approx([first, last])
    assert math.isnan(untested)
    assert [] == ours.holm([])


@pytest.mark.parametrize(
    ("interval", "reason"),
    [
        (ours.mean_interval([]), "n = 0: an interval needs at least 2 seeds"),
        (ours.mean_interval([1.0]), "n = 1: an interval needs at least 2 seeds"),
        (ours.mean_interval([1.0, math.nan]), "1 of 2 values are not finite"),
        (ours.ratio_interval([1.0], [2.0]), "n = 1: an interval needs at least 2 seeds"),
        (ours.ratio_interval([1.0, 0.0], [2.0, 2.0]), "1 of 2 numerators are exactly 0, which has"),
        (ours.ratio_interval([1.0, 1.0], [2.0, 0.0]), "1 of 2 denominators are exactly 0"),
        (ours.ratio_interval([1.0, math.inf], [2.0, 2.0]), "1 of 4 values are not finite"),
        (ours.ratio_interval([1.0, -1.0], [2.0, 2.0]), "a negative value has no logarithm"),
        (ours.wilson_interval(1, 1), "n = 1: an interval needs at least 2 seeds"),
        (ours.bootstrap_interval([[1.0]]), "n = 1: an interval needs at least 2 seeds"),
        (ours.bootstrap_interval([[1.0], []]), "a seed has no values"),
        (ours.bootstrap_interval([[1.0], [math.inf]]), "1 of 2 values are not finite"),
    ],
)
def test_undefined_interval_says_why(interval, reason):
    assert interval.reason.startswith(reason)
    assert not interval.defined
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_one_seed_still_has_a_value():
    assert 3.0 == ours.mean_interval([3.0]).value
    assert 0.5 == pytest.approx(ours.ratio_interval([1.0], [2.0]).value)


def test_ratio_of_exact_zeros_is_exact():
    found = ours.ratio_interval([0.0] * 3, [1.0, 2.0, 3.0])
    assert (0.0, 0.0, 0.0, "every ratio is exactly 0") == (
        found.value,
        found.low,
        found.high,
        found.method,
    )


@pytest.mark.parametrize(
    "test", [ours.sign_flip_test, ours.t_test, lambda v: ours.equivalence_test(v, -1, 1)]
)
@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan]])
def test_undefined_test_says_why(test, values):
    found = test(values)
    assert math.isnan(found.p)
    assert found.reason


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: ours.ratio_interval([1.0], []), "1 numerators, but 0 denominators"),
        (lambda: ours.wilson_interval(3, 2), "3 hits of 2"),
        (lambda: ours.equivalence_test([1.0, 2.0], 1, 1), "expected low < high"),
        (lambda: ours.holm([1.5]), "outside"),
    ],
)
def test_impossible_requests(call, match):
    with pytest.raises(ValueError, match=match):
        call()
