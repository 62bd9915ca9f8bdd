"""Which parameters the layers screen shows, in which order, and where the cursor is."""

import dataclasses

import numpy as np
import pytest

from paramdyn_tui.tui.run_panes.layer_rows import record_at, rows_of
from paramdyn_tui.tui.run_panes.layers_state import LayersState
from paramdyn_tui.tui.settings import Settings

MOVED = "relative_displacement"


def test_orders(live_view, drift_of):
    values = np.array([[1, 5], [2, 4], [3, 3], [4, 2], [5, 1], [np.nan, np.nan]], float)
    view = dataclasses.replace(live_view, drift={MOVED: drift_of(MOVED, values)})
    assert list(rows_of(view, MOVED).order) == [0, 1, 2, 3, 4, 5]
    assert list(rows_of(view, MOVED, sort="value").order) == [0, 1, 2, 3, 4, 5]
    assert list(rows_of(view, MOVED, sort="value", step=1.0).order) == [4, 3, 2, 1, 0, 5]
    names = [view.parameters[index].name for index in rows_of(view, MOVED, sort="name").order]
    assert names == sorted(names)


def test_a_pattern_hides_and_says_how_many(live_view):
    rows = rows_of(live_view, MOVED, pattern="*.bias")
    assert list(rows.order) == [1, 3, 5]
    assert rows.hidden == 3
    assert "No parameter matches 'nothing'" in rows_of(live_view, MOVED, pattern="nothing").problem
    assert "no regular expression" in rows_of(live_view, MOVED, pattern="/(/").problem


def test_the_difference_to_a_baseline_is_taken_step_by_step(live_view, drift_of):
    other = dataclasses.replace(
        live_view, name="b", drift={MOVED: drift_of(MOVED, np.full((6, 2), 0.25), [2, 6])}
    )
    rows = rows_of(live_view, MOVED, baseline=other)
    own = live_view.drift[MOVED].values
    assert not rows.defined[:, 0].any(), "the baseline had no record yet"
    assert rows.values[:, 1:] == pytest.approx(np.abs(own[:, 1:] - 0.25))
    nothing = dataclasses.replace(live_view, name="b", drift={})
    assert "b has no relative_displacement" in rows_of(live_view, MOVED, baseline=nothing).problem


def test_the_record_up_to_a_step():
    steps = np.array([1.0, 5.0, 9.0])
    assert [record_at(steps, step) for step in (0.0, 1.0, 4.9, 5.0, 99.0, None)] == [
        0, 0, 0, 1, 2, 2,
    ]  # fmt: skip


@pytest.fixture
def state(live_view):
    return LayersState(Settings(), live_view)


def test_the_cursor_stays_on_its_layer_whatever_the_order(state):
    state.move(2)
    assert state.selected == 2
    state.settings.layer_sort = "value"
    assert state.rows().order[state.place()] == 2
    state.move(-100)
    assert state.place() == 0
    state.move(100)
    assert state.place() == 5


def test_a_hidden_layer_gives_way_to_one_that_is_shown(state):
    state.settings.layers = "*.bias"
    assert state.place() == 0
    assert state.selected == 1


def test_time_goes_record_by_record_or_column_by_column(state):
    state.move_in_time(1, 1000)
    assert state.step is None, "there is nothing newer"
    state.move_in_time(-1, 1000)
    assert state.step == 9.0
    state.move_in_time(-1, 4)  # a column is five steps
    assert state.step == 4.0
    state.move_in_time(1, 1000)
    assert state.step == 5.0
    for _ in range(9):
        state.move_in_time(1, 1000)
    assert state.step is None, "at the newest record of a live run it goes along"
    for _ in range(20):
        state.move_in_time(-1, 1000)
    assert state.step == 1.0


def test_rows_scroll_with_the_cursor(state):
    state.move(5)
    assert state.scrolled(3) == 3
    state.move(-1)
    assert state.scrolled(3) == 3
    state.move(-4)
    assert state.scrolled(3) == 0
