from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import pytest

from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_id import LONGEST_SLUG, identity, run_id, slug, spec_hash
from paramdyn.specs.run_spec import ModelSpec, PerturbationSpec, RunSpec
from paramdyn.specs.validation import validate


def changed(**overrides):
    return with_overrides(
        RunSpec(), {key.replace("__", "."): value for key, value in overrides.items()}
    )


def test_slug_names_what_a_person_looks_for():
    spec = changed(initializer__name="kaiming-uniform")
    assert "lenet-digits-kaiming-uniform-sgd-s0" == slug(spec)
    assert f"{slug(spec)}-{spec_hash(spec)}" == run_id(spec)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"model.name": "my_pkg.nets:Big"}, "my_pkg.nets-big-digits-default-sgd-s0"),
        ({"dataset.name": "folder:/data/Cats & Dogs"}, "lenet-folder-cats-dogs-default-sgd-s0"),
        ({"initializer.name": "run:../a@3"}, "lenet-digits-run-sgd-s0"),
        ({"perturbations": ["sign-flip"]}, "lenet-digits-default-sign-flip-sgd-s0"),
        (
            {"perturbations": ["sign-flip", "noise", "distort", "shuffle"]},
            "lenet-digits-default-sign-flip-noise-distort-sgd-s0",
        ),
        ({"optimizer.name": "RMSPROP"}, "lenet-digits-default-rmsprop-s0"),
        ({"model.name": "../" + "x" * 99}, f"{'x' * 32}-digits-default-sgd-s0"),
        ({"model.name": "ネット"}, "other-digits-default-sgd-s0"),
    ],
)
def test_slug_is_safe_as_a_folder_name(overrides, expected):
    assert expected == slug(with_overrides(RunSpec(), overrides))


def test_defaults_have_no_identity():
    assert {} == identity(RunSpec())


@pytest.mark.parametrize(
    "overrides",
    [
        {"training.device": "cuda:1"},
        {"training.threads": 3},
        {"optimizer.options.momentum": 0.9},
        {"seeds.order": 0},
        {"optimizer.name": "SGD"},
    ],
)
def test_where_and_restated_defaults_do_not_count(overrides):
    assert spec_hash(RunSpec()) == spec_hash(with_overrides(RunSpec(), overrides))


@pytest.mark.parametrize(
    "overrides",
    [
        {"seed": 1},
        {"seeds.order": 1},
        {"optimizer.learning_rate": 0.1},
        {"optimizer.options.momentum": 0.8},
        {"optimizer.name": "adam"},
        {"perturbations": ["sign-flip"]},
        {"perturbations": ["distort"]},
        {"perturbations": ["distort:1"]},
        {"recording.snapshots": []},
        {"plugins": ["a.py"]},
    ],
)
def test_everything_else_counts(overrides):
    assert spec_hash(RunSpec()) != spec_hash(with_overrides(RunSpec(), overrides))


def test_the_order_of_perturbations_counts():
    one = changed(perturbations=["sign-flip", "distort"])
    other = changed(perturbations=["distort", "sign-flip"])
    assert spec_hash(one) != spec_hash(other)


def test_plugins_count_by_file_name():
    assert spec_hash(changed(plugins=["/a/p.py"])) == spec_hash(changed(plugins=["b/p.py"]))


def test_validation_does_not_change_the_hash():
    spec = changed(optimizer__name="Adam", perturbations=["noise"], schedule__name="cosine")
    assert spec_hash(spec) == spec_hash(validate(spec))


def test_whole_numbers_count_as_numbers():
    spec = RunSpec()
    with_int = replace(spec, optimizer=replace(spec.optimizer, learning_rate=1))
    with_float = replace(spec, optimizer=replace(spec.optimizer, learning_rate=1.0))
    assert spec_hash(with_int) == spec_hash(with_float)


def other(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return {str: "other", tuple: ("final", "init"), dict: {"own": 1}}.get(type(value), 7)


def with_each_field_changed(spec, prefix=""):
    """Yield (dotted field, spec in which it and nothing else has another value)."""
    for field in fields(spec):
        value = getattr(spec, field.name)
        if field.name == "perturbations":
            value = (PerturbationSpec(name="noise"),)
            changes = with_each_field_changed(value[0], f"{prefix}{field.name}.")
            yield from ((key, replace(spec, perturbations=(part,))) for key, part in changes)
        elif is_dataclass(value):
            changes = with_each_field_changed(value, f"{prefix}{field.name}.")
            yield from ((key, replace(spec, **{field.name: part})) for key, part in changes)
        else:
            yield f"{prefix}{field.name}", replace(spec, **{field.name: other(value)})


def test_every_field_counts_but_where_a_run_computes():
    """Two runs that compute something different never share a name."""
    found = {}
    for key, spec in with_each_field_changed(RunSpec()):
        found.setdefault(spec_hash(spec), []).append(key)
    usual = spec_hash(RunSpec())
    assert ["training.device", "training.threads"] == found.pop(usual)
    assert [] == [keys for keys in found.values() if len(keys) > 1]


def test_the_order_in_which_options_are_written_does_not_count():
    one = {"width": 64, "depth": 3}  # of a factory whose signature nobody reads
    specs = [
        replace(RunSpec(), model=ModelSpec(name="package.module:factory", options=dict(items)))
        for items in (one.items(), [*one.items()][::-1])
    ]
    assert spec_hash(specs[0]) == spec_hash(specs[1])


def test_no_name_is_longer_than_a_disk_takes():
    long = [PerturbationSpec(name=f"{'pert' * 20}{k}") for k in range(3)]
    spec = replace(
        RunSpec(), model=ModelSpec(name="m" * 90), perturbations=tuple(long), seed=10**40
    )
    spec = replace(spec, dataset=replace(spec.dataset, name=f"folder:/data/{'d' * 90}"))
    assert 200 == LONGEST_SLUG == len(slug(spec))
    assert f"{slug(spec)}-{spec_hash(spec)}" == run_id(spec)
