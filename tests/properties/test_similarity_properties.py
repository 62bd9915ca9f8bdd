"""Whatever the features: no NaN, no exception, ranges, and batches that leave no trace."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from paramdyn.analysis.similarity import (
    MEASURES,
    MinibatchCka,
    MomentCka,
    cka,
    match_greedy,
    match_hungarian,
    within_model,
)

any_float = st.floats(width=64) | st.sampled_from([0.0, 1.0, -1.0, 1e308, 5e-324])
sizes = st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 6))


@st.composite
def pairs(draw):
    n, d1, d2 = draw(sizes)
    numbers = draw(st.sampled_from([any_float, st.floats(-10, 10), st.integers(0, 1).map(float)]))
    return draw(arrays(np.float64, (n, d1), elements=numbers)), draw(
        arrays(np.float64, (n, d2), elements=numbers)
    )


@given(pairs())
@settings(deadline=None)
def test_every_measure_of_anything_is_in_range_or_undefined(features):
    for measure in MEASURES.values():
        result = measure.compute(*features)
        if result.value is not None and measure.name != "cka":
            low, high = measure.range
            assert low - 1e-9 <= result.value <= high + 1e-9
    for number in (cka(*features), within_model(features[0]).participation_ratio):
        assert number.is_defined != bool(number.reason)


@given(st.integers(0, 2**32), st.lists(st.integers(1, 30), min_size=1, max_size=6))
@settings(deadline=None)
def test_moments_do_not_depend_on_the_batches(seed, batches):
    random = np.random.default_rng(seed)
    n = max(sum(batches), 5)
    x = random.standard_normal((n, 4)) * random.lognormal(size=4) + random.standard_normal(4) * 9
    y = x @ random.standard_normal((4, 3)) + random.standard_normal((n, 3))
    stream = MomentCka()
    for rows in np.split(np.arange(n), np.cumsum(batches)):
        stream.update([x[rows]], [y[rows]])
    found = stream.results()[0][0]
    assert cka(x, y).value == pytest.approx(found.value, rel=1e-6, abs=1e-6)


@given(st.integers(0, 2**32), st.lists(st.integers(1, 30), min_size=2, max_size=6))
@settings(deadline=None)
def test_a_net_is_like_itself_in_any_batches(seed, batches):
    random = np.random.default_rng(seed)
    n = max(sum(batches), 5)
    x = np.maximum(random.standard_normal((n, 4)), 0)
    for stream in (MomentCka(), MinibatchCka()):
        for rows in np.split(np.arange(n), np.cumsum(batches)):
            stream.update([x[rows]], [x[rows]])
        found = stream.results()[0][0]
        if found.is_defined:
            assert 1 == pytest.approx(found.value, abs=1e-9)


@given(
    arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.floats(0, 1))
)
def test_greedy_never_beats_hungarian(weights):
    greedy, best = match_greedy(weights), match_hungarian(weights)
    assert min(weights.shape) == len(greedy[0]) == len(set(greedy[1])) == len(best[0])
    assert weights[greedy].sum() <= weights[best].sum() + 1e-12
