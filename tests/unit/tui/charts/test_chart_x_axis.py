import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.charts.x_axis import (
    KINDS,
    epoch_axis,
    images_axis,
    next_kind,
    relative_axis,
    step_axis,
    wall_time_axis,
)

CLOCK = np.array([10.0, 20.0, 40.0]), np.array([5.0, 5.0, 65.0])
AXES = {
    "step": step_axis(),
    "epoch": epoch_axis(391),
    "images": images_axis(50_000, 391, 128),
    "time": wall_time_axis(*CLOCK),
    "relative": relative_axis(epoch_axis(391), 782),
}


def test_positions_of_steps():
    steps = np.array([0.0, 391.0, 392.0])
    assert [0, 391, 392] == AXES["step"].of(steps).tolist()
    assert [0, 1] == AXES["epoch"].of(steps[:2]).tolist()
    assert [0, 50_000, 50_128] == AXES["images"].of(steps).tolist()
    assert [0.0, 2.5, 5.0, 35.0, 65.0] == AXES["time"].of(np.array([0.0, 5, 15, 30, 40])).tolist()
    assert [-2.0, 0.0] == AXES["relative"].of(np.array([0.0, 782.0])).tolist()


@pytest.mark.parametrize("kind", KINDS)
@given(step=st.integers(0, 10**6))
def test_a_position_leads_back_to_its_step(kind, step):
    axis = AXES[kind]
    found = axis.step_at(axis.at(step))
    assert found <= step
    assert axis.at(found) == pytest.approx(axis.at(step), rel=1e-6, abs=1e-6)
    if kind != "time":
        assert found == step


def test_positions_in_words():
    assert "e12.5" == AXES["epoch"].text(12.5)
    assert "step 14,302" == AXES["step"].text(14302.0)
    assert "65.0k images" == AXES["images"].text(65_000.0)
    assert "1m05s" == AXES["time"].text(65.0)
    hours = wall_time_axis(np.array([1.0, 2.0]), np.array([0.0, 36_000.0]))
    assert ("hours", "2h30m") == (hours.label, hours.text(2.5))
    assert "+e3" == AXES["relative"].text(3.0)
    assert "epochs since start" == AXES["relative"].label


def test_kinds_go_in_a_circle():
    seen, kind = [], "epoch"
    for _ in KINDS:
        seen.append(kind)
        kind = next_kind(kind)
    assert list(KINDS) == seen
    assert "epoch" == kind == next_kind("step", -1)
