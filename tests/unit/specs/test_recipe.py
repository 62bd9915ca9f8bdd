"""Seeds and what is recorded make no other experiment; everything else does."""

import pytest

from paramdyn.specs.reader import with_overrides
from paramdyn.specs.recipe import recipe
from paramdyn.specs.run_spec import RunSpec

BASE = RunSpec()


def changed(spec, overrides):
    return with_overrides(spec, overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        {"seed": 3},
        {"seeds.order": 9},
        {"recording.when": "every:7"},
        {"recording.snapshots": ["init", "final"]},
        {"training.device": "cpu"},
        {"training.threads": 2},
    ],
)
def test_the_same_experiment(overrides):
    assert recipe(BASE) == recipe(changed(BASE, overrides))


@pytest.mark.parametrize(
    "overrides",
    [
        {"model.name": "resnet18"},
        {"optimizer.learning_rate": 0.1},
        {"training.epochs": 3},
        {"perturbations": ["sign-flip"]},
        {"initializer.name": "orthogonal"},
        {"training.precision": "bf16"},
    ],
)
def test_another_experiment(overrides):
    assert recipe(BASE) != recipe(changed(BASE, overrides))


def child_of(name, **overrides):
    return changed(BASE, {"initializer.name": f"run:{name}", **overrides})


def test_children_of_two_seeds_of_a_parent_share_a_recipe():
    known = {"p0": BASE, "p1": changed(BASE, {"seed": 1}), "q": changed(BASE, {"seed": 1})}
    known["q"] = changed(known["q"], {"optimizer.learning_rate": 0.1})
    first, second, third = (recipe(child_of(name), known.get) for name in ("p0", "p1", "q"))
    assert first == second
    assert first != third
    assert first != recipe(child_of("p0@init"), known.get)


def test_the_final_step_is_what_no_step_means():
    assert recipe(child_of("p0"), {"p0": BASE}.get) == recipe(
        child_of("p0@final"), {"p0": BASE}.get
    )


def test_a_parent_that_is_gone_counts_by_its_name():
    assert recipe(child_of("gone")) == recipe(child_of("gone", seed=4))
    assert recipe(child_of("gone")) != recipe(child_of("also-gone"))


def test_runs_that_start_from_each_other_have_a_recipe_nonetheless():
    circle = {"a": child_of("b"), "b": child_of("a")}
    assert recipe(circle["a"], circle.get) == recipe(circle["a"], circle.get)
