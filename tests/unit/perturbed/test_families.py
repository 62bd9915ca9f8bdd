"""Relatives of a perturbed run are found by what they compute, and those that lack are named."""

import shutil
from dataclasses import replace

import pytest

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.families import Families, Family, assembled, missing_controls
from paramdyn.analysis.perturbed.floor import floor_of
from paramdyn.analysis.perturbed.members import members_of
from paramdyn.specs.controls import CONTROLS, INDEPENDENT_PARENT

FOUND = {"twin", "twin-again", "rounding-twin", "order", "independent"}


@pytest.fixture
def copied(trained_family, tmp_path):
    """A folder of one's own to take runs out of."""
    runs = tmp_path / "copy"
    shutil.copytree(trained_family.runs, runs)
    return Bench(runs=runs)


def test_every_relative_is_found_for_each_child(trained_family, bench):
    families = Families(bench)
    for child in trained_family.children:
        family = families.of(bench.open(child))
        assert trained_family.parent == family.parent.name
        names = {arm: run.name for arm, run in family.controls().items()}
        assert set(names) == FOUND
        twins = {trained_family.arms["twin"], trained_family.arms["twin-again"]}
        assert twins == {names.pop("twin"), names.pop("twin-again")}
        assert {arm: trained_family.arms[arm] for arm in names} == names
        assert [] == missing_controls(family)
        assert set(family.controls().values()) <= set(bench.subjects)


def test_a_parent_and_a_control_have_no_family(trained_family, bench):
    assert "continues no other run" in Families(bench).of(bench.open(trained_family.parent)).lost


@pytest.mark.parametrize("gone", ["twin", "order", "independent"])
def test_missing_control_is_named_with_its_command(trained_family, copied, gone):
    for arm, name in trained_family.arms.items():
        if arm == gone or (gone == "twin" and arm == "twin-again"):
            shutil.rmtree(copied.runs / name)
    child = copied.open(trained_family.children[0])
    [lack] = missing_controls(Families(copied).of(child))
    assert (child.name, gone) == (lack.run, lack.control)
    assert f"run {child.folder.path} --controls {gone}" == lack.command
    assert "without it" in lack.why


def test_everything_that_lacks_is_one_command(trained_family, copied):
    for name in trained_family.arms.values():
        shutil.rmtree(copied.runs / name)
    found = missing_controls(Families(copied).of(copied.open(trained_family.children[0])))
    assert ["twin", "order", "independent"] == [lack.control for lack in found]
    assert 1 == len({lack.command for lack in found})
    assert found[0].command.endswith("--controls twin,order,independent")


def test_commands_make_what_lacks(trained_family, copied):
    """The terminal plans exactly the missing controls from them."""
    from paramdyn_tui.cli.job_options import planned_from
    from paramdyn_tui.cli.options import RunOptions

    shutil.rmtree(copied.runs / trained_family.arms["order"])
    shutil.rmtree(copied.runs / trained_family.arms["independent"])
    child = copied.open(trained_family.children[0])
    command = missing_controls(Families(copied).of(child))[0].command
    wanted = command.rpartition("--controls ")[2]
    options = RunOptions(spec=child.folder.path, controls=wanted, quiet=True)
    planned = planned_from(options, runs=copied.runs)
    trained = [item.job.arm for item in planned if not item.job.existing]
    assert ["order", "independent"] == trained
    assert {"", "order", INDEPENDENT_PARENT, "independent"} == {p.job.arm for p in planned}
    assert set(trained) < set(CONTROLS)


def test_a_lost_parent_is_said(trained_family, copied):
    shutil.rmtree(copied.runs / trained_family.parent)
    family = Families(copied).of(copied.open(trained_family.children[0]))
    assert family.parent is None
    assert "cannot be opened" in family.lost
    assert [] == missing_controls(family)


def test_controls_given_as_runs_are_recognised(trained_family, bench):
    child, parent = bench.open(trained_family.children[1]), bench.open(trained_family.parent)
    runs = [
        bench.open(name) for name in (*trained_family.arms.values(), trained_family.children[0])
    ]
    from paramdyn.store.equal_runs import spec_lookup

    family = assembled(child, parent, runs, spec_of=spec_lookup(bench.runs))
    assert FOUND == set(family.controls())


def test_floor_is_measured_where_the_twin_ran_twice(trained_family, bench):
    family = Families(bench).of(bench.open(trained_family.children[0]))
    floor = floor_of(family, members_of(family).step)
    assert (0.0, "measured") == (floor.value, floor.how)


def test_k36_floor_of_a_cpu_is_claimed_and_says_so(trained_family, bench):
    family = replace(Families(bench).of(bench.open(trained_family.children[0])), rerun=None)
    floor = floor_of(family, 4)
    assert (0.0, "claimed") == (floor.value, floor.how)
    assert "claimed, not measured" in floor.said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": "cuda:0"}, "cuda:0 need not repeat a run bit for bit"),
        ({"threads": 7}, "child and twin differ in threads"),
        ({"versions": {"torch": "1.0"}}, "child and twin differ in torch"),
    ],
)
def test_floor_of_anything_else_is_unknown_and_its_control_is_asked_for(
    trained_family, bench, changes, said
):
    family = Families(bench).of(bench.open(trained_family.children[0]))
    family.twin._manifest = replace(family.twin.manifest, **changes)
    family = replace(family, rerun=None)
    floor = floor_of(family, 4)
    assert (None, "unknown") == (floor.value, floor.how)
    assert said in floor.said
    [lack] = missing_controls(family, needs_rerun=True)
    assert ("twin-again", f"run {family.twin.folder.path}") == (lack.control, lack.command)


def test_no_twin_no_floor(trained_family, bench):
    family = Family(bench.open(trained_family.children[0]))
    assert "there is no twin" == floor_of(family, 4).said


def test_k40_the_last_values_are_compared_never_the_best(trained_family, bench):
    family = Families(bench).of(bench.open(trained_family.children[0]))
    members = members_of(family)
    assert 4 == members.step
    assert {"child", "start", "parent", *FOUND} == set(members.by_arm)
    moments = {members.by_arm[arm].moment for arm in FOUND}
    assert {"end"} == moments


def test_controls_of_another_length_are_left_out(trained_family, bench):
    family = Families(bench).of(bench.open(trained_family.children[0]))
    family.order._kept = [pair for pair in family.order._kept if pair[0].step < 4]
    members = members_of(family)
    assert "order" not in members.by_arm
    assert "kept no values at step 4" in members.left_out["order"]


def test_a_child_that_still_trains_is_compared_where_its_twin_was(trained_family, bench):
    family = Families(bench).of(bench.open(trained_family.children[0]))
    family.child._kept = [pair for pair in family.child._kept if pair[0].step < 4]
    members = members_of(family)
    assert 2 == members.step
    assert {"end", 2} == {members.by_arm[arm].moment for arm in ("child", "twin", "order")}
