"""CKA against the formulas of the papers in plain loops, and known answers K21 to K26."""

import math

import numpy as np
import pytest

from paramdyn.analysis.similarity import average, cka, cka_table
from paramdyn.errors import ShapeMismatch

RANDOM = np.random.default_rng(16)
X = RANDOM.standard_normal((40, 6)) @ RANDOM.standard_normal((6, 6))
Y = X @ RANDOM.standard_normal((6, 9)) + RANDOM.standard_normal((40, 9))


def slow_hsic(x, y, estimator):
    """HSIC as it is printed, with n x n kernels and loops over their entries."""
    n = len(x)
    k = [[float(np.dot(a, b)) for b in x] for a in x]
    l = [[float(np.dot(a, b)) for b in y] for a in y]  # noqa: E741 - the paper's letter
    if estimator == "biased":
        centre = np.eye(n) - 1 / n
        return float(np.trace(np.array(k) @ centre @ np.array(l) @ centre)) / (n - 1) ** 2
    for i in range(n):
        k[i][i] = l[i][i] = 0.0
    trace = sum(k[i][j] * l[j][i] for i in range(n) for j in range(n))
    sums = sum(map(sum, k)) * sum(map(sum, l))
    rows = sum(sum(k[i]) * sum(l[i]) for i in range(n))
    return (trace + sums / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)) / (n * (n - 3))


def slow_cka(x, y, estimator="unbiased"):
    xy, xx, yy = (slow_hsic(a, b, estimator) for a, b in ((x, y), (x, x), (y, y)))
    return xy / math.sqrt(xx * yy)


@pytest.mark.parametrize("estimator", ["unbiased", "biased"])
@pytest.mark.parametrize("n", [4, 5, 8, 40])
def test_equals_the_plain_formula_by_moments_and_by_kernels(n, estimator):
    result = cka(X[:n], Y[:n], estimator=estimator)
    assert slow_cka(X[:n], Y[:n], estimator) == pytest.approx(result.value, abs=1e-10)
    assert n == result.n


def test_k21_ignores_rotation_scale_and_shift_but_not_any_basis():
    q, _ = np.linalg.qr(RANDOM.standard_normal((6, 6)))
    for same in (X @ q, 7.5 * X, X + RANDOM.standard_normal(6)):
        assert cka(X, same).value == pytest.approx(1, abs=1e-12)
    assert cka(X, X @ RANDOM.standard_normal((6, 6))).value < 0.99
    assert cka(X, Y).value == pytest.approx(cka(Y, X).value, abs=1e-14)


def test_k22_of_stretched_orthonormal_features_has_a_closed_form():
    frame = np.linalg.qr(RANDOM.standard_normal((60, 6)))[0]
    centred = np.linalg.qr(frame - frame.mean(axis=0))[0]
    stretch = np.arange(1.0, 7.0)
    value = cka(centred, centred * stretch, estimator="biased").value
    closed = (stretch**2).sum() / (math.sqrt(6) * np.linalg.norm(stretch**2))
    assert 0.778888 == pytest.approx(closed, abs=5e-7)
    assert closed == pytest.approx(value, abs=1e-12)


def test_k23_independent_features_have_0_unbiased_and_a_half_biased():
    x, y = RANDOM.standard_normal((2, 512, 512))
    assert 0 == pytest.approx(cka(x, y).value, abs=0.006)
    assert 0.5 == pytest.approx(cka(x, y, estimator="biased").value, abs=0.002)


def test_unbiased_values_below_0_stay_below_0():
    values = [
        cka(RANDOM.standard_normal((8, 4)), RANDOM.standard_normal((8, 4))).value for _ in range(40)
    ]
    assert min(values) < -0.05


@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1e20, 1e300])
def test_scale_of_the_features_leaves_no_trace(scale):
    assert cka(X, Y).value == pytest.approx(cka(X * scale, Y).value, abs=1e-12)


def test_large_mean_costs_no_digits():
    assert cka(X, Y).value == pytest.approx(cka(X + 1e6, Y - 1e6).value, abs=1e-8)


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (X[:3], "3 examples, and the measure needs at least 4"),
        (np.full((40, 6), 0.1), "X is constant: all 6 units have one value over 40 examples"),
        (np.where(np.arange(40)[:, None] == 3, np.nan, X), "X holds NaN or infinity in 1 of 40"),
        (np.zeros((40, 0)), "X has no units"),
        (np.eye(40), "HSIC(X, X) is 0, which is not above 0"),
    ],
)
def test_k26_undefined_says_why(x, reason):
    result = cka(x, Y[: len(x)])
    assert result.value is None
    assert result.reason.startswith(reason)


def test_k26_one_constant_unit_changes_nothing():
    padded = np.hstack([X, np.full((40, 1), 0.1)])
    assert cka(X, Y).value == pytest.approx(cka(padded, Y).value, abs=1e-14)


@pytest.mark.parametrize("estimator", ["unbiased", "biased"])
def test_table_is_the_pairs_and_an_undefined_layer_leaves_the_others(estimator):
    layers = [X, np.ones((40, 2)), RANDOM.standard_normal((40, 70))]
    others = [Y, X * np.nan]
    table = cka_table(layers, others, estimator=estimator)
    for row, x in zip(table, layers, strict=True):
        for found, y in zip(row, others, strict=True):
            alone = cka(x, y, estimator=estimator)
            assert alone.reason == found.reason
            assert alone.value == pytest.approx(found.value, abs=1e-13)
    assert 2 == sum(cell.is_defined for row in table for cell in row)
    mean = average(cell for row in table for cell in row)
    assert mean.value == pytest.approx((table[0][0].value + table[2][0].value) / 2)
    assert ("4 of 6 values are undefined and left out",) == mean.warnings


def test_rows_must_be_the_same_examples():
    with pytest.raises(ShapeMismatch, match="X has 40 examples and Y has 39"):
        cka(X, Y[:39])
    with pytest.raises(ShapeMismatch, match=r"shape \(40,\)"):
        cka(X[:, 0], Y)
