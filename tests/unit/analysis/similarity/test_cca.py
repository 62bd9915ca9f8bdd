"""CCA, SVCCA and PWCCA: known answers K27 and K28, and slow references."""

import numpy as np
import pytest

from paramdyn.analysis.similarity import cca, mean_cca, pwcca, svcca

RANDOM = np.random.default_rng(27)
X = RANDOM.standard_normal((200, 10)) @ RANDOM.standard_normal((10, 10))
Y = X @ RANDOM.standard_normal((10, 20)) + 9 * RANDOM.standard_normal((200, 20))


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**-0.5) @ vectors.T


def slow_cca(x, y, ridge=0.0):
    """Whiten both covariances and take singular values of what is between them."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    xx, yy = x.T @ x, y.T @ y
    xx += ridge * np.trace(xx) / len(xx) * np.eye(len(xx))
    yy += ridge * np.trace(yy) / len(yy) * np.eye(len(yy))
    u, values, _ = np.linalg.svd(root(xx) @ x.T @ y @ root(yy), full_matrices=False)
    return values, x @ root(xx) @ u


@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_equals_whitened_covariances(ridge):
    found = cca(X, Y, ridge=ridge)
    assert slow_cca(X, Y, ridge)[0] == pytest.approx(found.values, abs=1e-10)
    assert found.values.mean() == pytest.approx(found.mean.value)
    assert ((10, 20), ridge) == (found.ranks, found.ridge)


def test_k27_any_basis_of_the_same_features_is_1():
    assert 1 == pytest.approx(mean_cca(X, X @ RANDOM.standard_normal((10, 10))).value, abs=1e-10)
    assert mean_cca(X, X, ridge=0.5).value < 0.9


@pytest.mark.parametrize(("n", "mean"), [(200, 0.640), (500, 0.390), (1000, 0.270), (5000, 0.121)])
def test_k27_noise_is_correlated(n, mean):
    draws = [mean_cca(*RANDOM.standard_normal((2, n, 100))).value for _ in range(4)]
    assert mean == pytest.approx(np.mean(draws), abs=0.01)


@pytest.mark.parametrize("n", [5, 19, 20])
def test_k27_n_up_to_d_is_refused(n):
    reason = f"{n} examples for 20 units, and CCA needs more examples than units"
    both = pwcca(X[:n], Y[:n])
    for result in (mean_cca(X[:n], Y[:n]), svcca(X[:n], Y[:n]), both.by_x, both.by_y):
        assert (None, reason, n) == (result.value, result.reason, result.n)


def test_few_examples_are_warned_of():
    assert () == mean_cca(X, X).warnings
    assert ("199 examples are fewer than 10 for each of 20 units",) == mean_cca(
        X[:199], Y[:199]
    ).warnings
    forced = mean_cca(X[:25], Y[:25])
    assert "6 correlations are 1 whatever the features" in forced.warnings[1]
    assert 6 == int((cca(X[:25], Y[:25]).values > 1 - 1e-12).sum())


def test_constant_and_dependent_units_drop_out():
    padded = np.hstack([X, np.full((200, 1), 0.1), np.zeros((200, 1)), X[:, :1] + X[:, 1:2]])
    assert (10, 20) == cca(padded, Y).ranks
    assert cca(X, Y).values == pytest.approx(cca(padded, Y).values, abs=1e-10)


def test_svcca_is_cca_of_the_leading_components():
    scales = np.array([30, 20, 10, 5, 1, 0.3, 0.1, 0.1, 0.1, 0.1])
    x = RANDOM.standard_normal((200, 10)) * scales
    centred = x - x.mean(axis=0)
    u, values, _ = np.linalg.svd(centred, full_matrices=False)
    keep = next(k for k in range(1, 11) if (values[:k] ** 2).sum() >= 0.99 * (values**2).sum())
    assert keep < 6
    assert keep == cca(x, Y, variance=0.99).ranks[0]
    reduced = slow_cca(u[:, :keep], Y)[0].mean()
    assert reduced == pytest.approx(cca(x, Y, variance=0.99).mean.value, abs=0.02)
    assert 1 == pytest.approx(svcca(x, x).value, abs=1e-12)


def test_k28_pwcca_of_different_widths_in_both_directions():
    found, swapped = pwcca(X, Y), pwcca(Y, X)
    assert found.by_x.is_defined
    assert found.by_y.is_defined
    assert found.by_x != found.by_y
    assert (found.by_x, found.by_y) == (swapped.by_y, swapped.by_x)
    assert 1 == pytest.approx(pwcca(X, X).by_x.value, abs=1e-12)


@pytest.mark.parametrize(("x", "y"), [(X, Y), (Y, X)], ids=["wider second", "wider first"])
def test_pwcca_weights_by_projection_of_the_units(x, y):
    values, variables = slow_cca(x, y)
    units = x - x.mean(axis=0)
    weights = [
        sum(abs(float(np.dot(variables[:, i], units[:, j]))) for j in range(x.shape[1]))
        for i in range(len(values))
    ]
    weighted = np.dot(weights, values) / sum(weights)
    assert weighted == pytest.approx(pwcca(x, y).by_x.value, abs=1e-10)


def test_options_out_of_range_are_refused():
    for options in ({"ridge": -1}, {"variance": 0}, {"variance": 1.1}):
        with pytest.raises(ValueError, match="ridge must be"):
            cca(X, Y, **options)
