"""The layers of a run as a heatmap, in little room and in much."""

import dataclasses

import numpy as np
import pytest

from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.run_panes.heat_choice import HeatChoice
from paramdyn_tui.tui.run_panes.heat_pane import heat_picture
from paramdyn_tui.tui.run_panes.heat_rows import heat_of

MOVED = HeatChoice("relative_displacement")


def test_every_parameter_has_a_row_where_there_is_room(live_view):
    heat = heat_of(live_view, MOVED, 20)
    assert heat.labels[:2] == ["layer1.fc.weight", "layer1.fc.bias"]
    assert heat.labels[-1] == "all"
    assert np.array_equal(heat.values[-1], live_view.drift["relative_displacement"].total)
    assert (heat.left, heat.right) == (0.0, 2.0)


def test_where_there_is_none_layers_share_a_row_by_their_norms(live_view):
    heat = heat_of(live_view, MOVED, 4)
    assert heat.labels == ["layer1.fc", "layer2.fc", "head", "all"]
    rows = live_view.drift["relative_displacement"].values
    first = np.sqrt((rows[0] ** 2 * 1 + rows[1] ** 2 * 4) / 5)  # norms are as 1 to 2
    assert heat.values[0] == pytest.approx(first)


def test_long_labels_say_w_for_weight(live_view):
    assert heat_of(live_view, MOVED, 20, 14).labels[0] == "layer1.fc.w"


def test_a_window_shows_a_part_of_the_time(live_view):
    heat = heat_of(live_view, dataclasses.replace(MOVED, window=(0.5, 1.0)), 20)
    assert (heat.left, heat.right) == (0.5, 1.0)


def test_the_frame_says_what_is_shown(live_view, lines):
    text = lines(heat_picture(live_view, MOVED, 60, 20, Look()), 60, 20)
    assert "relative displacement ‖θt-θ0‖/‖θ0‖" in text[0]
    assert "changed 93.75% (90)" in "\n".join(text), "room that is left tells the classes"
    plain = lines(heat_picture(live_view, MOVED, 60, 20, Look(False, True)), 60)
    assert "|wt-w0|/|w0|" in plain[0]
    log = heat_picture(live_view, HeatChoice("relative_displacement", "epoch", True, True),
                       60, 20, Look())  # fmt: skip
    assert "log own scale" in lines(log, 60)[0]


def test_what_is_missing_is_said(live_view, view_of, lines):
    def said(view, choice):
        return " ".join(lines(heat_picture(view, choice, 40, 8, Look()), 40, 8))

    assert "does not record" in said(live_view, HeatChoice(""))
    assert "No record of sign_changes" in said(live_view, HeatChoice("sign_changes"))
    young = dataclasses.replace(live_view, complete=False)
    assert "Reading sign_changes" in said(young, HeatChoice("sign_changes"))
    asked = dataclasses.replace(live_view, looked_for=frozenset())  # by what is drawn just now
    assert "Reading sign_changes" in said(asked, HeatChoice("sign_changes"))
    glanced = view_of(status="finished", complete=False)
    assert "Reading relative_displacement" in said(glanced, MOVED)
    assert "Nothing is recorded yet" in said(view_of(status="queued"), MOVED)
    assert "Nothing was recorded" in said(view_of(status="failed"), MOVED)


@pytest.mark.parametrize("size", [(2, 2), (3, 4), (20, 3), (38, 9), (150, 50)])
@pytest.mark.parametrize("look", [Look(), Look(False), Look(False, True)])
def test_any_size_is_exact(size, look, live_view, lines):
    assert lines(heat_picture(live_view, MOVED, *size, look, cursor=0.5), *size)
