from __future__ import annotations

import pytest

from paramdyn.errors import SpecError
from paramdyn.specs.reader import read_spec, spec_from_mapping, with_overrides
from paramdyn.specs.run_spec import OptimizerSpec, PerturbationSpec, RunSpec, SeedSpec


def problems_of(data):
    with pytest.raises(SpecError) as caught:
        spec_from_mapping(data)
    return caught.value.problems


def test_nothing_is_the_default_spec(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text("")
    assert RunSpec() == read_spec(path)
    assert RunSpec() == spec_from_mapping({})


def test_values_of_every_kind_are_read(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(
        "seed = 3\n"
        'perturbations = ["sign-flip", { name = "noise", options = { amount = 1 } }]\n'
        "[optimizer]\nlearning_rate = 1\noptions = { betas = [0.8, 0.9] }\n"
        '[dataset]\naugmentation = ["flip"]\n[seeds]\norder = 7\n'
    )
    spec = read_spec(path)
    assert 3 == spec.seed
    assert SeedSpec(order=7) == spec.seeds
    assert ("flip",) == spec.dataset.augmentation
    assert OptimizerSpec(learning_rate=1.0, options={"betas": [0.8, 0.9]}) == spec.optimizer
    assert isinstance(spec.optimizer.learning_rate, float)
    assert (
        PerturbationSpec(),
        PerturbationSpec(name="noise", options={"amount": 1}),
    ) == spec.perturbations


def test_plugins_are_relative_to_the_spec(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text('plugins = ["mine.py", "/abs/yours.py"]')
    assert (str(tmp_path / "mine.py"), "/abs/yours.py") == read_spec(path).plugins


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"optimizer": {"learning_rat": 1}}, "optimizer.learning_rat: unknown key. Did you mean"),
        ({"epochs": 1}, "Did you mean 'training.epochs'?"),
        ({"optimizer": {"momentum": 1}}, "Options are written as 'optimizer.options'."),
        ({1: 2}, "1: unknown key."),
        ({"seed": "0"}, "seed: found '0', expected a whole number."),
        ({"seed": True}, "seed: found True, expected a whole number."),
        ({"seed": 1.0}, "seed: found 1.0, expected a whole number."),
        ({"seed": None}, "seed: found nothing, expected a whole number."),
        ({"seed": 2**64}, "expected a number of at most 64 bits."),
        ({"seed": 16**5000}, "found a number with thousands of digits"),
        ({"seeds": {"order": "x"}}, "seeds.order: found 'x', expected a whole number."),
        ({"optimizer": {"learning_rate": False}}, "found False, expected a number."),
        ({"model": "lenet"}, "model: found 'lenet', expected a table of keys."),
        ({"model": {"options": 3}}, "model.options: found 3, expected a table of options."),
        ({"model": {"options": {"a": object()}}}, "model.options.a: found object, expected a"),
        ({"model": {"options": {3: 1}}}, "model.options: found 3 as a key, expected a text."),
        ({"model": {"name": "\udc80"}}, "model.name: found '\\udc80', which cannot be written as"),
        ({"plugins": "a.py"}, "plugins: found 'a.py', expected a list of texts."),
        ({"plugins": ["a.py", 3]}, "plugins[1]: found 3, expected a text."),
        ({"perturbations": {}}, "perturbations: found a table, expected a list of tables."),
        ({"perturbations": [3]}, "perturbations[0]: found 3, expected a table of keys."),
        ({"perturbations": ["noise:"]}, "perturbations[0]: perturbation 'noise:': a value is"),
        ({"perturbations": [{"norms": 1}]}, "perturbations[0].norms: found 1, expected true or"),
        ({"training": {"epochs": 0}}, "training.epochs: found 0, expected a whole number of at"),
        ({"schema_version": 2}, "schema_version: found 2, but this paramdyn reads specs up to"),
        ([], "spec: found a list, expected a table of keys."),
    ],
)
def test_a_problem_says_where_and_what(data, message):
    (problem,) = problems_of(data)
    assert problem.startswith("spec: ")
    assert message in problem


def test_deep_options_are_refused():
    value = 1
    for _ in range(20):
        value = [value]
    assert "nested deeper than 8 levels" in problems_of({"model": {"options": {"a": value}}})[0]


def test_all_problems_come_at_once():
    found = problems_of(
        {
            "optimizer": {"name": "sdg", "learning_rate": "fast"},
            "training": {"epochs": 0},
            "colour": 1,
        }
    )
    keys = [problem.split(": ")[1] for problem in found]
    assert ["optimizer.learning_rate", "optimizer.name", "training.epochs", "colour"] == keys


def test_names_wait_for_plugins():
    (problem,) = problems_of({"plugins": ["p.py"], "model": {"name": "mine"}, "seed": -1})
    assert "seed: found -1" in problem


def test_what_depends_on_an_unreadable_value_is_not_reported():
    (problem,) = problems_of({"dataset": {"validation": "x"}, "recording": {"snapshots": ["best"]}})
    assert "dataset.validation: found 'x'" in problem


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"seed = ", "not valid TOML: Invalid value"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_unreadable_files(tmp_path, content, message):
    path = tmp_path / "spec.toml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=message) as caught:
        read_spec(path)
    assert str(caught.value).startswith(str(path))


def test_absent_file_and_folder(tmp_path):
    with pytest.raises(SpecError, match=r"none\.toml: no such file"):
        read_spec(tmp_path / "none.toml")
    with pytest.raises(SpecError, match="Is a directory"):
        read_spec(tmp_path)


def test_overrides_replace_single_fields():
    spec = with_overrides(
        RunSpec(),
        {
            "seed": 4,
            "optimizer.learning_rate": 1,
            "optimizer.options.momentum": 0.5,
            "seeds.order": None,
            "perturbations": [PerturbationSpec(), "noise:0.1"],
            "recording.snapshots": (),
        },
    )
    assert 4 == spec.seed
    assert OptimizerSpec(learning_rate=1.0, options={"momentum": 0.5}) == spec.optimizer
    assert "noise" == spec.perturbations[1].name
    assert () == spec.recording.snapshots
    assert RunSpec().training == spec.training


def test_a_new_name_drops_the_options_of_the_old_one():
    spec = with_overrides(RunSpec(), {"optimizer.options.momentum": 0.5})
    same = with_overrides(spec, {"optimizer.name": "sgd"})
    other = with_overrides(spec, {"optimizer.options.eps": 0.1, "optimizer.name": "adam"})
    assert {"momentum": 0.5} == same.optimizer.options
    assert {"eps": 0.1} == other.optimizer.options


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("optimizer.speed", "optimizer.speed: unknown key"),
        ("seed.order", "seed.order: 'seed' has no keys of its own"),
        ("nonsense.a", "nonsense: unknown key"),
        ("", "'': unknown key"),
    ],
)
def test_overrides_of_unknown_keys(key, message):
    with pytest.raises(SpecError, match=message):
        with_overrides(RunSpec(), {key: 1})
