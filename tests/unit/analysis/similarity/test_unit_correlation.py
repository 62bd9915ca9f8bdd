"""Correlations of units, their matching, and participation ratios: K26, K30, K31."""

import math
import statistics

import numpy as np
import pytest

from paramdyn.analysis.similarity import (
    correlation_matrix,
    match_units,
    participation_ratio,
    units_of,
    within_model,
)

RANDOM = np.random.default_rng(30)
X = RANDOM.standard_normal((60, 5)) @ RANDOM.standard_normal((5, 5))
Y = X @ RANDOM.standard_normal((5, 7)) + RANDOM.standard_normal((60, 7)) + 100


def slow_correlations(x, y):
    return [[statistics.correlation(list(a), list(b)) for b in y.T] for a in x.T]


def test_equals_pearson_of_the_standard_library():
    found = correlation_matrix(X, Y)
    assert np.array(slow_correlations(X, Y)) == pytest.approx(found.values, abs=1e-12)
    assert (1.0,) * 5 == pytest.approx(np.diag(correlation_matrix(X, X).values), abs=1e-15)


def test_n_and_n_minus_1_are_not_mixed():
    """Three examples, where a wrong n would give 2/3 or 3/2 instead of 1."""
    x = np.array([[1.0], [2.0], [4.0]])
    assert [[1.0]] == pytest.approx(correlation_matrix(x, 3 * x + 1).values, abs=1e-15)
    assert [[-1.0]] == pytest.approx(correlation_matrix(x, -x).values, abs=1e-15)


def test_k26_dead_and_constant_units_are_excluded_and_counted():
    x = np.hstack([np.zeros((60, 2)), X, np.full((60, 1), 0.1)])
    units = units_of(x)
    assert (list(range(2, 7)), 2, 1, 8) == (
        list(units.live),
        units.dead,
        units.constant,
        units.total,
    )
    found = match_units(x, X)
    assert 1 == pytest.approx(found.mean.value, abs=1e-14)
    assert ([2, 3, 4, 5, 6], [0, 1, 2, 3, 4]) == (list(found.x), list(found.y))
    inside = within_model(x)
    assert within_model(X).mean == inside.mean
    assert (5, 2, 1) == (inside.live, inside.dead, inside.constant)


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.zeros((60, 3)), "X is constant"),
        (np.full((60, 3), np.nan), "X holds NaN or infinity"),
        (np.zeros((60, 0)), "X has no units"),
    ],
)
def test_undefined_correlations_say_why(x, reason):
    found = match_units(x, Y)
    assert found.mean.value is None
    assert found.mean.reason.startswith(reason)
    assert (0, 0) == found.found.values.shape
    assert not within_model(x).mean.is_defined
    assert not participation_ratio(x).is_defined


def test_dead_units_are_counted_also_where_nothing_is_live():
    inside = within_model(np.array([[0.0, 3.0, 0.0]] * 10))
    assert (0, 2, 1) == (inside.live, inside.dead, inside.constant)


def test_permuted_and_mirrored_units_are_found():
    order, signs = RANDOM.permutation(5), np.array([1, -1, 1, -1, -1])
    for method in ("hungarian", "greedy"):
        found = match_units(X, X[:, order] * signs, method=method)
        assert list(np.argsort(order)) == list(found.y)
        assert list(signs[np.argsort(order)]) == pytest.approx(list(found.correlations))


def test_k30_independent_units_match_at_the_null():
    x, y = RANDOM.standard_normal((2, 10_000, 512))
    hungarian, greedy = match_units(x, y).mean.value, match_units(x, y, method="greedy").mean.value
    assert 0.0310 == pytest.approx(hungarian, abs=0.001)
    assert greedy <= hungarian


def test_within_model_equals_plain_loops():
    off = [r for i, row in enumerate(slow_correlations(X, X)) for j, r in enumerate(row) if i != j]
    found = within_model(X)
    assert statistics.mean(off) == pytest.approx(found.mean.value, abs=1e-12)
    assert statistics.mean(map(abs, off)) == pytest.approx(found.mean_absolute.value, abs=1e-12)
    assert sum(r > 0.5 for r in off) / 20 == found.share_above_half.value
    for features, value in (
        (np.cov(X.T), found.participation_ratio),
        (np.corrcoef(X.T), found.standardized_participation_ratio),
    ):
        spectrum = np.linalg.eigvalsh(features)
        assert spectrum.sum() ** 2 / (spectrum**2).sum() == pytest.approx(value.value, abs=1e-12)


def test_one_live_unit_has_no_pairs_but_a_dimension():
    found = within_model(X[:, :1])
    assert "one live unit has no pair" == found.mean.reason
    assert 1 == pytest.approx(found.participation_ratio.value)


def test_k31_participation_ratio_of_equal_variances_is_d_and_of_one_direction_1():
    sphere = np.vstack([np.eye(6), -np.eye(6)])
    assert 6 == pytest.approx(participation_ratio(sphere).value, abs=1e-12)
    line = np.outer(RANDOM.standard_normal(30), RANDOM.standard_normal(6))
    assert 1 == pytest.approx(participation_ratio(line).value, abs=1e-12)
    assert 1 == pytest.approx(participation_ratio(line[:4]).value, abs=1e-12)
    assert math.isclose(participation_ratio(X).value, participation_ratio(X * 1e-160).value)
