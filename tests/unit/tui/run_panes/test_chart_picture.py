"""A chart in its frame."""

import dataclasses

import numpy as np
import pytest

from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.charts.viewport import Zoom
from paramdyn_tui.tui.widgets.chart_lines import Drawing, LineCache, chart_of, viewport_of
from paramdyn_tui.tui.widgets.chart_picture import Frame, chart_picture, contents_of
from paramdyn_tui.tui.widgets.charted import Curve, Panel

X = np.arange(1.0, 41.0)
LOSS = Curve("r:loss", "this run", X, 2.0 * np.exp(-X / 10))
PANEL = Panel("train/loss", (LOSS,), whole=(0.0, 80.0), last=40.0, better="min", quantity="loss",
              references={"chance": 2.3}, marks=((20.0, "L"),))  # fmt: skip


def drawn(panel=PANEL, drawing=None, width=60, height=12, **more):
    frame = Frame(width, height, **more)
    return chart_picture(panel, drawing or Drawing(), LineCache(), frame, Look())


def test_it_says_its_name_last_value_and_trend(lines):
    text = lines(drawn(), 60, 12)
    assert "train/loss" in text[0]
    assert "0.0366 ▼" in text[0]
    assert "L" in text[-2]
    assert any("chance" in line for line in text)


def test_a_name_comes_before_its_note(lines):
    head = lines(drawn(width=22), 22)[0]
    assert "train/loss" in head
    head = lines(drawn(drawing=Drawing(smoothing=0.9), width=30), 30)[0]
    assert "train/loss" in head
    assert "ema" not in head


def test_references_can_be_hidden(lines):
    text = lines(drawn(drawing=Drawing(references=False)), 60)
    assert not any("chance" in line for line in text)


def test_within_a_zoom_a_reference_that_is_far_is_left_out():
    far = Drawing(zoom=Zoom(20.0, 30.0))
    assert chart_of(PANEL, far, LineCache()).references == {}
    near = Panel("a", (LOSS,), references={"chance": 1.0})
    assert chart_of(near, Drawing(zoom=Zoom(1.0, 30.0)), LineCache()).references == {"chance": 1.0}


@pytest.mark.parametrize(
    ("quantity", "is_difference", "ends"),
    [("accuracy", False, (0.0, 1.0)), ("epoch_loss", False, (0.0, 1.4)),
     ("accuracy", True, (-0.2, 1.4)), ("weight_norm", False, (-0.2, 1.4))],
)  # fmt: skip
def test_a_band_ends_where_no_value_can_lie(quantity, is_difference, ends):
    band = dataclasses.replace(LOSS, y=np.full(40, 0.6), low=np.full(40, -0.2), high=X * 0 + 1.4)
    panel = Panel("a", (band,), quantity=quantity, is_difference=is_difference)
    [line] = chart_of(panel, Drawing(), LineCache()).lines
    assert ends == (line.low[0], line.high[-1])
    assert (band.low[0], band.high[0]) == (-0.2, 1.4)


def curve(*values):
    return Curve("r:y", "", np.arange(1.0, len(values) + 1), np.array(values))


def across(panel, **drawing):
    found = chart_of(panel, Drawing(**drawing), LineCache())
    return found.references, found.beyond


@pytest.mark.parametrize(
    ("values", "chance", "near"),
    [
        ((0.7, 0.75), 0.1, False),
        ((0.3, 0.7), 0.1, True),
        ((0.6, 0.2, 0.4), 2.3, False),
        ((2.4, 2.2), 2.3, True),
        ((2.2, 1.0), 2.3, True),
        ((0.7, np.nan, 0.7), 0.1, True),  # one value alone has no height to lose
        ((), 0.1, True),
    ],
)
def test_what_nobody_asked_for_never_presses_values_flat(values, chance, near):
    panel = Panel("a", (curve(*values),), references={"chance": chance, "target": 9.0})
    target, level = {"target": 9.0}, {"chance": chance}
    expected = ({**level, **target}, {}) if near else (target, level)
    assert expected == across(panel)
    assert ({}, {}) == across(panel, references=False)


def test_on_a_logarithmic_axis_ratios_count():
    panel = Panel("a", (curve(0.9, 0.02),), quantity="loss", references={"chance": 4.0})
    assert ({}, {"chance": 4.0}) == across(panel)
    assert ({"chance": 4.0}, {}) == across(panel, log=frozenset({"loss"}))


def test_what_lies_beyond_is_told_at_that_edge(lines):
    def rows(chance, *, ascii_only=False):
        look = Look(ascii_only=ascii_only)
        panel = Panel("a", (curve(0.7, 0.72, 0.75),), references={"chance": chance})
        picture = chart_picture(panel, Drawing(), LineCache(), Frame(50, 9), look)
        return lines(picture, 50, 9)

    above, below = rows(2.3), rows(0.1)
    assert "chance 2.3 ↑" in above[1]
    assert "0.7" in above[6]
    assert "chance 0.1 ↓" in below[6]
    assert "chance 0.1 v" in rows(0.1, ascii_only=True)[6]
    assert "chance 2.3 ^" in rows(2.3, ascii_only=True)[1]


def test_smoothing_lays_the_raw_line_behind():
    raw, smooth = chart_of(PANEL, Drawing(smoothing=0.9), LineCache()).lines
    assert raw.faint
    assert not smooth.faint
    assert np.array_equal(raw.y, LOSS.y)
    assert smooth.y[-1] > raw.y[-1]
    steps = Panel("learning_rate", (Curve("r:lr", "", X, X, steps=True),))
    assert len(chart_of(steps, Drawing(smoothing=0.9), LineCache()).lines) == 1


def test_scores_of_whole_sets_are_told_raw_and_with_their_best(lines):
    scores = Curve("r:acc", "", X, np.where(X == 30.0, 0.9, 0.5))
    panel = Panel("test/accuracy", (scores,), better="max", best=True, quantity="accuracy")
    head = lines(drawn(panel, Drawing(smoothing=0.5)), 60)[0]
    assert "0.5 " in head
    assert "best 0.9 at 30" in head


def test_the_trend_compares_tenths_not_single_records(lines):
    noisy = np.where(X % 2 == 0, 1.0, 1.001) + 0.001 * (X == 40.0)
    panel = Panel("train/loss", (Curve("r", "", X, noisy + 5 * (X < 5)),), better="min")
    assert not set("▲▼") & set(lines(drawn(panel), 60)[0])


def test_a_baseline_is_dashed_named_and_compared_at_the_cursor(lines):
    base = Curve("b", "baseline", X, LOSS.y + 1.0, color=1, dashed=True)
    panel = Panel("train/loss", (base, LOSS), baseline=0)
    text = "\n".join(lines(drawn(panel, Drawing(cursor=20.0), width=90), 90))
    assert "baseline" in text
    assert "this run" in text
    assert "-1" in text
    assert "epoch 20" in text


def test_logarithmic_axes():
    assert viewport_of(PANEL, Drawing(log=frozenset({"loss"}))).log_y
    assert not viewport_of(PANEL, Drawing(log=frozenset({"accuracy"}))).log_y
    assert viewport_of(PANEL, Drawing(log_x=True)).left == 1.0


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (10, 3), (24, 5), (200, 40)])
def test_any_size_is_exact(size, lines):
    assert lines(drawn(width=size[0], height=size[1]), *size)


def test_what_is_not_recorded_is_said(lines):
    text = "\n".join(lines(drawn(Panel("x", problem="not recorded yet")), 60))
    assert "not recorded yet" in text


def test_values_that_are_not_finite_are_no_error(lines):
    curve = Curve("r", "", X, np.where(X > 20, np.nan, np.inf))
    assert lines(drawn(Panel("train/loss", (curve,), better="min", best=True)), 60, 12)


def changed(panel=PANEL, **fields):
    return dataclasses.replace(panel, **fields)


def with_curve(**fields):
    return changed(curves=(dataclasses.replace(LOSS, **fields),))


def test_equal_contents_are_drawn_alike():
    again = changed(curves=(dataclasses.replace(LOSS),), marks=((20.0, "L"),))
    assert contents_of(PANEL, Drawing()) == contents_of(again, Drawing())
    later = changed(last=41.0)  # another chart's record: nothing of this one
    assert contents_of(PANEL, Drawing()) == contents_of(later, Drawing())


@pytest.mark.parametrize(
    "other",
    [
        with_curve(x=np.append(X, 41.0), y=np.append(LOSS.y, 1.0)), with_curve(y=LOSS.y + 1),
        with_curve(x=X * 2), with_curve(y=np.append(LOSS.y[:-1], np.nan)), with_curve(color=3),
        with_curve(key="other"), with_curve(label="other"), with_curve(dashed=True),
        with_curve(faint=True), with_curve(low=X, high=X), changed(marks=()),
        changed(references={}), changed(whole=(0.0, 160.0)), changed(title="other"),
        changed(better=""), changed(best=True), changed(axis="step"), changed(problem="none"),
        changed(quantity="accuracy"), changed(curves=(LOSS, LOSS)), changed(baseline=0),
    ],
)  # fmt: skip
def test_other_contents_are_told_apart(other):
    drawing = Drawing(log=frozenset({"loss"}))
    assert contents_of(other, drawing) != contents_of(PANEL, drawing)
    assert contents_of(PANEL, drawing) != contents_of(PANEL, Drawing())


def test_a_curve_that_ends_in_no_number_is_equal_to_itself():
    panel = with_curve(y=np.append(LOSS.y[:-1], np.nan))
    assert contents_of(panel, Drawing()) == contents_of(panel, Drawing())


def test_a_window_that_follows_the_newest_record_is_drawn_anew():
    drawing = Drawing(zoom=Zoom(20.0, 30.0, follows=True))
    later = changed(last=45.0)
    assert contents_of(PANEL, drawing) != contents_of(later, drawing)


def test_of_several_lines_it_is_said_whose_value_stands_in_the_title(lines):
    other = Curve("s:loss", "twin", X, np.full_like(X, 0.5), color=3)
    both = dataclasses.replace(PANEL, curves=(LOSS, other), better="")
    head = drawn(both, legend=False)[0]
    assert "twin 0.5 " in lines([head], 60)[0]
    assert {span.style for span in head if span.text.strip() in ("twin", "0.5")} == {"s3"}
    with_legend = lines(drawn(both, legend=True), 60)
    assert "twin" not in with_legend[0]  # the legend says it
    assert "0.5" not in with_legend[0]
    assert "twin 0.5" in with_legend[1]


def test_a_value_of_several_lines_never_stands_without_its_name(lines):
    other = Curve("s:loss", "independent-parent", X, np.full_like(X, 0.5), color=3)
    both = dataclasses.replace(PANEL, curves=(LOSS, other), better="")
    for width in range(10, 60):
        [head, *_] = lines(drawn(both, width=width, legend=False), width)
        assert "0.5" not in head or "inde" in head
        assert "best" not in head
    assert "indepen… 0.5 " in lines(drawn(both, width=30, legend=False), 30)[0]
