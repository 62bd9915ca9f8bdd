"""Every similarity measure is what it declares: invariances true and false, range, symmetry."""

import numpy as np
import pytest

from paramdyn.analysis.similarity import INVARIANCES, MEASURES

RANDOM = np.random.default_rng(10)
X = np.maximum(RANDOM.standard_normal((150, 8)) @ RANDOM.standard_normal((8, 8)) + 1, 0)
Y = np.maximum(X @ RANDOM.standard_normal((8, 11)) + 4 * RANDOM.standard_normal((150, 11)), 0)
CHANGES = {
    "orthogonal": X @ np.linalg.qr(RANDOM.standard_normal((8, 8)))[0],
    "isotropic-scaling": 0.013 * X,
    "translation": X + 50 * RANDOM.standard_normal(8),
    "invertible-linear": X @ RANDOM.standard_normal((8, 8)),
    "permutation": X[:, RANDOM.permutation(8)],
}
everyone = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)


@everyone
@pytest.mark.parametrize("change", CHANGES)
def test_declared_invariances_hold_and_no_others(measure, change):
    before, after = measure.compute(X, Y).value, measure.compute(CHANGES[change], Y).value
    if change in measure.invariances:
        assert before == pytest.approx(after, abs=1e-9)
    else:
        assert abs(before - after) > 1e-3


def test_changes_are_those_that_can_be_declared():
    assert set(CHANGES) == INVARIANCES
    assert all(measure.invariances <= INVARIANCES for measure in MEASURES.values())


@everyone
def test_symmetry_is_as_declared(measure):
    there, back = measure.compute(X, Y).value, measure.compute(Y, X).value
    assert measure.is_symmetric == (there == pytest.approx(back, abs=1e-9))


@everyone
@pytest.mark.parametrize("n", [12, 30, 150])
def test_features_with_themselves_have_the_declared_value(measure, n):
    assert measure.of_itself == pytest.approx(measure.compute(X[:n], X[:n]).value, abs=1e-7)


@everyone
def test_values_are_in_the_declared_range(measure):
    low, high = measure.range
    for _ in range(10):
        x, y = RANDOM.standard_normal((20, 7)), RANDOM.standard_normal((20, 5))
        assert low - 1e-12 <= measure.compute(x, y).value <= high + 1e-12


@everyone
@pytest.mark.parametrize(
    "bad", [X[:1], np.zeros((150, 3)), np.full((150, 3), np.nan)], ids=["one", "dead", "nan"]
)
def test_undefined_is_a_value_with_a_reason(measure, bad):
    for pair in ((bad, Y[: len(bad)]), (Y[: len(bad)], bad)):
        result = measure.compute(*pair)
        assert result.value is None
        assert result.reason
        assert len(bad) == result.n


@everyone
def test_features_of_any_type_are_computed_in_float64(measure):
    single = X.astype(np.float32), Y.astype(np.float32)
    double = [features.astype(np.float64) for features in single]
    assert measure.compute(*double) == measure.compute(*single)
