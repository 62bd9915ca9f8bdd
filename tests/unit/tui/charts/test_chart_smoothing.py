import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramdyn_tui.plotting.smoothing import smoothed
from paramdyn_tui.tui.charts.smoothing import BLOCK, Smoother, recurrence

values = hnp.arrays(
    float,
    st.integers(0, 5 * BLOCK),
    elements=st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf]),
)


@settings(deadline=None)
@given(y=values, weight=st.sampled_from([0.0, 0.1, 0.9, 0.999]), parts=st.integers(1, 6))
def test_growing_gives_what_the_plain_loop_gives(y, weight, parts):
    smoother = Smoother(weight)
    for end in np.linspace(0, len(y), parts + 1).astype(int):
        shown = smoother.update(y[:end])
        np.testing.assert_allclose(shown, smoothed(y[:end], weight), rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("size", [1, BLOCK, 2 * BLOCK, BLOCK**2 + 5, 3 * BLOCK**2])
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9999])
def test_the_recurrence_is_that_of_a_loop(size, decay):
    inputs = np.random.default_rng(size).normal(size=size)
    state, expected = 0.25, []
    for value in inputs.tolist():
        state = decay * state + value
        expected.append(state)
    np.testing.assert_allclose(recurrence(inputs, decay, 0.25), expected, rtol=1e-9, atol=1e-12)


def test_only_what_is_new_is_looked_at():
    smoother = Smoother(0.9)
    y = np.random.default_rng(0).normal(size=1000)
    first = smoother.update(y[:900])
    kept = first.copy()
    changed = y.copy()
    changed[5] += 100  # no sample that is compared
    whole = smoother.update(changed)
    np.testing.assert_allclose(whole, smoothed(y, 0.9))
    assert kept.tolist() == first.tolist()
    assert not first.flags.writeable


def test_another_series_is_done_from_its_start():
    smoother = Smoother(0.5)
    y = np.random.default_rng(0).normal(size=100)
    smoother.update(y)
    np.testing.assert_allclose(smoother.update(-y), smoothed(-y, 0.5))
    np.testing.assert_allclose(smoother.update(y[:7]), smoothed(y[:7], 0.5))


@pytest.mark.parametrize("weight", [-0.1, 1.0, float("nan")])
def test_a_weight_without_a_meaning_is_refused(weight):
    with pytest.raises(ValueError, match="0 to below 1"):
        Smoother(weight)
