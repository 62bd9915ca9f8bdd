import numpy as np
import pytest

from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.cursor import ValueAt, moved_cursor, values_at
from paramdyn_tui.tui.charts.viewport import Viewport

X = np.array([0.0, 1.0, 2.0, 5.0, 9.0])
LINE = ChartLine("a", X, X * 10, 3)
OTHER = ChartLine("b", np.array([0.5, 4.0]), np.array([1.0, np.nan]), 1)
VIEW = Viewport(0, 10)


def test_values_are_the_newest_up_to_the_position():
    chart = Chart([LINE, OTHER, ChartLine("raw", X, X, faint=True), ChartLine("", X, X)], VIEW)
    assert [ValueAt("a", 3, 20.0, 2.0), ValueAt("b", 1, 1.0, 0.5)] == values_at(chart, 3.9)
    assert [ValueAt("a", 3, 0.0, 0.0), ValueAt("b", 1, None, None)] == values_at(chart, 0.0)
    assert np.isnan(values_at(chart, 4.0)[1].value)
    assert [None, None] == [each.value for each in values_at(chart, -1)]


def test_the_cursor_goes_from_record_to_record_of_any_line():
    place, seen = 0.0, []
    for _ in range(7):
        place = moved_cursor([LINE, OTHER], VIEW, place, 1)
        seen.append(place)
    assert [0.5, 1.0, 2.0, 4.0, 5.0, 9.0, 9.0] == seen
    assert 2.0 == moved_cursor([LINE], VIEW, 9.0, -2)
    assert 0.0 == moved_cursor([LINE], VIEW, 0.0, -1)


def test_the_cursor_begins_at_the_last_visible_record_and_stays_visible():
    assert 9.0 == moved_cursor([LINE], VIEW, None, 1)
    assert 5.0 == moved_cursor([LINE], Viewport(1.5, 7), None, -1)
    assert 5.0 == moved_cursor([LINE], Viewport(1.5, 7), 5.0, 1)
    assert 2.0 == moved_cursor([LINE], Viewport(1.5, 7), 2.0, -1)
    assert 2.0 == moved_cursor([LINE], Viewport(1.5, 7), 0.0, 1)
    assert moved_cursor([ChartLine("e", X[:0], X[:0])], VIEW, None, 1) is None
    assert 4.0 == moved_cursor([], VIEW, 4.0, 1)


def test_records_a_cell_apart_are_all_visited():
    x = np.arange(80.0)
    place = 0.0
    for expected in range(1, 80):
        place = moved_cursor([ChartLine("a", x, x)], Viewport(0, 79), place, 1, cells=80)
        assert expected == place


@pytest.mark.parametrize("by", [1, -1])
def test_a_move_over_many_records_is_seen(by):
    x = np.arange(100_000.0)
    line, view = ChartLine("a", x, x), Viewport(0, 99_999)
    place = 50_000.0
    for _ in range(50):
        moved = moved_cursor([line], view, place, by, cells=80)
        cells = abs(view.share_of_x(moved) - view.share_of_x(place)) * 79
        assert 1 - 1e-5 <= cells < 1.001 or moved in (0, 99_999)
        place = moved
    assert place == (99_999.0 if by > 0 else 0.0)
