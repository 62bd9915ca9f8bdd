"""Values at the moments that count, from snapshots or drawn again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import (
    END,
    START,
    UNTRAINED,
    Subject,
    names_of_files,
    open_run,
    open_weights,
    tell_apart,
)
from paramdyn.errors import RunNotFound, WeightsError
from paramdyn.specs import InitializerSpec, PerturbationSpec
from paramdyn.starting import starting_model
from paramdyn.store.snapshots import read_snapshot, write_snapshot
from paramdyn.training.run import train_run


@pytest.fixture
def trained(tiny_spec, runs_dir, tmp_path):
    def train(**changes):
        spec = replace(tiny_spec, **changes)
        if "recording" not in changes:
            spec = replace(spec, recording=replace(spec.recording, snapshots=("final",)))
        return train_run(spec, runs=runs_dir, data_folder=tmp_path)

    return train


def assert_equal(expected, actual):
    assert list(expected) == list(actual)
    for name, values in expected.items():
        assert torch.equal(values, actual[name]), name


def drawn(spec, runs):
    return starting_model(spec, runs=runs, classes=10)[0].state_dict()


def test_the_end_is_the_final_snapshot(trained, runs_dir):
    folder = trained()
    subject = open_run(folder.name, runs=runs_dir)
    arrays, _ = read_snapshot(folder.layout.snapshot(20))
    assert_equal({k: torch.from_numpy(v) for k, v in arrays.items()}, subject.state(END))
    assert 20 == subject.step_of(END)
    assert [(20, "final")] == [(kept.step, kept.name) for kept in subject.kept()]
    assert ("finished", 10) == (subject.status, subject.classes)


def test_a_start_that_was_not_kept_is_drawn_again(trained, runs_dir, tiny_spec):
    folder = trained()
    subject = open_run(folder.name, runs=runs_dir)
    assert_equal(drawn(tiny_spec, runs_dir), subject.state(START))
    assert 0 == subject.step_of(START)


def test_a_start_that_was_kept_is_read(trained, runs_dir, tiny_spec):
    kept = replace(tiny_spec.recording, snapshots=("init", "final"))
    folder = trained(recording=kept)
    path = folder.layout.snapshot(0)
    arrays, metadata = read_snapshot(path)
    marked = {name: values + 1 if name == "fc3.bias" else values for name, values in arrays.items()}
    write_snapshot(path, marked, metadata)
    found = open_run(folder.name, runs=runs_dir).state(START)
    assert torch.equal(torch.from_numpy(arrays["fc3.bias"]) + 1, found["fc3.bias"])


def test_a_start_that_is_drawn_otherwise_today_is_not_passed_off(trained, runs_dir):
    folder = trained()
    text = folder.layout.manifest.read_text()
    subject = open_run(folder.name, runs=runs_dir)
    folder.layout.manifest.write_text(text.replace(subject.manifest.initial_sha256, "0" * 64))
    with pytest.raises(RunNotFound, match="drawing them again gives others"):
        open_run(folder.name, runs=runs_dir).state(START)


def test_untrained_is_the_first_ancestor_without_perturbation(trained, runs_dir, tiny_spec):
    parent = trained()
    flip = (PerturbationSpec(name="sign-flip"),)
    child = trained(initializer=InitializerSpec(name=f"run:{parent.name}"), perturbations=flip)
    subject = open_run(child.name, runs=runs_dir)
    assert_equal(drawn(tiny_spec, runs_dir), subject.state(UNTRAINED))
    end = open_run(parent.name, runs=runs_dir).state(END)
    assert_equal({name: -values for name, values in end.items()}, subject.state(START))


def test_what_was_not_kept_is_said_with_what_was(trained, runs_dir):
    subject = open_run(trained().name, runs=runs_dir)
    with pytest.raises(RunNotFound, match=r"no snapshot '7'; it kept final \(20\)"):
        subject.state(7)
    with pytest.raises(RunNotFound, match="no snapshot 'best'"):
        subject.step_of("best")


def test_a_run_on_its_way_ends_where_it_was_last_kept(trained, runs_dir, tiny_spec):
    kept = replace(tiny_spec.recording, snapshots=("init", "every:1", "final"))
    folder = trained(recording=kept)
    folder.layout.snapshot(20).unlink()
    assert 16 == open_run(folder.name, runs=runs_dir).step_of(END)


def test_a_weights_file_is_a_subject(trained, runs_dir, tiny_spec):
    folder = trained()
    path = folder.layout.snapshot(20)
    subject = open_weights(path, tiny_spec, classes=10)
    assert_equal(dict(open_run(folder.name, runs=runs_dir).state(END)), subject.state(END))
    assert_equal(drawn(tiny_spec, runs_dir), subject.state(UNTRAINED))
    assert ("weights", None, None) == (subject.status, subject.folder, subject.manifest)
    assert [info.name for info in subject.parameters][:2] == ["conv1.weight", "conv1.bias"]
    with pytest.raises(RunNotFound, match="a weights file has no start"):
        subject.state(START)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["runs/a/end.pt"], ["end.pt"]),
        (["a/end.pt", "b/end.pt", "b/start.pt"], ["a/end.pt", "b/end.pt", "start.pt"]),
        (["x/a/end.pt", "y/a/end.pt"], ["x/a/end.pt", "y/a/end.pt"]),
        (["a/end.pt", "a/end.pt"], ["end.pt", "end.pt (2)"]),
    ],
)
def test_files_of_one_name_are_told_apart_by_their_folders(files, names):
    assert names == names_of_files([Path(name) for name in files])


def test_weights_of_another_model_are_refused(trained, tiny_spec):
    path = trained().layout.snapshot(20)
    with pytest.raises(WeightsError):
        open_weights(path, tiny_spec, classes=7)


class Stand(Subject):
    """As much of a subject as a model is made of."""

    def __init__(self, kind, kept):
        self._kind, self._kept = kind, kept

    def new_model(self):
        return self._kind().eval()

    def state(self, _=END):
        return self._kept

    def step_of(self, _):
        return 0


def test_a_model_is_made_without_drawing_or_copying_what_is_replaced(trained, runs_dir):
    run = open_run(trained(), runs=runs_dir)
    drawn = torch.get_rng_state()
    model = run.model_at(END)
    assert torch.equal(drawn, torch.get_rng_state())
    state = run.state(END)
    assert list(state) == list(model.state_dict())
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not model.training


def test_buffers_of_a_model_are_its_own_and_tied_parameters_stay_tied():
    class Tied(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 3))
            self[2].weight = self[0].weight

    for kind in (Tied, lambda: nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))):
        first = kind()
        kept = {name: value.clone() for name, value in first.state_dict().items()}
        stand = Stand(kind, kept)
        model = stand.model_at()
        assert len(list(first.parameters())) == len(list(model.parameters()))
        model.train()(torch.ones(4, 3))
        assert all(torch.equal(value, first.state_dict()[n]) for n, value in kept.items())
        assert not torch.equal(kept["1.running_mean"], model[1].running_mean)
    assert kept["0.weight"].data_ptr() == model[0].weight.data_ptr()  # not copied


def test_a_run_that_has_the_id_of_another_gets_a_name_of_its_own(trained, runs_dir, tmp_path):
    folder = trained()
    theirs, third = (shutil.copytree(folder.path, tmp_path / n / folder.name) for n in "ab")
    bench = Bench(runs=runs_dir)
    first = bench.open(folder.name)
    assert first is bench.open(runs_dir / ".." / runs_dir.name / folder.name)
    second = bench.open(theirs)
    assert [folder.name, f"a/{folder.name}"] == [first.name, second.name]
    assert {folder.name} == {first.id, second.id}
    assert [first, second] == bench.subjects
    assert second is bench.open(theirs)
    subjects = [*bench.subjects, bench.open(third)]
    tell_apart(subjects)
    assert [f"{n}/{folder.name}" for n in (runs_dir.name, "a", "b")] == [s.name for s in subjects]
