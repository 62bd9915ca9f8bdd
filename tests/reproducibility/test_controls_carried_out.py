"""The controls of a trained network are what they say, bit for bit, and are trained once."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from torch import nn

from paramdyn.catalogues import MODELS
from paramdyn.specs.controls import CONTROLS, started_from
from paramdyn.specs.recognition import recognise
from paramdyn.specs.run_spec import ModelSpec, RecordingSpec, TrainingSpec
from paramdyn.store.equal_runs import spec_lookup
from paramdyn.store.manifest import read_manifest
from paramdyn.store.records import read
from paramdyn.store.run_folder import find_run, snapshot_path
from paramdyn.store.snapshots import read_snapshot
from paramdyn.training.run import train_run
from paramdyn_tui.cli.job_options import jobs_from
from paramdyn_tui.cli.options import RunOptions

pytestmark = pytest.mark.slow
SYMMETRY = "sign-flip,layers=0.*|1.weight,buffers=means"


def normed(*, num_classes):
    body = [nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, num_classes))


@pytest.fixture
def parent(tiny_spec, runs_dir, tmp_path, monkeypatch):
    """A trained network with batch normalization."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    MODELS.register("normed", options={})(normed)
    spec = replace(
        tiny_spec,
        model=ModelSpec(name="normed"),
        training=TrainingSpec(epochs=2, batch_size=32, device="cpu", threads=1),
        recording=RecordingSpec(when="epoch", snapshots=("init", "final")),
    )
    return train_run(spec, runs=runs_dir, data_folder=tmp_path)


@pytest.fixture
def carried_out(runs_dir, tmp_path):
    """Return a function that makes jobs and trains them; arm -> run folder, ``""`` the child."""

    def carry_out(**options):
        folders = []
        for job in jobs_from(RunOptions(quiet=True, **options), runs=runs_dir):
            spec = job.spec
            if job.start_of is not None:
                spec = started_from(spec, folders[job.start_of][1].name)
            if job.existing:
                folders.append((job.arm, find_run(runs_dir, job.existing)))
            else:
                made = train_run(spec, runs=runs_dir, data_folder=tmp_path)
                folders.append((job.arm, made))
        return dict(folders)

    return carry_out


def state(folder, step):
    return read_snapshot(snapshot_path(folder, step))[0]


def different(one, other):
    return {name for name in one if one[name].tobytes() != other[name].tobytes()}


def test_every_arm_starts_and_ends_as_it_should(parent, carried_out, runs_dir):
    asked = {"start": parent.name, "perturb": ["sign-flip"], "controls": "all"}
    arms = carried_out(**asked)
    begin, end = state(parent, "init"), state(parent, "final")
    assert set() == different(end, state(arms["twin"], "init"))
    assert set() == different(end, state(arms["order"], "init"))
    assert {"0.weight"} == different(end, state(arms["rounding-twin"], "init"))
    moved = state(arms["rounding-twin"], "init")["0.weight"].view("i4") - end["0.weight"].view("i4")
    assert [1] == moved[moved != 0].tolist()
    assert {"0.weight", "1.weight", "1.bias", "5.weight", "5.bias"} == different(
        end, state(arms[""], "init")
    )
    assert {"0.weight", "5.weight", "5.bias"} == different(
        begin, state(arms["independent-parent"], "init")
    )
    unrelated = state(arms["independent-parent"], "final")
    assert set() == different(unrelated, state(arms["independent"], "init"))
    ends = {arm: state(folder, "final")["0.weight"].tobytes() for arm, folder in arms.items()}
    assert 6 == len(set(ends.values()))
    assert {16} == {read_manifest(folder.layout).total_steps for folder in arms.values()}
    made = len(list(runs_dir.iterdir()))
    assert arms == carried_out(**asked)
    assert made == len(list(runs_dir.iterdir())), "nothing is trained twice"


def test_every_arm_is_recognised_in_its_folder(parent, carried_out, runs_dir):
    arms = carried_out(start=parent.name, perturb=["distort"], controls="all", epochs=1)
    spec_of = spec_lookup(runs_dir)
    child, origin = spec_of(arms[""].name), spec_of(parent.name)
    found = {
        name: recognise(spec_of(folder.name), child, origin, spec_of=spec_of)
        for name, folder in arms.items()
    }
    assert {"": "child", **{name: name for name in CONTROLS}} == found
    assert "parent" == recognise(origin, child, origin)


def test_k15_the_exact_symmetry_comes_back_bit_for_bit_through_a_whole_run(parent, carried_out):
    arms = carried_out(
        start=parent.name, perturb=[SYMMETRY], controls="twin", optimizer="adamw", weight_decay=0.1
    )
    child, twin = state(arms[""], "final"), state(arms["twin"], "final")
    mirrored = {"0.weight", "1.weight", "1.running_mean"}
    assert mirrored == different(child, twin)
    assert set() == different({name: -child[name] for name in mirrored}, twin)


def test_k16_the_published_flip_goes_on_marked(parent, carried_out):
    arms = carried_out(start=parent.name, perturb=["sign-flip"], as_published=True, controls="twin")
    events = read(arms[""].layout.events)[0]
    (perturbation,) = [event for event in events if event["event"] == "perturbation"]
    assert "sign-flip,buffers=all" == perturbation["text"]
    assert (2, 16, 16) == tuple(
        perturbation[key] for key in ("buffers", "buffer_scalars", "buffer_changed")
    )
    (warning,) = [event for event in events if event["event"] == "warning"]
    assert warning["text"].startswith("invalid buffers: 1.running_var has negative variances")
    metrics = read(arms[""].layout.metrics)[0]
    assert math.isnan(metrics[0]["test/loss"])
    assert math.isfinite(metrics[-1]["train/loss"])
    assert "finished" == events[-1]["event"]
    (report,) = read_manifest(arms[""].layout).perturbations
    text = report.pop("text")
    assert {key: pytest.approx(value, rel=1e-8) for key, value in report.items()} == {
        key: perturbation[key] for key in report
    }
    assert "sign-flip,buffers=all" == text
    twin = read(arms["twin"].layout.events)[0]
    assert not [event for event in twin if event["event"] in ("warning", "perturbation")]
