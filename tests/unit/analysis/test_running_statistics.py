"""Whether running statistics or weights are to blame, beside a network whose truth is known."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.questions import (
    changed,
    connectivity,
    convergence,
    correlation,
    distance,
    recovery,
)
from paramdyn.analysis.running_statistics import blame, young_note, youth_of
from paramdyn.catalogues import MODELS
from paramdyn.probes.collapse import CollapseFlags
from paramdyn.specs import ModelSpec
from paramdyn.specs.run_spec import InitializerSpec, OptimizerSpec, PerturbationSpec
from paramdyn.training.run import train_run


class Normed(nn.Module):
    """One norm, and a layer that tells whether the first pixel is above its mean."""

    def __init__(self, momentum=0.1, *, blind=False):
        super().__init__()
        self.norm, self.unused = nn.BatchNorm1d(4, momentum=momentum), nn.BatchNorm1d(4)
        self.fc = nn.Linear(4, 2)
        with torch.no_grad():
            self.fc.weight.zero_()
            self.fc.bias.zero_()
            if not blind:
                self.fc.weight[1, 0] = 1.0

    def forward(self, x):
        return self.fc(self.norm(x.flatten(1)))


def images(n=400):
    """Two classes on either side of 50, far from the mean of 0 that a norm begins with."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    x = 49 + 2 * labels[:, None, None, None] + 0.1 * torch.randn(n, 4, 1, 1, generator=generator)
    return SimpleNamespace(training=[(x, labels)], test=[(x, labels)])


def subject(model, *, steps=None):
    folder = None if steps is None else object()
    return SimpleNamespace(
        name="ours", folder=folder, step_of=lambda _: steps, model_at=lambda _: model
    )


def updated(model, times):
    [(x, _)] = images().training
    model.train()
    for _ in range(times):
        model(x)
    return model.eval()


@pytest.mark.parametrize("momentum", [0.1, 0.3])
@pytest.mark.parametrize("times", [1, 4, 50])
def test_what_is_left_of_the_start_is_what_a_constant_input_shows(momentum, times):
    """The running mean of a constant c, from 0, is c (1 - share)."""
    model = Normed(momentum).train()
    for _ in range(times):
        model(torch.full((8, 4), 3.0))
    left = 1 - float(model.norm.running_mean[0]) / 3.0
    found = youth_of(subject(model))
    assert found.share == pytest.approx(left, rel=1e-5, abs=1e-6)
    assert (times, momentum) == (found.updates, found.momentum)


def test_a_child_counts_from_its_own_start():
    model = updated(Normed(), 50)
    assert 50 == youth_of(subject(model)).updates
    found = youth_of(subject(model, steps=4))
    assert (4, pytest.approx(0.9**4)) == (found.updates, found.share)
    assert "66% of what they began with (4 updates, momentum 0.1)" == found.text
    assert "1 update," in youth_of(subject(model, steps=1)).text


def test_what_remembers_nothing_is_not_young():
    cumulative = updated(Normed(None), 1)
    del cumulative.unused
    assert youth_of(subject(cumulative, steps=1)) is None
    assert youth_of(subject(nn.Linear(2, 2))) is None


def test_young_statistics_are_said_and_settled_ones_not():
    young = young_note(subject(updated(Normed(), 4), steps=4))
    assert young.startswith("ours: its running statistics still hold 66% of what they began with")
    assert "" == young_note(subject(updated(Normed(), 50), steps=50))
    assert "" == young_note(subject(nn.Linear(2, 2)))


def test_statistics_are_blamed_where_the_weights_answer():
    model = updated(Normed(), 4)
    said = blame(model, images(), youth_of(subject(model, steps=4)))
    assert said.startswith(
        "its running statistics are the cause, not its weights: with those of 400 training images "
        "its accuracy is 1.0000 on 400 test images; they still hold 66% of"
    )


def test_weights_are_blamed_where_no_statistics_help():
    model = updated(Normed(blind=True), 50)
    said = blame(model, images(), youth_of(subject(model, steps=50)))
    assert said.startswith("its running statistics are not the cause: ")
    assert "still hold" not in said


def test_nothing_is_blamed_without_running_statistics():
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2)).eval()
    assert "" == blame(model, images(), None)


class Small(nn.Module):
    """A convolution, its norm, and a head."""

    def __init__(self, num_classes):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 5, stride=3), nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, num_classes)

    def forward(self, x):
        return self.fc(torch.relu(self.norm(self.conv(x))).mean((2, 3)))


@pytest.fixture
def young_run(tiny_spec, runs_dir, tmp_path, monkeypatch):
    """A run of four steps whose rate is so high that its statistics are left behind."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    monkeypatch.setattr(MODELS, "_objects", dict(MODELS._objects))

    @MODELS.register("small-normed")
    def small(*, num_classes):
        "For tests."
        return Small(num_classes)

    spec = replace(
        tiny_spec,
        model=ModelSpec(name="small-normed"),
        optimizer=OptimizerSpec(learning_rate=5.0),
        training=replace(tiny_spec.training, max_steps=4),
    )
    return train_run(spec, runs=runs_dir, data_folder=tmp_path).name


def test_every_page_says_why_a_young_network_counts_as_collapsed(young_run, runs_dir, tmp_path):
    bench = Bench(runs=runs_dir, data=str(tmp_path))
    run = bench.open(young_run)
    reasons = bench.observations.of(run).collapse.reasons
    *seen, cause = bench.observations.why_collapsed(run)
    assert reasons == tuple(seen)
    assert "they still hold 66% of what they began with (4 updates, momentum 0.1)" in cause
    for question in (changed, convergence, correlation, distance):
        answer = question.ask([run], bench)
        assert cause in "\n".join([*answer.summary, *answer.notes]), question.__name__


def test_a_sound_network_is_blamed_for_nothing(young_run, runs_dir, tmp_path, monkeypatch):
    bench = Bench(runs=runs_dir, data=str(tmp_path))
    run = bench.open(young_run)
    monkeypatch.setattr(CollapseFlags, "reasons", ())
    assert () == bench.observations.why_collapsed(run)
    answer = correlation.ask([run], bench)
    assert any(note.startswith(f"{young_run}: its running statistics") for note in answer.notes)


def test_pages_of_pairs_say_it_of_both_ends(young_run, runs_dir, tmp_path):
    bench = Bench(runs=runs_dir, data=str(tmp_path))
    parent = bench.open(young_run)
    spec = replace(
        parent.spec,
        initializer=InitializerSpec(name=f"run:{young_run}"),
        perturbations=(PerturbationSpec(name="sign-flip"),),
    )
    child = bench.open(train_run(spec, runs=runs_dir, data_folder=tmp_path).name)
    causes = [bench.observations.why_collapsed(run)[-1] for run in (parent, child)]
    assert all("running statistics" in cause for cause in causes)
    notes = "\n".join(connectivity.ask([parent, child], bench).notes)
    assert all(cause in notes for cause in causes)
    answer = recovery.ask([child], bench)
    assert any(line.endswith(f"; {causes[1]}.") for line in answer.summary)
    [young] = [note for note in answer.notes if note.startswith(f"{child.name}: its running")]
    assert young.endswith("Its controls trained as long.")
