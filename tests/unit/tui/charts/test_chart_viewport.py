import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.charts.viewport import Viewport, Zoom, opened, panned, zoomed

WHOLE = (0.0, 90.0)


def test_shares_are_from_edge_to_edge():
    view = Viewport(10, 30, -1, 1)
    assert [0.0, 0.5, 1.0] == view.across(np.array([10.0, 20.0, 30.0])).tolist()
    assert [0.0, 0.75] == view.up(np.array([-1.0, 0.5])).tolist()
    assert 20.0 == view.x_at(0.5)
    assert (5, None) == (view.column_of(20, 11), view.column_of(31, 11))
    assert (0, 4, None) == (view.row_of(1, 5), view.row_of(-1, 5), view.row_of(2, 5))


def test_logarithmic_shares_are_of_ratios():
    view = Viewport(1, 100, 0.01, 1, log_x=True, log_y=True)
    assert [0.0, 0.5] == pytest.approx(view.across(np.array([1.0, 10.0])).tolist())
    assert -math.inf == view.up(np.array([0.0]))[0]
    assert -math.inf == view.share_of_x(-3)
    assert 10 == pytest.approx(view.x_at(0.5))


@given(st.floats(allow_nan=True, allow_infinity=True), st.booleans())
def test_one_value_has_the_share_that_an_array_gives_it(value, log):
    view = Viewport(1e-3, 1e5, 1e-3, 1e5, log_x=log, log_y=log)
    for one, many in ((view.share_of_x, view.across), (view.share_of_y, view.up)):
        assert one(value) == pytest.approx(float(many(np.array([value]))[0]), nan_ok=True, rel=1e-9)


def test_edges_farther_apart_than_numbers_reach():
    view = Viewport(0, 1, -1.7e308, 1.7e308)
    assert [0.0, 0.5, 1.0] == view.up(np.array([-1.7e308, 0.0, 1.7e308])).tolist()


def test_all_is_shown_until_one_zooms():
    assert WHOLE == Zoom().window(WHOLE)
    assert (5.0, 6.0) == opened(5.0, 5.0)
    assert (0.0, 1.0) == opened(math.nan, 3.0)


def test_zooming_keeps_the_position_it_is_about():
    zoom = zoomed(Zoom(), WHOLE, 0.5, at=30.0)
    assert (15.0, 60.0) == zoom.window(WHOLE)
    assert (22.5, 45.0) == zoomed(zoom, WHOLE, 0.5, at=30.0).window(WHOLE)


def test_zooming_out_ends_at_the_whole():
    zoom = zoomed(Zoom(), WHOLE, 0.5, at=80.0)
    assert Zoom() == zoomed(zoomed(zoom, WHOLE, 2, at=80.0), WHOLE, 4)


@given(
    factors=st.lists(
        st.tuples(st.sampled_from([0.5, 2.0, 0.1, 0.0, 1e-12]), st.floats(-10, 100)), max_size=12
    ),
    log=st.booleans(), moves=st.lists(st.floats(-3, 3), max_size=4),
)  # fmt: skip
def test_a_window_is_never_empty_and_never_leaves_the_whole(factors, log, moves):
    whole = (0.5, 90.0) if log else WHOLE
    zoom = Zoom()
    for factor, at in factors:
        zoom = zoomed(zoom, whole, factor, at=at, last=37.0, log=log)
    for move in moves:
        zoom = panned(zoom, whole, move, last=37.0, log=log)
    left, right = zoom.window(whole)
    assert left < right
    assert whole[0] * (1 - 1e-9) <= left
    assert right <= whole[1] * (1 + 1e-9)


def test_zooming_near_an_edge_stops_there():
    zoom = zoomed(Zoom(40.0, 60.0), WHOLE, 3.0, at=45.0)
    assert (30.0, 90.0) == zoom.window(WHOLE)
    assert (0.0, 6.0) == zoomed(Zoom(2.0, 6.0), WHOLE, 11.0, at=6.0).window(WHOLE)


def test_panning_moves_by_shares_of_the_width_within_the_whole():
    zoom = Zoom(20.0, 40.0)
    assert (30.0, 50.0) == panned(zoom, WHOLE, 0.5).window(WHOLE)
    assert (0.0, 20.0) == panned(zoom, WHOLE, -3).window(WHOLE)
    assert (70.0, 90.0) == panned(zoom, WHOLE, 9).window(WHOLE)
    assert Zoom() == panned(Zoom(), WHOLE, 1)


def test_a_window_with_the_newest_record_follows_it_in_hops():
    zoom = zoomed(Zoom(), WHOLE, 0.2, last=37.0)
    left, right = zoom.window(WHOLE, 37.0)
    assert left < 37 < right
    assert zoom.follows
    assert (left, right) == zoom.window(WHOLE, right - 0.01)
    moved = zoom.window(WHOLE, right + 0.01)
    hop = (right - left) / 4
    assert (left + hop, right + hop) == pytest.approx(moved)
    assert moved == zoom.window(WHOLE, right + hop - 0.01)


def test_a_window_away_from_the_newest_record_stays():
    zoom = panned(Zoom(30.0, 40.0, follows=True), WHOLE, -2, last=37.0)
    assert not zoom.follows
    assert zoom.window(WHOLE, 37.0) == zoom.window(WHOLE, 80.0)
