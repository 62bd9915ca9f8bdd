"""One parameter in words."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from paramdyn_tui.plotting.histograms import count_values
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.run_panes.inspector import (
    Inspected,
    Spread,
    inspector_picture,
    inspector_rows,
    partition_rows,
    spread_rows,
)
from paramdyn_tui.tui.run_panes.layer_facts import (
    CAUSES,
    facts_of,
    origin_of,
    partition_of,
    reach_of,
    value_at,
)


def test_every_class_has_its_cause():
    from paramdyn.measurements.classes import CLASS_NAMES

    assert set(CAUSES) == set(CLASS_NAMES)


def test_facts_are_those_of_the_step(live_view):
    info = live_view.parameters[2]
    facts = dict(facts_of(live_view, info, 2, None))
    assert facts["shape"] == "4x3   12   linear"
    assert facts["norm"] == "2 → 2.5", "displacement over relative displacement is the start"
    early = dict(facts_of(live_view, info, 2, 1.0))
    assert early["moved"] == "0.1   5.0% of the norm"


def test_undefined_is_left_out_rather_than_made_up(live_view, drift_of):
    rows = np.full((6, 2), np.nan)
    view = dataclasses.replace(live_view, drift={"displacement": drift_of("displacement", rows)})
    assert value_at(view, "displacement", 0, None) is None
    assert set(dict(facts_of(view, view.parameters[0], 0, None))) == {"shape", "from"}


def test_where_parameters_come_from(view_of):
    spec = {"initializer": {"name": "he-normal", "weights": "", "options": {"gain": 2.0}}}
    assert origin_of(view_of(spec=spec)) == "he-normal  gain 2.0"
    child = SimpleNamespace(parent={"run": "base", "step": 96}, reach=())
    assert origin_of(view_of(manifest=child)) == "base@96"
    assert origin_of(view_of(spec={"initializer": 3})) == "unknown"


def test_what_can_never_move_and_why(view_of):
    reach = [{"parameter": "layer1.fc.weight", "scalars": 5, "reason": "they only meet padding"}]
    view = view_of(manifest=SimpleNamespace(parent=None, reach=reach))
    assert reach_of(view, view.parameters[0]) == "5 of 12 can never move: they only meet padding"
    assert reach_of(view, view.parameters[1]) == ""


def test_classes_of_one_parameter(live_view, lines):
    assert partition_of(live_view, 2) == {"changed": 6, "dead": 6}
    rows = partition_rows(partition_of(live_view, 2), "at step 10", 60, Look())
    text = "\n".join("".join(span.text for span in row) for row in rows)
    assert "changed 50.00% (6)  training moved it" in text
    assert "dead 50.00% (6)  its gradient always was zero" in text
    one = partition_rows({"changed": 4}, "at step 10", 60, Look())
    assert "all changed" in lines(one, 60)[0]


def test_histograms_say_which_snapshots_they_are_of():
    counts = count_values([np.linspace(-1, 1, 100)])

    def text(spread):
        rows = spread_rows(spread, 50, Look())
        return ["".join(span.text for span in row) for row in rows]

    assert text(None) == [" reading its values ..."]
    assert text(Spread(words="none kept")) == [" none kept"]
    both = text(Spread(counts, counts, counts, "before: step 0, after: step 9"))
    assert [line.split()[0] for line in both[:4]] == ["before", "after", "change", "before:"]
    rms = f"{counts.deviation:.2g}"
    assert all(line.endswith(f" rms {rms}") for line in both[:3])  # no ± that is no interval
    assert [" before: step 0, after: step 9", " edges ±1, of the change ±1"] == both[3:]


@pytest.mark.parametrize("size", [(2, 2), (20, 5), (60, 30)])
@pytest.mark.parametrize("look", [Look(), Look(False), Look(False, True)])
def test_any_size_is_exact(size, look, live_view, lines):
    info = live_view.parameters[2]
    facts, classes = facts_of(live_view, info, 2, None), partition_of(live_view, 2)
    shown = Inspected(info.name, facts, classes, "at step 10", "5 never move", Spread(), "now")
    assert lines(inspector_picture(shown, *size, look), *size)


@pytest.mark.parametrize("width", range(26, 80))
def test_no_cause_is_cut(width):
    rows = partition_rows({"changed": 450, "dead": 3, "absorbed": 2}, "at step 10", width, Look())
    for row in rows[2:]:
        text = "".join(span.text for span in row).rstrip()
        assert text.endswith((")", *CAUSES.values()))
    [only] = partition_rows({"changed": 450}, "at step 10", width, Look())
    text = "".join(span.text for span in only).rstrip()
    assert text.endswith(("all changed", CAUSES["changed"], "at step 10"))


@pytest.mark.parametrize("width", range(20, 50))
def test_no_number_is_cut_in_its_middle(width):
    facts = [("moved", "1.639   66.84% of the norm"), ("differ", "signs 62.71%, values 98.3%"),
             ("cosine", "0.831992 with the start")]  # fmt: skip
    shown = Inspected("conv1", facts, {}, "", "", Spread(), "now")
    rows = ["".join(span.text for span in row) for row in inspector_rows(shown, width, Look())]
    for (label, value), row in zip(facts, rows, strict=False):
        told = row.removeprefix(f" {label}").strip().removesuffix(" …")
        assert told
        assert f"{value} ".startswith(f"{told} ")
