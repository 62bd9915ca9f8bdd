"""Which rows of a measurement are drawn, by what they are weighted, and what is handed on."""

from dataclasses import replace

import numpy as np
import pytest

from paramdyn_tui.tui.run_panes.heat_choice import HeatChoice
from paramdyn_tui.tui.run_panes.heat_rows import heat_of

MOVED = HeatChoice("relative_displacement")
ROWS = np.outer(np.arange(1.0, 7.0), np.ones(3))
COUNTS = np.array([12.0, 4.0] * 3)


@pytest.fixture
def view(view_of, drift_of):
    """Return a function that makes a view with measurements: name -> values."""

    def make(**values):
        return view_of(drift={name: drift_of(name, rows) for name, rows in values.items()})

    return make


def test_there_is_no_heat_before_there_are_records_of_these_very_parameters(view):
    assert heat_of(view(), MOVED, 20) is None
    assert heat_of(view(relative_displacement=ROWS[:, :0]), MOVED, 20) is None
    assert heat_of(view(relative_displacement=ROWS[:5]), MOVED, 20) is None
    assert heat_of(view(relative_displacement=ROWS), MOVED, 20) is not None


def test_parameters_have_a_row_each_where_all_fit_beside_the_row_of_all(view):
    found = view(relative_displacement=ROWS)
    assert 7 == len(heat_of(found, MOVED, 7).labels)
    assert ["layer1.fc", "layer2.fc", "head", "all"] == heat_of(found, MOVED, 6).labels
    for most in (3, 2):
        assert most == len(heat_of(found, MOVED, most).labels)
    assert 2 == len(heat_of(found, MOVED, 1).labels)


def test_labels_are_cut_only_where_they_do_not_fit(view):
    found = view(relative_displacement=ROWS)
    assert "layer1.fc.weight" == heat_of(found, MOVED, 20, 16).labels[0]
    assert ["layer1.fc.w", "layer1.fc.b"] == heat_of(found, MOVED, 20, 15).labels[:2]


def test_an_infinite_total_is_a_value_and_nan_is_none(view):
    found = view(relative_displacement=ROWS)
    drift = found.drift["relative_displacement"]
    odd = replace(drift, total=np.array([1.0, np.inf, np.nan]))
    heat = heat_of(replace(found, drift={"relative_displacement": odd}), MOVED, 20)
    assert [True, True, False] == heat.defined[-1].tolist()
    assert heat.defined[:-1].all()


def test_what_was_chosen_is_handed_on(view, live_view):
    chosen = HeatChoice("relative_displacement", normalise=True, log=True)
    heat = heat_of(view(relative_displacement=ROWS), chosen, 20)
    plain = heat_of(live_view, MOVED, 20)
    assert ((True, True), (False, False)) == (
        (heat.per_row, heat.log), (plain.per_row, plain.log)
    )  # fmt: skip
    assert ("max", "epoch") == (plain.keep, plain.axis)
    assert [0.0, 0.5] == [mark[0] for mark in plain.marks]
    straight = heat_of(view(straightness=ROWS), HeatChoice("straightness"), 20)
    assert "min" == straight.keep


def test_rows_of_buffers_are_buffers(view, view_of, drift_of):
    rows = {"buffer_displacement": drift_of("buffer_displacement", ROWS[:2])}
    found = view_of(drift=rows, buffers=view().parameters[2:4])
    heat = heat_of(found, HeatChoice("buffer_displacement"), 20)
    assert ["layer2.fc.weight", "layer2.fc.bias", "all"] == heat.labels


def mean_of_first(values, weights):
    """The root of the mean square of the first two parameters."""
    shares = weights[:2] ** 2
    return np.sqrt((values[:2, 0] ** 2 * shares).sum() / shares.sum())


def test_groups_are_weighted_by_the_first_norms(view):
    norms = np.outer([3.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 9.0, 9.0])
    norms[1] = [1.0, 50.0, 50.0]
    heat = heat_of(view(relative_displacement=ROWS, weight_norm=norms), MOVED, 4)
    assert pytest.approx(mean_of_first(ROWS, norms[:, 0])) == heat.values[0, 0]


@pytest.mark.parametrize("norms", [None, ROWS[:5], ROWS[:, :0]], ids=["none", "others", "empty"])
def test_groups_are_weighted_by_sizes_where_norms_are_not_known(view, norms):
    more = {} if norms is None else {"weight_norm": norms}
    heat = heat_of(view(relative_displacement=ROWS, **more), MOVED, 4)
    assert pytest.approx(mean_of_first(ROWS, np.sqrt(COUNTS))) == heat.values[0, 0]


def test_a_norm_that_is_not_finite_weighs_nothing(view):
    norms = ROWS.copy()
    norms[0] = np.inf
    heat = heat_of(view(relative_displacement=ROWS, weight_norm=norms), MOVED, 4)
    assert 2.0 == heat.values[0, 0]


def test_other_measurements_are_weighted_by_sizes(view):
    heat = heat_of(view(sign_changes=ROWS), HeatChoice("sign_changes"), 4)
    assert pytest.approx((1 * 12 + 2 * 4) / 16) == heat.values[0, 0]
