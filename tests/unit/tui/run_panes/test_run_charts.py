"""Which charts a run has, and what is on them."""

import math

import pytest

from paramdyn_tui.tui.run_panes.run_charts import RunCharts, marks_of, rounded_up, stretch
from paramdyn_tui.watching.events import Event


@pytest.fixture
def charts(live_view):
    wanted = []
    source = RunCharts(wanted.append, len)
    source.wanted, source.view = wanted, live_view
    return source


def test_what_is_looked_at_first_comes_first(charts):
    assert charts.usual()[:4] == ["train/loss", "test/accuracy", "relative_displacement",
                                  "test/loss"]  # fmt: skip
    assert "learning_rate" not in charts.usual(), "it never changes"
    assert "learning_rate" in charts.names()


def test_totals_of_measurements_are_charts_but_classes_are_not(charts):
    assert {"weight_norm", "relative_displacement"} <= set(charts.names())
    assert not {"classes", "buffer_displacement"} & set(charts.names())
    panel = charts.panel("weight_norm", "step")
    assert charts.wanted == ["weight_norm"]
    assert list(panel.curves[0].y) == pytest.approx([5 * t / 10 for t in range(1, 11)])


def test_the_axis_is_as_long_as_was_planned(charts):
    assert charts.panel("train/loss", "epoch").whole == (0.0, 2.0)
    assert charts.panel("train/loss", "step").whole == (0.0, 20.0)
    assert charts.panel("train/loss", "images").whole == (0.0, 200.0)
    assert charts.panel("train/loss", "epoch").last == 1.0
    assert charts.axes() == ["epoch", "step", "images", "time", "relative"]


def test_the_end_of_an_estimated_time_seldom_moves(view_of):
    ends = {stretch(view_of(step=step), "time") for step in (9, 10, 11)}
    assert len(ends) == 1
    assert ends.pop()[1] >= 20.0
    assert stretch(view_of(status="finished", step=10), "time") == (0.0, 10.0)


@pytest.mark.parametrize("value", [1e-9, 0.99, 1.0, 1.26, 47.0, 8.1, 1e12])
def test_rounding_up_never_rounds_down_nor_by_much(value):
    assert value <= rounded_up(value) * (1 + 1e-8)
    assert rounded_up(value) <= 1.3 * value


def test_guessing_is_a_line_across(charts):
    assert charts.panel("test/accuracy", "epoch").references == {"chance": 0.1}
    assert charts.panel("train/loss", "epoch").references == {"chance": math.log(10)}
    assert charts.panel("weight_norm", "epoch").references == {}


def test_events_are_marked_unless_they_happen_all_the_time(live_view, view_of):
    assert marks_of(live_view, "epoch") == ((0.0, "P"), (0.5, "L"))
    often = tuple(Event(step, step / 10, "snapshot", "epoch", "S") for step in range(20))
    assert marks_of(view_of(events=often), "epoch") == ()


def test_the_baseline_lies_behind_and_is_compared_with(charts, view_of, live_view):
    assert charts.panel("train/loss", "epoch").baseline is None
    charts.baseline = view_of(name="b", path=live_view.path.with_name("b"),
                              metrics=live_view.metrics)  # fmt: skip
    panel = charts.panel("train/loss", "epoch")
    assert [curve.label for curve in panel.curves] == ["baseline", "this run"]
    assert [curve.dashed for curve in panel.curves] == [True, False]
    assert panel.baseline == 0
    charts.baseline = live_view
    assert len(charts.panel("train/loss", "epoch").curves) == 1, "no run lies behind itself"


def test_without_records_it_says_why(charts, view_of):
    charts.view, charts.why = view_of(), "Queued. Charts appear with its first record."
    assert charts.usual() == []
    assert charts.nothing() == "Queued. Charts appear with its first record."
    assert charts.panel("train/loss", "epoch").problem == "not recorded yet"
    charts.view = view_of(complete=False)
    assert charts.axes() == ["step"], "an axis takes numpy, which may not be loaded yet"
    charts.view = None
    assert charts.names() == []
    assert charts.axes() == ["step"]
