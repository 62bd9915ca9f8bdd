import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.plotting.smoothing import smoothed

VALUES = st.lists(st.floats(-1e3, 1e3) | st.sampled_from([np.nan, np.inf]), max_size=60)


@given(values=VALUES, weight=st.floats(0.01, 0.999))
def test_average_is_the_weighted_mean_of_what_was_before(values, weight):
    values = np.array(values, dtype=float)
    expected = values.copy()
    seen = []
    for index, value in enumerate(values):
        if np.isfinite(value):
            seen.append(value)
            weights = weight ** np.arange(len(seen))[::-1]
            expected[index] = (weights * seen).sum() / weights.sum()
    np.testing.assert_allclose(expected, smoothed(values, weight), rtol=1e-9, atol=1e-9)


@given(values=VALUES, length=st.integers(1, 70))
def test_window_is_the_mean_of_the_last_finite_values(values, length):
    values = np.array(values, dtype=float)
    expected = values.copy()
    seen = []
    for index, value in enumerate(values):
        if np.isfinite(value):
            seen.append(value)
            expected[index] = np.mean(seen[-length:])
    np.testing.assert_allclose(expected, smoothed(values, length), rtol=1e-9, atol=1e-9)


def test_nothing_is_smoothed_by_nothing():
    values = np.array([3.0, 1.0, 2.0])
    assert values.tolist() == smoothed(values, 0.0).tolist() == smoothed(values, 1).tolist()
    assert 0 == len(smoothed(np.empty(0), 0.9))


@pytest.mark.parametrize("amount", [0.9, 5])
def test_constant_stays_constant(amount):
    np.testing.assert_allclose(7.0, smoothed(np.full(50, 7.0), amount))
