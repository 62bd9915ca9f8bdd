"""The questions as functions: names, paths and subjects are the same thing to them."""

import doctest
from dataclasses import is_dataclass, replace

import pytest

from paramdyn import analysis
from paramdyn.catalogues import QUESTIONS
from paramdyn.errors import RunNotFound
from paramdyn.models import build_model
from paramdyn.specs import ModelSpec, RunSpec
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.specs.run_spec import InitializerSpec
from paramdyn.training.run import train_run


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory):
    """The folder of this file's runs, which no test changes."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def runs(tiny_spec, runs_dir):
    """A run, a child that is perturbed, and its twin."""
    recording = replace(tiny_spec.recording, snapshots=("init", "final"))
    spec = replace(tiny_spec, recording=recording)

    def train(spec):
        return train_run(spec, runs=runs_dir, data_folder=runs_dir)

    parent = train(spec)
    start = InitializerSpec(name=f"run:{parent.name}")
    twin = replace(spec, initializer=start)
    child = replace(twin, perturbations=(parse_perturbation("sign-flip"),))
    return parent, train(child), train(twin)


@pytest.fixture
def bench(runs_dir, tmp_path):
    options = analysis.Options(most_images=32, alphas=3, restarts=1, draws=2)
    return analysis.Bench(runs=runs_dir, data=str(tmp_path), options=options)


def test_every_question_is_a_function_of_the_package():
    assert set(QUESTIONS.names()) <= set(analysis.__all__)
    for name in QUESTIONS.names():
        assert callable(getattr(analysis, name))
        assert getattr(analysis, name).__doc__


def test_the_example_of_the_package_is_true():
    assert (0, 3) == tuple(doctest.testmod(analysis))


@pytest.mark.parametrize("name", ["changed", "convergence", "reach", "correlation", "distance"])
def test_ids_starts_paths_and_subjects_are_alike(name, runs, bench, runs_dir):
    ask = getattr(analysis, name)
    run = runs[0]
    found = [ask(each, bench=bench) for each in (run.name, run.name[:-2], run.path)]
    found.append(ask(analysis.open_run(run.name, runs=runs_dir), bench=bench))
    assert 4 == len(found)
    assert all(is_dataclass(each) for each in found)
    assert 1 == len({type(each) for each in found})


def test_recovery_takes_its_parent_and_controls_by_name(runs, bench):
    parent, child, twin = runs
    found = analysis.recovery(child.name, parent.name, {"twin": twin.path}, bench=bench)
    looked_for = analysis.recovery([child.path], bench=bench)
    assert 1 == len(found.seeds)
    assert [v.hypothesis for v in found.verdicts] == [v.hypothesis for v in looked_for.verdicts]


def test_reach_of_a_module_a_name_and_a_run_agree(runs, bench):
    module = build_model(ModelSpec(name="lenet"), num_classes=10, image_size=32)
    audits = [analysis.reach(module), analysis.reach("lenet"),
              analysis.reach(runs[0].name, bench=bench)]  # fmt: skip
    assert [62_006] * 3 == [audit.scalars for audit in audits]
    smaller = analysis.reach(runs[0].name, bench=bench, image_size=64, classes=7)
    assert smaller.scalars != 62_006


def test_weights_are_asked_about(bench, tmp_path):
    import torch

    module = build_model(ModelSpec(name="lenet"), num_classes=10, image_size=32)
    torch.save(module.state_dict(), tmp_path / "mine.pt")
    mine = analysis.open_weights(tmp_path / "mine.pt", RunSpec())
    assert 10 == mine.classes
    assert is_dataclass(analysis.connectivity(mine, mine, bench=bench))


def test_an_unknown_run_is_an_error_in_words(bench):
    with pytest.raises(RunNotFound, match="no run 'nothing'"):
        analysis.changed("nothing", bench=bench)


def test_unknown_names_of_the_package_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        analysis.nothing  # noqa: B018
    assert set(analysis.__all__) <= set(dir(analysis))
