import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.formatting import sparkline
from paramdyn_tui.tui.cells import Look, text_of, width_of
from paramdyn_tui.tui.charts.strip_chart import strip_chart

LOOK = Look()


@given(
    values=st.lists(st.floats(), max_size=60),
    width=st.integers(0, 40),
    plain=st.booleans(),
    right=st.booleans(),
)
def test_a_strip_is_as_wide_as_asked(values, width, plain, right):
    row = strip_chart(values, width, Look(ascii_only=plain), newest_right=right)
    assert width == width_of(row)
    assert not plain or text_of(row).isascii()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.integers(1, 30))
def test_a_strip_is_the_sparkline_of_its_values(values, width):
    assert sparkline(values, width) == text_of(strip_chart(values, width, LOOK)).rstrip()


def test_a_fixed_scale_does_not_stretch():
    assert "▁▂▂" == text_of(strip_chart([0, 10, 20], 3, LOOK, low=0, high=100))
    assert "█▁" == text_of(strip_chart([500, -3], 2, LOOK, low=0, high=100))


def test_levels_have_their_styles():
    levels = ((0, "good"), (70, "warn"), (90, "bad"))
    row = strip_chart([10, 75, 95, 20], 4, LOOK, low=0, high=100, levels=levels)
    assert ["good", "warn", "bad", "good"] == [style for _, style in row]


def test_holes_are_marked_and_few_values_may_stand_at_the_right():
    row = strip_chart([1.0, math.nan, 2.0], 5, LOOK, newest_right=True)
    assert "  ▁x█" == text_of(row)
    assert ("x", "bad") in row
    assert "▁x█  " == text_of(strip_chart([1.0, math.nan, 2.0], 5, LOOK))


@pytest.mark.parametrize("place", range(0, 1000, 77))
def test_a_spike_among_many_is_not_lost(place):
    values = np.full(1000, 1.0)
    values[place] = 9.0
    assert "█" in text_of(strip_chart(values.tolist(), 20, LOOK))
