"""Compared curves: what the charts show is what the records say."""

import dataclasses
import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn.store.query.groups import t_quantile
from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.tui.widgets.comparing.curves import (
    difference,
    distinct,
    grouped,
    offset_of,
    points_of,
)
from paramdyn_tui.tui.widgets.comparing.source import ComparedCharts, Mode, compared_panel
from paramdyn_tui.tui.widgets.comparing.subjects import labels_of, steps_before

LOSS = "train/loss"
VALUES = st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(math.inf)
CURVES = st.lists(st.tuples(st.integers(0, 40), VALUES), min_size=1, max_size=12,
                  unique_by=lambda pair: pair[0]).map(sorted)  # fmt: skip


def slow_difference(points, base):
    """Each value of one curve less the other one's, which is read off a straight line."""
    found = []
    for x, y in points:
        before = [pair for pair in base if pair[0] <= x]
        after = [pair for pair in base if pair[0] >= x]
        if not before or not after:
            continue
        (x0, y0), (x1, y1) = before[-1], after[0]
        below = y0 if x0 == x else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        found.append((x, y - below))
    return found


def arrays(pairs):
    return np.array([x for x, _ in pairs], float), np.array([y for _, y in pairs], float)


@given(CURVES, CURVES)
def test_differences_are_read_off_the_baseline(points, base):
    expected = slow_difference(points, base)
    x, y = difference(arrays(points), arrays(base))
    assert [x for x, _ in expected] == x.tolist()
    for (_, slow), fast in zip(expected, y.tolist(), strict=True):
        if math.isfinite(slow):
            assert fast == pytest.approx(slow, abs=1e-6)
        else:
            assert not math.isfinite(fast)


def test_a_run_less_itself_is_zero(subject):
    points = points_of(subject("a", [3.0, 2.0, 1.0]), LOSS, "epoch", "")
    assert [0.0, 0.0, 0.0] == difference(points, points)[1].tolist()


def test_curves_without_a_common_stretch_have_no_difference():
    x, y = difference(arrays([(0, 1.0), (1, 1.0)]), arrays([(5, 1.0), (6, 1.0)]))
    assert 0 == len(x) == len(y)


def test_points_lie_on_the_axis_behind_what_the_run_continues(subject):
    run = subject("a", [1.0, 2.0, 3.0], steps=[0, 10, 20], before=30)
    assert [3.0, 4.0, 5.0] == points_of(run, LOSS, "epoch", "")[0].tolist()
    assert [30.0, 40.0, 50.0] == points_of(run, LOSS, "step", "")[0].tolist()
    assert [0.0, 1.0, 2.0] == points_of(run, LOSS, "relative", "")[0].tolist()
    assert 0.0 == offset_of(run, "time")
    assert points_of(run, "test/loss", "epoch", "") is None


def test_records_of_a_run_that_was_taken_up_again_are_put_in_order(subject):
    run = subject("a", [1.0, 2.0, 9.0, 3.0], steps=[0, 2, 1, 3])
    x, y = points_of(run, LOSS, "step", "")
    assert [0.0, 1.0, 2.0, 3.0] == x.tolist()
    assert [1.0, 9.0, 2.0, 3.0] == y.tolist()


def test_values_are_one_curve_a_run_with_the_baseline_dashed(subject):
    runs = [subject("a", [1.0, 2.0], baseline=True), subject("b", [2.0, 4.0])]
    panel = compared_panel(runs, LOSS, "step", Mode())
    assert [("a", True), ("b", False)] == [(each.label, each.dashed) for each in panel.curves]
    assert [2.0, 4.0] == panel.curves[1].y.tolist()
    assert (0, "min", "loss") == (panel.baseline, panel.better, panel.quantity)
    assert {"chance": math.log(10)} == panel.references
    assert "max" == compared_panel(runs, "test/accuracy", "step", Mode()).better


def test_differences_leave_the_baseline_out(subject):
    runs = [subject("a", [1.0, 2.0], baseline=True), subject("b", [2.0, 4.0])]
    panel = compared_panel(runs, LOSS, "step", Mode(difference=True))
    assert [[1.0, 2.0]] == [each.y.tolist() for each in panel.curves]
    assert {"baseline": 0.0} == panel.references
    assert panel.baseline is None
    without = compared_panel(runs[1:], LOSS, "step", Mode(difference=True))
    assert "no baseline" in without.problem
    alone = compared_panel(runs[:1], LOSS, "step", Mode(difference=True))
    assert "Mark some on the list of runs" in alone.problem
    mute = [dataclasses.replace(runs[0], view=dataclasses.replace(runs[0].view, metrics={}))]
    panel = compared_panel([*mute, runs[1]], LOSS, "step", Mode(difference=True))
    assert "recorded no train/loss" in panel.problem


def seeds(subject, name, curves, *, baseline=False, **fields):
    return [
        subject(f"{name}{seed}", values, seed=seed, baseline=baseline and not seed, fields=fields)
        for seed, values in enumerate(curves)
    ]


def test_bands_are_the_mean_and_the_interval_over_seeds(subject):
    curves = [[3.0, 1.0], [2.0, 2.0], [1.0, 6.0]]
    panel = compared_panel(seeds(subject, "a", curves), LOSS, "step", Mode(bands=True))
    [curve] = panel.curves
    assert "all runs (n=3)" == curve.label
    for place, column in enumerate(zip(*curves, strict=True)):
        mean = statistics.mean(column)
        half = t_quantile(2) * statistics.stdev(column) / math.sqrt(3)
        found = curve.y[place], curve.low[place], curve.high[place]
        assert pytest.approx((mean, mean - half, mean + half)) == found


def test_differences_of_groups_are_of_pairs_with_one_seed(subject):
    base = seeds(subject, "a", [[1.0, 1.0], [5.0, 5.0]], baseline=True, perturbations="")
    other = seeds(subject, "b", [[2.0, 3.0], [6.0, 8.0]], perturbations="sign-flip")
    lonely = subject("c", [9.0, 9.0], seed=7, fields={"perturbations": "sign-flip"})
    mode = Mode(difference=True, bands=True)
    [curve] = compared_panel([*base, *other, lonely], LOSS, "step", mode).curves
    assert "(n=2)" in curve.label
    assert [1.0, 2.5] == curve.y.tolist()


def test_a_repetition_is_no_further_sample(subject):
    runs = [subject("a", [1.0], seed=1), subject("b", [2.0, 3.0], seed=1, step=99),
            subject("c", [4.0], seed=2)]  # fmt: skip
    assert ["b", "c"] == [each.name for each in distinct(runs)]


def test_groups_are_what_differs_apart_from_seeds(subject):
    runs = [*seeds(subject, "a", [[1.0], [2.0]], **{"optimizer.learning_rate": 0.1}),
            *seeds(subject, "b", [[1.0]], **{"optimizer.learning_rate": 0.01})]  # fmt: skip
    found = {name: [each.name for each in members] for name, members in grouped(runs).items()}
    assert {"lr 0.1": ["a0", "a1"], "lr 0.01": ["b0"]} == found


def test_a_run_that_goes_on_keeps_room_for_what_is_planned(subject):
    run = subject("a", [1.0, 2.0], alive=True, total_steps=40)
    panel = compared_panel([run], LOSS, "epoch", Mode())
    assert (0.0, 4.0) == panel.whole
    assert pytest.approx(0.1) == panel.last


def test_charts_of_runs_that_ended_begin_where_the_runs_do_and_end_with_the_last(subject):
    short = subject("a", [1.0, 2.0], step=10, total_steps=40)  # stopped
    late = subject("b", [1.0], step=20, total_steps=20)
    assert (0.0, 2.0) == compared_panel([short, late], LOSS, "epoch", Mode()).whole
    assert (0.0, 20.0) == compared_panel([short, late], "test/accuracy", "step", Mode()).whole
    assert (0.0, 10.0) == compared_panel([short], LOSS, "step", Mode()).whole
    onward = subject("c", [1.0], step=10, total_steps=10, before=20)
    assert (20.0, 30.0) == compared_panel([onward], LOSS, "step", Mode()).whole
    assert (0.0, 30.0) == compared_panel([short, onward], LOSS, "step", Mode()).whole


def test_a_queued_baseline_does_not_say_what_runs_to_the_right(subject):
    queued = subject("q", [], metric="other", alive=True, step=0, total_steps=240,
                     steps_per_epoch=0, baseline=True)  # fmt: skip
    going = subject("a", [1.0, 2.0], alive=True, step=2, total_steps=40)
    panel = compared_panel([queued, going], LOSS, "epoch", Mode())
    assert ("epoch", (0.0, 4.0)) == (panel.axis, panel.whole)
    assert "step" == compared_panel([queued], LOSS, "epoch", Mode()).axis


def test_charts_are_made_again_only_when_something_has_changed(subject):
    charts = ComparedCharts()
    assert "No run is chosen." == charts.nothing()
    charts.subjects = [subject("a", [1.0, 2.0])]
    first = charts.panel(LOSS, "step")
    assert first is charts.panel(LOSS, "step")
    charts.mode = Mode(bands=True)
    assert first is not charts.panel(LOSS, "step")
    charts.subjects = [subject("a", [1.0, 2.0], revision=2)]
    assert charts.revision() != ()
    assert [LOSS] == list(charts.usual()) == list(charts.names())
    charts.mode = Mode(only="test/accuracy")
    assert ["test/accuracy"] == list(charts.names())


def summary(name, parent=""):
    return RunSummary(name=name, runs=None, status="finished", parent=parent)


def test_runs_are_put_behind_their_parents_only_if_a_parent_is_shown():
    child, twin = summary("child", "base@96"), summary("twin", "base@96")
    other = summary("independent", "drawn@90")
    assert {"child": 0, "twin": 0} == steps_before([child, twin])
    found = steps_before([summary("base"), child, twin, other, summary("grandchild", "child@10")])
    expected = {"base": 0, "child": 96, "twin": 96, "independent": 90, "grandchild": 106}
    assert expected == found
    circle = [summary("a", "b@1"), summary("b", "a@2")]
    assert {"a": 1, "b": 2} == steps_before(circle)


def test_labels_say_what_runs_are_to_each_other_else_their_ids():
    names = ["lenet-run-s0-aaaa1111", "lenet-run-s0-bbbb1111", "lenet-s0-cccc1111"]
    fields = [{"seed": 0, "perturbations": "sign-flip"}, {"seed": 0, "arm": "twin"}, {"seed": 0}]
    assert ["sign-flip", "twin", "parent"] == labels_of(names, fields, [names[2]])
    long = [{"x.y": "v" * 50, "seed": 0}, {"x.y": "w" * 50, "seed": 0}, {"x.y": "u", "seed": 1}]
    assert ["run-s0-aaaa", "run-s0-bbbb", "s0"] == labels_of(names, long)
    assert ["lenet-s0"] == labels_of(["lenet-s0-cccc1111"], [{}])
