"""A perturbed run is marked with those it is compared to."""

from pathlib import Path

import pytest

from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.tui.widgets.run_list.family import family_of


def row(name, arm, *, parent="", of="", changed="", **spec):
    return RunSummary(
        name=name, runs=Path("/runs"), status="finished", arm=arm, parent=parent, control_of=of,
        perturbations=changed, model="lenet", spec={"perturbations": changed, **spec},
    )  # fmt: skip


ROWS = (
    row("drawn", "independent", parent="other@final", of="child"),
    row("other", "independent-parent", of="child"),
    row("shuffled", "order", parent="base@96", of="child"),
    row("again", "twin", parent="base@96", of="child"),
    row("child", "child", parent="base@96", changed="sign-flip"),
    row("sister", "child", parent="base@96", changed="distort"),
    row("cousin", "child", parent="base@96", changed="distort", lr=0.1),
    row("base", "base"),
    row("alone", "base"),
)
BY_NAME = {each.name: each for each in ROWS}
WHOLE = ["base", "child", "again", "shuffled", "drawn"]


@pytest.mark.parametrize("name", ["child", "again", "drawn", "other"])
def test_a_child_and_its_controls_have_the_same_family(name):
    found = family_of(BY_NAME[name], ROWS)
    assert WHOLE == [each.name for each in found.members]
    assert "child" == found.child.name
    assert found.twin is not None
    assert "again" == found.twin.name


def test_a_sibling_has_the_controls_of_its_sibling_if_only_the_perturbation_differs():
    assert ["base", "sister", *WHOLE[2:]] == [
        each.name for each in family_of(BY_NAME["sister"], ROWS).members
    ]
    assert ["base", "cousin"] == [each.name for each in family_of(BY_NAME["cousin"], ROWS).members]


def test_a_parent_has_the_runs_that_started_from_it():
    names = [each.name for each in family_of(BY_NAME["base"], ROWS).members]
    assert ["base", "cousin", "sister", "child", "again", "shuffled"] == names


def test_a_run_without_relatives_is_alone():
    assert ["alone"] == [each.name for each in family_of(BY_NAME["alone"], ROWS).members]
    lost = row("lost", "child", parent="gone@3")
    assert ["lost"] == [each.name for each in family_of(lost, [lost]).members]
