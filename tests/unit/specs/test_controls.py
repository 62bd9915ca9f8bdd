"""Each control differs from the child in exactly what it says, and in nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paramdyn.specs.controls import (
    CONTROLS,
    Start,
    another_seed,
    controls,
    first_weight,
    independent_lineage,
    seed_of,
    start_of,
    started_from,
    with_seed,
)
from paramdyn.specs.flat import flat_fields
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import (
    DatasetSpec,
    InitializerSpec,
    OptimizerSpec,
    PerturbationSpec,
    RunSpec,
    SeedSpec,
    TrainingSpec,
)
from paramdyn.specs.validation import problems

PARENT = RunSpec(initializer=InitializerSpec(name="kaiming-normal"))
CHILD = with_overrides(
    PARENT,
    {
        "initializer.name": "run:parent@final",
        "perturbations": ["distort:1e-6", "noise"],
        "seeds.perturbation": 9,
        "training.epochs": 3,
    },
)
STATED = {
    "twin": {"perturbations", "seeds.perturbation"},
    "rounding-twin": {"perturbations", "seeds.perturbation"},
    "order": {"perturbations", "seeds.perturbation", "seeds.order"},
    "independent": {"perturbations", "seeds.perturbation", "initializer.name"},
}

maybe_seeds = st.one_of(st.none(), st.integers(0, 2**63 - 1))
perturbations = st.sampled_from(
    [PerturbationSpec(), PerturbationSpec(name="noise"), PerturbationSpec(buffers="all")]
)
recipes = st.builds(
    RunSpec,
    seed=st.integers(0, 2**63 - 1),
    seeds=st.builds(
        SeedSpec,
        initialization=maybe_seeds,
        order=maybe_seeds,
        dropout=maybe_seeds,
        perturbation=maybe_seeds,
        split=maybe_seeds,
    ),
    dataset=st.builds(
        DatasetSpec,
        validation=st.sampled_from([0, 0.1]),
        augmentation=st.sampled_from([(), ("flip",)]),
    ),
    optimizer=st.builds(OptimizerSpec, name=st.sampled_from(["sgd", "adam"])),
    training=st.builds(TrainingSpec, epochs=st.integers(1, 9), threads=st.integers(1, 4)),
)
children = st.builds(
    lambda spec, step, changes: replace(
        spec, initializer=InitializerSpec(name=f"run:parent{step}"), perturbations=tuple(changes)
    ),
    recipes,
    st.sampled_from(["", "@final", "@best", "@400"]),
    st.lists(perturbations, min_size=1, max_size=2),
)
relaxed = settings(
    deadline=None,
    max_examples=30,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def differences(one, other):
    ours, theirs = flat_fields(one), flat_fields(other)
    return {name for name in ours | theirs if ours.get(name) != theirs.get(name)}


def by_name(arms):
    return {arm.name: arm for arm in arms}


@relaxed
@given(children, recipes)
def test_every_arm_differs_in_exactly_the_stated_fields(child, parent):
    arms = controls(child, [parent])
    assert list(CONTROLS) == [arm.name for arm in arms]
    for arm in arms:
        assert [] == problems(arm.spec)
        if arm.name == "independent-parent":
            changed = differences(parent, arm.spec)
            assert {"seeds.initialization", "seeds.order"} == changed
            continue
        may = set(STATED[arm.name])
        pinned = {"seeds.perturbation"} if child.seeds.perturbation is None else set()
        assert may - pinned == differences(child, arm.spec)


@relaxed
@given(children, recipes)
def test_the_draws_are_other_ones_where_they_should_be_and_only_there(child, parent):
    arms = by_name(controls(child, [parent]))
    assert seed_of(child, "order") != seed_of(arms["order"].spec, "order")
    for stream in ("augmentation", "dropout", "split"):
        for name in ("twin", "rounding-twin", "order", "independent"):
            assert seed_of(child, stream) == seed_of(arms[name].spec, stream)
    for stream in ("initialization", "order"):
        assert seed_of(parent, stream) != seed_of(arms["independent-parent"].spec, stream)
    assert seed_of(child, "order") == seed_of(arms["independent"].spec, "order")
    assert start_of(child).step == start_of(arms["independent"].spec).step


def test_the_independent_run_starts_from_the_independent_parent():
    arms = controls(CHILD, [PARENT])
    assert [None, None, None, None, 3] == [arm.starts_from for arm in arms]
    assert f"run:{run_id(arms[3].spec)}@final" == arms[4].spec.initializer.name
    assert "kaiming-normal" == arms[3].spec.initializer.name
    assert PARENT.seed == arms[3].spec.seed


def test_the_rounding_twin_moves_one_value_of_the_named_layer():
    (arm,) = controls(CHILD, [PARENT], layer="conv1.weight", wanted=["rounding-twin"])
    expected = PerturbationSpec(name="ulp", layers="conv1.weight", options={"amount": 1})
    assert (expected,) == arm.spec.perturbations


def test_a_rounding_twin_needs_no_rounding_twin():
    child = replace(
        CHILD, perturbations=(PerturbationSpec(name="ulp", layers="c"),), seeds=SeedSpec()
    )
    names = [arm.name for arm in controls(child, [PARENT], layer="c")]
    assert ["twin", "order", "independent-parent", "independent"] == names


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["order", "twin"], ["twin", "order"]),
        (["independent"], ["independent-parent", "independent"]),
        (["independent-parent"], ["independent-parent"]),
    ],
)
def test_some_of_them(wanted, expected):
    assert expected == [arm.name for arm in controls(CHILD, [PARENT], wanted=wanted)]


def test_a_parent_that_continues_a_run_is_made_again_from_the_first_one_on():
    grandparent = replace(PARENT, seed=3)
    parent = with_overrides(
        PARENT, {"initializer.name": "run:grandparent@best", "perturbations": ["sign-flip"]}
    )
    arms = controls(CHILD, [grandparent, parent], wanted=["independent"])
    assert ["independent-parent", "independent-parent", "independent"] == [a.name for a in arms]
    assert [None, 0, 1] == [arm.starts_from for arm in arms]
    first, second, last = (arm.spec for arm in arms)
    assert {"seeds.initialization", "seeds.order"} == differences(grandparent, first)
    assert {"seeds.order", "initializer.name"} == differences(parent, second)
    assert f"run:{run_id(first)}@best" == second.initializer.name
    assert f"run:{run_id(second)}@final" == last.initializer.name


@pytest.mark.parametrize("name", ["pretrained", "weights"])
def test_loaded_weights_cannot_be_drawn_again(name):
    weights = "w.pt" if name == "weights" else ""
    parent = replace(PARENT, initializer=InitializerSpec(name=name, weights=weights))
    (arm,) = controls(CHILD, [parent], wanted=["independent-parent"])
    assert InitializerSpec() == arm.spec.initializer
    assert f"'{name}' cannot be drawn again, so it starts from default" in arm.about


@pytest.mark.parametrize("step", ["init", "0"])
def test_a_child_of_the_first_values_needs_no_independent_parent(step):
    parent = with_overrides(PARENT, {"perturbations": ["noise"], "seed": 4})
    child = with_overrides(CHILD, {"initializer.name": f"run:parent@{step}"})
    (arm,) = controls(child, [parent], wanted=["independent"])
    assert ("independent", None) == (arm.name, arm.starts_from)
    assert parent.initializer == arm.spec.initializer
    assert parent.perturbations == arm.spec.perturbations
    assert seed_of(parent, "perturbation") == seed_of(arm.spec, "perturbation")
    assert seed_of(child, "initialization") != seed_of(arm.spec, "initialization")
    assert child.training == arm.spec.training


def test_a_child_of_the_first_values_of_a_continued_run():
    parent = with_overrides(PARENT, {"initializer.name": "run:grandparent@7"})
    child = with_overrides(CHILD, {"initializer.name": "run:parent@init"})
    first, last = controls(child, [PARENT, parent], wanted=["independent"])
    assert f"run:{run_id(first.spec)}@7" == last.spec.initializer.name
    assert 0 == last.starts_from


def test_the_same_family_with_another_seed():
    parent = with_overrides(PARENT, {"initializer.name": "run:grandparent@4"})
    first, second = with_seed([PARENT, parent], 5)
    assert {"seed"} == differences(PARENT, first)
    assert {"seed", "initializer.name"} == differences(parent, second)
    assert f"run:{run_id(first)}@4" == second.initializer.name


def test_nothing_descends_from_nothing():
    assert [] == independent_lineage([])


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("default", None),
        ("run:a", Start("a", "final")),
        ("run:a@12", Start("a", "12")),
        ("run:/x@y/a@init", Start("/x@y/a", "init")),
    ],
)
def test_where_a_run_starts(name, start):
    assert start == start_of(RunSpec(initializer=InitializerSpec(name=name)))


@pytest.mark.parametrize(("old", "new"), [("run:a", "run:b"), ("run:a@3", "run:b@3")])
def test_another_run_at_the_same_step(old, new):
    spec = RunSpec(initializer=InitializerSpec(name=old))
    assert new == started_from(spec, "b").initializer.name


@given(st.integers(0, 2**63 - 1))
def test_derived_seeds_are_short_and_other_ones(seed):
    derived = another_seed(seed, "order")
    assert derived != seed
    assert 1 <= derived <= 999_999
    assert derived == another_seed(seed, "order")


def test_controls_of_neighbouring_seeds_do_not_meet():
    derived = [another_seed(seed, "order") for seed in range(1000)]
    assert len({*derived, *range(1000)}) > 1990


class Row(NamedTuple):
    name: str
    kind: str
    trainable: bool


NORM = Row("bn.weight", "norm", True)
CONV = Row("stem[0].weight", "conv", True)
LINEAR = Row("fc.weight", "linear", True)


@pytest.mark.parametrize(
    ("rows", "unreachable", "expected"),
    [
        ([NORM, CONV, LINEAR], [], "stem[[]0].weight"),
        ([NORM, CONV, LINEAR], [CONV.name], "fc.weight"),
        ([NORM, CONV], [CONV.name], "stem[[]0].weight"),
        ([CONV._replace(trainable=False), LINEAR], [], "fc.weight"),
        ([CONV._replace(trainable=False)], [], "stem[[]0].weight"),
        ([NORM], [], "bn.weight"),
        ([], [], "*.weight"),
    ],
)
def test_where_the_rounding_twin_moves_its_value(rows, unreachable, expected):
    assert expected == first_weight(rows, unreachable)
