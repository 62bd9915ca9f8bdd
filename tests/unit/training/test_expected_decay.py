"""Decay of parameters that some batches do not use, against torch's optimizers step by step."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from paramdyn.catalogues import MODELS
from paramdyn.checkpoints import load_checkpoint, save_checkpoint
from paramdyn.specs import OptimizerSpec, RecordingSpec, RunSpec
from paramdyn.store.manifest import read_manifest
from paramdyn.store.records import read
from paramdyn.training.expected_decay import ExpectedDecay
from paramdyn.training.missed_steps import MissedSteps
from paramdyn.training.run import resume_run, train_run

QUIET = 10
"""Scalars of ``sometimes.weight`` whose input is always zero."""


class EverySecond(nn.Module):
    """A layer that only every second batch uses, one of its inputs always zero."""

    def __init__(self, num_classes):
        super().__init__()
        self.head = nn.Linear(3, num_classes)
        self.sometimes = nn.Linear(4, num_classes)
        self.register_buffer("passes", torch.zeros((), dtype=torch.int64))

    def forward(self, images):
        means = images.mean((2, 3)).expand(-1, 3)
        if self.training and not images.is_meta:
            self.passes += 1
        logits = self.head(means)
        if images.is_meta or not self.training or int(self.passes) % 2:
            logits = logits + self.sometimes(nn.functional.pad(means, (0, 1)))
        return logits


@pytest.fixture
def spec(tiny_spec, monkeypatch):
    monkeypatch.setitem(MODELS._objects, "lenet", EverySecond)
    schedule = replace(RunSpec().schedule, name="cosine")
    recording = RecordingSpec(when="every:1", snapshots=("init", "final"))
    return replace(tiny_spec, schedule=schedule, recording=recording)


OPTIMIZERS = {
    "sgd": OptimizerSpec(learning_rate=0.1, weight_decay=0.1),
    "plain": OptimizerSpec(learning_rate=0.1, weight_decay=0.1, options={"momentum": 0.0}),
    "dampened": OptimizerSpec(weight_decay=0.1, options={"dampening": 0.5}),
    "adamw": OptimizerSpec(name="adamw", learning_rate=0.1, weight_decay=0.1),
}
TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, momentum=0.9, weight_decay=0.1),
    "plain": lambda p: torch.optim.SGD(p, weight_decay=0.1),
    "dampened": lambda p: torch.optim.SGD(p, momentum=0.9, dampening=0.5, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, weight_decay=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_ratio_is_that_of_steps_one_by_one(name):
    weights = [torch.ones((), dtype=torch.float64, requires_grad=True) for _ in range(3)]
    optimizer, missed = TORCH[name](weights), MissedSteps()
    rate_at = lambda step: 0.1 / (1 + step)  # noqa: E731
    decay = ExpectedDecay(OPTIMIZERS[name], rate_at, missed, ())
    for step in range(40):
        optimizer.param_groups[0]["lr"] = rate_at(step)
        for index, used in enumerate((True, step % 2 == 1, step in (3, 4, 17))):
            weights[index].grad = torch.zeros_like(weights[index]) if used else None
            if not used:
                missed.add(index)
        optimizer.step()
        missed.done += 1
        found = [decay(index, step + 1) for index in range(3)]
        expected = [weight.item() for weight in weights]
        assert expected == pytest.approx([each.ratio for each in found], rel=1e-12)
    assert [40, 20, 3] == [each.steps for each in found]


def quiet_scalars(folder):
    """Return the classes of sometimes.weight after each epoch."""
    index = [p.name for p in read_manifest(folder.layout).parameters].index("sometimes.weight")
    return [
        {name: counts[index] for name, counts in line["values"].items() if counts[index]}
        for line in read(folder.layout.drift)[0]
        if line["measurement"] == "classes"
    ]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_scalars_that_only_decay_moved(spec, runs_dir, tmp_path, name):
    spec = replace(spec, optimizer=OPTIMIZERS[name])
    folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    assert [{"changed": 30, "decay-only": QUIET}] * 3 == quiet_scalars(folder)


@pytest.fixture
def stopped(spec, runs_dir, tmp_path):
    """A run that stopped after a third of its steps, and the same that never did."""
    spec = replace(spec, optimizer=OPTIMIZERS["sgd"])
    whole = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    asked = iter(range(99))
    cut = train_run(spec, runs=runs_dir, data_folder=tmp_path, should_stop=lambda: next(asked) >= 7)
    assert cut.layout.checkpoint.exists()
    return cut, whole


def test_skipped_steps_are_kept_in_the_checkpoint(stopped, tmp_path):
    cut, whole = stopped
    resume_run(cut, data_folder=tmp_path)
    assert whole.layout.drift.read_bytes() == cut.layout.drift.read_bytes()


def test_checkpoint_without_skipped_steps(stopped, tmp_path):
    """What older ones lack makes scalars ``changed``, as they were called then."""
    cut, _ = stopped
    state = load_checkpoint(cut.layout.checkpoint)
    state["optimizer"] = state["optimizer"]["optimizers"]
    del state["version"]
    save_checkpoint(cut.layout.checkpoint, state)
    resume_run(cut, data_folder=tmp_path)
    assert {"changed": 40} == quiet_scalars(cut)[-1]
