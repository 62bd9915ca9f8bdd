"""A control is known by what it computes, whatever it is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paramdyn.specs.controls import CONTROLS, controls
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.recognition import recognise
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import InitializerSpec, RunSpec

PLACE = {"training.device": "cpu", "training.threads": 2}
PARENT = with_overrides(
    RunSpec(), {**PLACE, "initializer.name": "orthogonal", "dataset.augmentation": ["flip"]}
)
CHILD = with_overrides(
    PARENT, {"initializer.name": "run:parent", "perturbations": ["noise"], "training.epochs": 3}
)


def lookup(*specs):
    known = {"parent": PARENT, **{run_id(spec): spec for spec in specs}}
    return known.get


def arm_of(candidate, *, child=CHILD, parent=PARENT, known=()):
    return recognise(candidate, child, parent, spec_of=lookup(parent, *known))


def changed(spec, **overrides):
    return with_overrides(spec, {key.replace("__", "."): v for key, v in overrides.items()})


@pytest.mark.parametrize("step", ["", "@final", "@400", "@init"])
@pytest.mark.parametrize("initializer", ["orthogonal", "pretrained"])
def test_every_control_is_recognised(step, initializer):
    parent = changed(PARENT, initializer__name=initializer, model__name="resnet18")
    child = changed(CHILD, initializer__name=f"run:parent{step}", model__name="resnet18")
    arms = controls(child, [parent])
    specs = [arm.spec for arm in arms]
    expected = [name for name in CONTROLS if step != "@init" or name != "independent-parent"]
    assert expected == [arm_of(spec, child=child, parent=parent, known=specs) for spec in specs]
    assert "child" == arm_of(child, child=child, parent=parent)
    assert "parent" == arm_of(parent, child=child, parent=parent)


def test_every_control_of_a_grandchild_is_recognised():
    middle = changed(CHILD, perturbations=["sign-flip"])
    child = changed(CHILD, initializer__name=f"run:{run_id(middle)}@best")
    specs = [arm.spec for arm in controls(child, [PARENT, middle])]
    known = (middle, *specs)
    found = [arm_of(spec, child=child, parent=middle, known=known) for spec in specs]
    assert [*CONTROLS[:3], None, *CONTROLS[3:]] == found, "the first one descends from no run"


def test_without_other_runs_no_independent_continuation_can_be_told():
    specs = [arm.spec for arm in controls(CHILD, [PARENT])]
    assert "independent-parent" == recognise(specs[3], CHILD, PARENT)
    assert recognise(specs[4], CHILD, PARENT) is None


@pytest.mark.parametrize(
    "overrides",
    [
        {"recording.when": "epoch", "recording.snapshots": []},
        {"seeds.order": 0},
        {"seeds.initialization": 5},
        {"seeds.perturbation": 5},
        {"seeds.split": 5},
        {"initializer.name": "run:parent@final"},
        {"training.device": "auto", "training.threads": 0},
        {"optimizer.options.momentum": 0.9},
    ],
)
def test_what_changes_no_number_does_not_count(overrides):
    twin = with_overrides(changed(CHILD, perturbations=[]), overrides)
    assert "twin" == arm_of(twin)


@pytest.mark.parametrize(
    "overrides",
    [
        {"seed": 1},
        {"seeds.dropout": 5},
        {"seeds.augmentation": 5},
        {"training.epochs": 4},
        {"training.threads": 1},
        {"training.device": "cuda"},
        {"training.precision": "bf16"},
        {"optimizer.learning_rate": 0.1},
        {"initializer.name": "run:parent@init"},
        {"initializer.name": "run:other"},
        {"perturbations": ["sign-flip"]},
        {"perturbations": ["ulp:2"]},
        {"perturbations": ["ulp", "ulp"]},
        {"seeds.order": 7, "seeds.dropout": 5},
    ],
)
def test_any_other_difference_makes_it_no_control(overrides):
    assert arm_of(with_overrides(changed(CHILD, perturbations=[]), overrides)) is None


def test_another_order_and_another_rounding_are_what_they_are_under_any_seed():
    plain = changed(CHILD, perturbations=[])
    assert "order" == arm_of(changed(plain, seeds__order=12345))
    rounded = changed(plain, perturbations=["ulp:1,layers=fc1.weight"], seeds__perturbation=3)
    assert "rounding-twin" == arm_of(rounded)


def test_the_same_run_again_is_the_child():
    assert "child" == arm_of(changed(CHILD, recording__when="none"))
    assert arm_of(changed(CHILD, seeds__perturbation=1)) is None


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"seed": 1}, "independent-parent"),
        ({"seeds.initialization": 1, "seeds.order": 1}, "independent-parent"),
        ({"seeds.initialization": 1}, None),
        ({"seeds.order": 1}, None),
        ({"seed": 1, "training.epochs": 1}, None),
        ({"seed": 1, "initializer.name": "default"}, None),
        ({"seed": 1, "perturbations": ["noise"]}, None),
        ({"seed": 1, "training.threads": 3}, None),
    ],
)
def test_an_independent_parent_shares_the_recipe_and_no_draw(overrides, expected):
    assert expected == arm_of(with_overrides(PARENT, overrides))


def test_a_continuation_of_a_network_that_is_not_independent_is_no_control():
    reordered = changed(PARENT, seeds__order=1)
    candidate = replace(
        changed(CHILD, perturbations=[]),
        initializer=InitializerSpec(name=f"run:{run_id(reordered)}"),
    )
    assert arm_of(candidate, known=[reordered]) is None
    independent = changed(PARENT, seed=1)
    candidate = replace(candidate, initializer=InitializerSpec(name=f"run:{run_id(independent)}"))
    assert "independent" == arm_of(candidate, known=[independent])
    assert arm_of(changed(candidate, seeds__order=1), known=[independent]) is None


def test_an_independent_network_at_another_step_is_no_control():
    independent = changed(PARENT, seed=1)
    start = f"run:{run_id(independent)}"
    same = changed(CHILD, perturbations=[], initializer__name=f"{start}@final")
    assert "independent" == arm_of(same, known=[independent])
    assert arm_of(changed(same, initializer__name=f"{start}@init"), known=[independent]) is None


def test_an_independent_parent_that_continued_another_step_is_none():
    middle = changed(CHILD, perturbations=[], initializer__name="run:parent@400")
    independent = changed(PARENT, seed=1)

    def found(step):
        name = f"run:{run_id(independent)}@{step}"
        candidate = changed(middle, initializer__name=name, seeds__order=1)
        return arm_of(candidate, parent=middle, known=[independent])

    assert ["independent-parent", None] == [found("400"), found("final")]
