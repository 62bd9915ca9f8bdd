"""Extremes of any part of a series, against looking at every value."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn_tui.tui.charts.pyramid import FAN, Pyramid


def naive(values, start, end):
    finite = [value for value in values[start:end].tolist() if math.isfinite(value)]
    return min(finite, default=math.inf), max(finite, default=-math.inf)


def made(size, *, lost=0, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.normal(10.0, size=size)  # zero, which memory may hold, is none of its values
    y[rng.choice(size, lost, replace=False)] = rng.choice([np.nan, np.inf, -np.inf], lost)
    return np.arange(float(size)), y


@pytest.mark.parametrize("size", [1, FAN, FAN + 1, FAN**2, FAN**2 + 1, FAN**3 + 77])
@pytest.mark.parametrize("lost", [0, 1])
def test_extremes_of_ranges_are_those_of_their_values(size, lost):
    x, y = made(size, lost=lost)
    rng = np.random.default_rng(size)
    starts = rng.integers(0, size, 200)
    ends = np.array([rng.integers(start + 1, size + 1) for start in starts])
    low, high = Pyramid(x, y).extremes(starts, ends)
    expected = [naive(y, start, end) for start, end in zip(starts, ends, strict=True)]
    assert expected == list(zip(low.tolist(), high.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.integers(0, 900), min_size=1, max_size=8), lost=st.integers(0, 40))
def test_growing_in_parts_is_as_growing_at_once(parts, lost):
    size = sum(parts)
    x, y = made(size, lost=min(lost, size), seed=size)
    grown = Pyramid(x[:0], y[:0])
    for end in np.cumsum(parts).tolist():
        grown.update(x[:end], y[:end])
    assert size == len(grown)
    if size:
        starts = np.arange(size)
        ends = np.minimum(starts + 1 + starts % 400, size)
        whole = Pyramid(x, y)
        for one, other in zip(
            grown.extremes(starts, ends), whole.extremes(starts, ends), strict=True
        ):
            assert one.tolist() == other.tolist()
        assert grown.lost_between(0, size).tolist() == np.flatnonzero(~np.isfinite(y)).tolist()


@pytest.mark.parametrize("known", [FAN - 1, FAN, FAN + 1, FAN**2 - 1, FAN**2, FAN**2 + 1, FAN**3])
def test_growing_over_the_edge_of_a_level(known, monkeypatch):
    # memory that was never written to holds what is no value of the series
    monkeypatch.setattr(np, "empty", lambda size, dtype=float: np.full(size, 77, dtype))
    x, y = made(4 * known)
    pyramid = Pyramid(x[:known], y[:known])
    pyramid.update(x, y)
    low, high = pyramid.extremes(np.array([0, 1]), np.array([4 * known, 4 * known - 1]))
    assert [y.min(), y[1:-1].min()] == low.tolist()
    assert [y.max(), y[1:-1].max()] == high.tolist()


def test_another_series_is_taken_in_whole():
    x, y = made(1000)
    pyramid = Pyramid(x, y)
    pyramid.update(x, -2 * y)
    low, high = pyramid.extremes(np.array([0]), np.array([1000]))
    assert (low[0], high[0]) == ((-2 * y).min(), (-2 * y).max())
    pyramid.update(x[:10], y[:10])
    assert 10 == len(pyramid)


def test_whether_positions_rise_is_known_while_it_grows():
    x, y = made(100)
    pyramid = Pyramid(x, y)
    assert pyramid.rises
    pyramid.update(np.append(x, 5.0), np.append(y, 0.0))
    assert not pyramid.rises
    assert not Pyramid(np.array([0.0, np.nan, 1.0]), np.zeros(3)).rises


def test_memory_is_an_eighth_of_the_values():
    x, y = made(200_000)
    pyramid = Pyramid(x, y)
    held = sum(level.values.nbytes for level in [*pyramid._lows, *pyramid._highs])
    assert held < 0.14 * y.nbytes
    assert pyramid.y.base is y or pyramid.y is y
