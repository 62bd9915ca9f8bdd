from dataclasses import replace

import pytest

from paramdyn.specs import (
    DatasetSpec,
    OptimizerSpec,
    PerturbationSpec,
    RunSpec,
    SeedSpec,
    TrainingSpec,
)
from paramdyn.specs.flat import completed, flat_fields, non_default_fields
from paramdyn.specs.validation import validate

CHANGED = RunSpec(
    seed=3,
    dataset=DatasetSpec(augmentation=("flip",)),
    perturbations=(PerturbationSpec(), PerturbationSpec(name="distort", options={"amount": 1e-6})),
    optimizer=OptimizerSpec(name="adam", learning_rate=0.01, options={"eps": 0.1}),
    seeds=SeedSpec(order=4, split=3),
)
DIFFERENT = {
    "seed": 3,
    "dataset.augmentation": ["flip"],
    "perturbations": "sign-flip + distort:1e-06",
    "optimizer.name": "adam",
    "optimizer.learning_rate": 0.01,
    "optimizer.options.eps": 0.1,
    "seeds.order": 4,
}


def test_every_field_has_a_dotted_name():
    flat = flat_fields(RunSpec())
    assert (0, [], "", "lenet", None) == (
        flat["seed"],
        flat["plugins"],
        flat["perturbations"],
        flat["model.name"],
        flat["seeds.order"],
    )
    assert (0.9, False) == (flat["optimizer.options.momentum"], flat["optimizer.options.nesterov"])
    assert "schema_version" not in flat
    assert not [name for name, value in flat.items() if isinstance(value, dict | tuple)]


def test_only_what_differs_is_left():
    assert {} == non_default_fields(RunSpec()) == non_default_fields(validate(RunSpec()))
    assert DIFFERENT == non_default_fields(CHANGED) == non_default_fields(validate(CHANGED))


def test_where_it_ran_is_said_too():
    spec = replace(RunSpec(), training=TrainingSpec(device="cpu", threads=2))
    assert {"training.device": "cpu", "training.threads": 2} == non_default_fields(spec)


@pytest.mark.parametrize("spec", [RunSpec(), CHANGED])
def test_what_differs_is_enough_to_know_all(spec):
    flat = flat_fields(spec) | {"seeds.split": None}
    assert flat == completed(non_default_fields(spec))


def test_options_of_an_unknown_thing_are_those_given():
    spec = RunSpec(optimizer=OptimizerSpec(name="of-a-plug-in", options={"beta": 1}))
    assert 1 == non_default_fields(spec)["optimizer.options.beta"]
    assert flat_fields(spec) == completed(non_default_fields(spec))
