import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.charts.ticks import (
    position_ticks,
    round_step,
    rounded_range,
    tick_labels,
    value_ticks,
)
from paramdyn_tui.tui.charts.viewport import Viewport

positive = st.floats(0, exclude_min=True, allow_infinity=False)
finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("values", "edges"),
    [((0.41, 2.31), (0, 2.5)), ((0.86, 0.934), (0.86, 0.94)), ((0.1, 0.93), (0, 1)),
     ((-0.2, -3.0), (-3, 0)), ((-0.2, -1.0), (-1, 0)), ((5.0, 5.0), (2.5, 7.5)),
     ((0.0, 0.0), (-1, 1)), ((1e6, 1e6 + 3), (1e6, 1e6 + 3)),
     # the middle has a number, too: none such as 1.125 or -0.75
     ((0.0, 2.2), (0, 2.5)), ((-2.2, 0.0), (-2.5, 0)), ((-2.3, 0.8), (-3, 1)),
     ((0.66, 0.99), (0.6, 1)), ((0.0, 1.7), (0, 1.8)), ((0.0, 0.33), (0, 0.4))],
)  # fmt: skip
def test_ranges_have_round_edges(values, edges):
    assert edges == pytest.approx(rounded_range(min(values), max(values), log=False))


@pytest.mark.parametrize(
    ("values", "edges"),
    [((0.03, 1.7), (0.02, 2)), ((2e-5, 0.4), (1e-5, 1)), ((7.0, 7.0), (0.7, 70)),
     ((1, 10), (1, 10))],
)  # fmt: skip
def test_logarithmic_ranges_have_round_edges(values, edges):
    assert edges == pytest.approx(rounded_range(*values, log=True))


@given(one=finite, other=finite)
def test_a_range_holds_its_values(one, other):
    low, high = sorted((one, other))
    lower, upper = rounded_range(low, high, log=False)
    slack = 1e-6 * max(high - low, 1e-9 * max(abs(low), abs(high)))
    assert lower < upper
    assert lower <= low + slack
    assert high - slack <= upper


@given(one=positive, other=positive)
def test_a_logarithmic_range_holds_its_values(one, other):
    low, high = sorted((one, other))
    lower, upper = rounded_range(low, high, log=True)
    assert 0 < lower <= low * (1 + 1e-6)
    assert high * (1 - 1e-6) <= upper
    assert lower < upper


@pytest.mark.parametrize("rows", range(2, 40))
def test_both_edges_have_numbers_and_rows_between_them(rows):
    for low, high in [(0, 2.5), (0.86, 0.94), (0, 1), (-3, 4), (0, 7e-5), (1e6, 1.02e6)]:
        ticks = value_ticks(Viewport(0, 1, low, high), rows)
        assert (low, high) == pytest.approx((ticks[0], ticks[-1]))
        assert len(ticks) <= rows // 3 + 2
        assert len(set(tick_labels(ticks))) == len(ticks)


def test_logarithmic_ticks_are_powers_of_ten():
    ticks = value_ticks(Viewport(0, 1, 1e-4, 10.0, log_y=True), 12)
    assert all(math.log10(tick) == pytest.approx(round(math.log10(tick))) for tick in ticks)
    assert 3 <= len(ticks) <= 6


@given(st.floats(1e-300, 1e300))
def test_steps_are_one_two_and_a_half_or_five(least):
    step = round_step(least)
    digits = f"{step:.6e}".partition("e")[0].rstrip("0").rstrip(".")
    assert digits in {"1", "2", "2.5", "5"}
    assert least * (1 - 1e-6) <= step <= least * 2.6


def test_labels_tell_ticks_apart():
    assert ["1234567.1", "1234567.2"] == tick_labels([1234567.1, 1234567.2])
    assert ["0", "0.5"] == tick_labels([0.0, 0.5])


@given(
    left=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6), width=st.integers(1, 200)
)  # fmt: skip
def test_numbers_below_never_touch_and_stand_in_the_row(left, span, width):
    free = 0
    for start, text in position_ticks(Viewport(left, left + span), width):
        assert start >= free
        assert start + len(text) <= width
        free = start + len(text) + 1


def test_numbers_below_stand_at_their_places():
    view = Viewport(0, 90)
    ticks = {text: start for start, text in position_ticks(view, 91)}
    assert 0 == ticks["0"]
    assert 40 == ticks["40"]
    assert ticks["90"] in (88, 89)
    logs = {text: start for start, text in position_ticks(Viewport(1, 1000, log_x=True), 61)}
    assert abs(logs["10"] - 20) <= 1
    assert abs(logs["100"] - 40) <= 1
