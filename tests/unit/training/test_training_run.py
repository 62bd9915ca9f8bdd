"""What a run does besides training well: events, failures, the study's protocol, the files."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.catalogues import MODELS
from paramdyn.checkpoints import load_checkpoint, save_checkpoint
from paramdyn.errors import (
    BadRequest,
    DatasetError,
    DeviceError,
    OutOfMemory,
    RunIncomplete,
    SchemaTooNew,
    StoreError,
)
from paramdyn.measurements.classes import CLASS_NAMES
from paramdyn.specs import (
    InitializerSpec,
    ModelSpec,
    OptimizerSpec,
    PerturbationSpec,
    RecordingSpec,
    ScheduleSpec,
)
from paramdyn.store.manifest import read_manifest
from paramdyn.store.records import read
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.snapshots import read_snapshot, write_snapshot
from paramdyn.store.state import read_state
from paramdyn.training.evaluation import Score
from paramdyn.training.run import train_run
from paramdyn.vision import torchvision


@pytest.fixture
def run(runs_dir, tmp_path):
    return lambda spec: train_run(spec, runs=runs_dir, data_folder=tmp_path)


def lines_of(folder, measurement):
    return [r for r in read(folder.layout.drift)[0] if r["measurement"] == measurement]


def test_the_state_shows_the_numbers_of_the_records(run, tiny_spec):
    folder = run(tiny_spec)
    recorded = {}
    for record in read(folder.layout.metrics)[0]:
        recorded |= {name: value for name, value in record.items() if "/" in name}
    shown = {name: v for name, v in read_state(folder.layout).metrics.items() if "/" in name}
    assert recorded == shown


def events_of(folder):
    return read(folder.layout.events)[0]


def test_records_are_complete_and_in_order(tiny_spec, run):
    folder = run(tiny_spec)
    metrics = read(folder.layout.metrics)[0]
    assert [record["step"] for record in metrics] == [0, 5, 8, 10, 15, 16, 20]
    assert [r["step"] for r in metrics if "test/accuracy" in r] == [0, 8, 16, 20]
    assert [r["step"] for r in lines_of(folder, "displacement")] == [5, 8, 10, 15, 16, 20]
    assert [r["step"] for r in lines_of(folder, "classes")] == [8, 16, 20]
    assert {record["measurement"] for record in read(folder.layout.drift)[0]} == set(
        tiny_spec.recording.what
    )


def test_validation_chooses_the_best_and_the_test_set_nothing(tiny_spec, run, monkeypatch):
    """Scripted scores: validation is best, first, at the second epoch; test at the third."""
    scripted = iter([0.1, 0.1, 0.3, 0.2, 0.6, 0.3, 0.6, 0.9])  # validation, test, validation, ...
    monkeypatch.setattr(
        "paramdyn.training.scores.evaluate", lambda *_, **__: Score(1.0, next(scripted))
    )
    folder = run(replace(tiny_spec, dataset=replace(tiny_spec.dataset, validation=0.25)))
    assert [r["test/accuracy"] for r in read(folder.layout.metrics)[0] if "test/loss" in r] == [
        0.1, 0.2, 0.3, 0.9,
    ]  # fmt: skip
    assert read_snapshot(folder.layout.best_snapshot)[1]["step"] == "12"


class OnePixel(nn.Module):
    """A 3x3 convolution on a 1x1 map: only the centre of its nine taps ever meets data."""

    def __init__(self, num_classes):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.head = nn.Linear(8, num_classes)

    def forward(self, images):
        return self.head(self.conv(images.mean((2, 3), keepdim=True)).flatten(1))


def test_structural_scalars_are_found_whatever_the_memory_order(tiny_spec, run, monkeypatch):
    monkeypatch.setitem(MODELS._objects, "lenet", OnePixel)
    folder = run(tiny_spec)
    counts = lines_of(folder, "classes")[-1]["values"]
    assert counts["structural"] == [8 * 3 * 8, 0, 0, 0]
    assert counts["dead"] == [0, 0, 0, 0]
    assert read_manifest(folder.layout).reach[0]["scalars"] == 192


def test_recording_none_measures_the_last_step_only(tiny_spec, run):
    folder = run(replace(tiny_spec, recording=RecordingSpec(when="none")))
    assert {record["step"] for record in read(folder.layout.drift)[0]} == {20}
    assert [record["step"] for record in read(folder.layout.metrics)[0]] == [0, 8, 16, 20]


def test_classes_sum_to_all_scalars_at_every_record(tiny_spec, run):
    folder = run(tiny_spec)
    for record in lines_of(folder, "classes"):
        assert tuple(record["total"]) == CLASS_NAMES
        assert sum(record["total"].values()) == 62_006
        per_parameter = np.sum([record["values"][name] for name in CLASS_NAMES], axis=0)
        counts = [info.count for info in read_manifest(folder.layout).parameters]
        assert per_parameter.tolist() == counts


def test_path_through_all_steps_is_the_sum_of_update_norms(tiny_spec, run):
    folder = run(replace(tiny_spec, recording=RecordingSpec(when="every:1")))
    updates = [r["total"] for r in lines_of(folder, "update_norm")]
    path = [r["total"] for r in lines_of(folder, "path_length")]
    np.testing.assert_allclose(path, np.cumsum(updates), rtol=1e-8)


def test_sparse_path_is_the_sum_of_chords_between_records(tiny_spec, run):
    """Every scalar's way from record to record, from snapshots taken at the same steps."""
    spec = replace(
        tiny_spec, recording=RecordingSpec(when="epoch", snapshots=("init", "every:1", "final"))
    )
    folder = run(spec)
    states = [read_snapshot(folder.layout.snapshot(step))[0] for step in (0, 8, 16, 20)]
    chords = [
        math.sqrt(sum(float(((b[k].astype(float) - a[k]) ** 2).sum()) for k in a))
        for a, b in itertools.pairwise(states)
    ]
    path = [r["total"] for r in lines_of(folder, "path_length")]
    np.testing.assert_allclose(path, np.cumsum(chords), rtol=1e-8)


def test_k3_a_learning_rate_of_zero_moves_nothing(tiny_spec, run):
    folder = run(replace(tiny_spec, optimizer=OptimizerSpec(learning_rate=0.0)))
    classes = lines_of(folder, "classes")[-1]["total"]
    assert classes["changed"] == classes["returned"] == classes["decay-only"] == 0
    assert {r["total"] for r in lines_of(folder, "displacement")} == {0.0}
    assert {r["total"] for r in lines_of(folder, "path_length")} == {0.0}
    assert {r["total"] for r in lines_of(folder, "straightness")} == {None}


def test_a_loss_that_is_not_finite_is_an_event_and_a_status(tiny_spec, run):
    folder = run(replace(tiny_spec, optimizer=OptimizerSpec(learning_rate=1e20)))
    state = read_state(folder.layout)
    assert state.status == "diverged"
    assert "optimizer.learning_rate (now 1e+20)" in state.reason
    event = events_of(folder)[-1]
    assert event["event"] == "diverged"
    metrics = read(folder.layout.metrics)[0]
    assert metrics[-1]["step"] == event["step"]
    assert not math.isfinite(metrics[-1]["train/loss"])
    assert all(math.isfinite(r.get("train/loss", 0.0)) for r in metrics[:-1])
    assert not list(folder.layout.snapshots.glob("*"))


class Exhausted(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.head = nn.Linear(3, num_classes)
        self.calls = 0

    def forward(self, images):
        if images.device.type != "meta" and self.training:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.head(images.mean((2, 3)))


def test_out_of_memory_says_what_to_lower(tiny_spec, run, runs_dir, monkeypatch):
    monkeypatch.setitem(MODELS._objects, "lenet", Exhausted)
    with pytest.raises(OutOfMemory, match=r"2\.00 GiB.*training\.batch_size \(now 32\)"):
        run(tiny_spec)
    folder = RunFolder.open(next(runs_dir.iterdir()))
    assert read_state(folder.layout).status == "failed"
    assert "training.batch_size" in read_state(folder.layout).reason


def test_a_bug_in_a_model_is_a_failed_run_that_says_so(tiny_spec, run, runs_dir, monkeypatch):
    class Broken(Exhausted):
        def forward(self, images):
            if images.device.type != "meta" and self.training:
                raise ZeroDivisionError("in forward")
            return self.head(images.mean((2, 3)))

    monkeypatch.setitem(MODELS._objects, "lenet", Broken)
    with pytest.raises(ZeroDivisionError):
        run(tiny_spec)
    state = read_state(RunFolder.open(next(runs_dir.iterdir())).layout)
    assert (state.status, state.reason.split(":")[0]) == ("failed", "ZeroDivisionError")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": ModelSpec(name="resnet81")}, BadRequest),
        ({"model": ModelSpec(name="no_such_module:net")}, BadRequest),
        ({"initializer": InitializerSpec(name="run:nowhere")}, BadRequest),
        ({"perturbations": (PerturbationSpec(layers="konv*"),)}, BadRequest),
    ],
    ids=["model", "factory", "parent", "layers"],
)
def test_a_bad_request_leaves_no_folder(tiny_spec, run, runs_dir, change, error):
    with pytest.raises(error):
        run(replace(tiny_spec, **change))
    assert list(runs_dir.iterdir()) == []


def test_absent_data_leave_no_folder(tiny_spec, run, runs_dir, monkeypatch):
    def no_network(_):
        raise OSError("no network")

    monkeypatch.setattr(torchvision().datasets.MNIST, "download", no_network)
    with pytest.raises(DatasetError, match="train-images-idx3-ubyte"):
        run(replace(tiny_spec, dataset=replace(tiny_spec.dataset, name="mnist", options={})))
    assert list(runs_dir.iterdir()) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
def test_absent_cuda_leaves_no_folder(tiny_spec, run, runs_dir):
    with pytest.raises(DeviceError, match="cuda"):
        run(replace(tiny_spec, training=replace(tiny_spec.training, device="cuda")))
    assert list(runs_dir.iterdir()) == []


def test_an_unwritable_runs_folder_is_said_in_words(tiny_spec, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match="file"):
        train_run(tiny_spec, runs=blocked / "runs", data_folder=tmp_path)


def test_perturbations_are_events_with_their_effective_size(tiny_spec, run):
    base = run(tiny_spec)
    spec = replace(
        tiny_spec,
        initializer=InitializerSpec(name=f"run:{base.name}@final"),
        perturbations=(
            PerturbationSpec(name="sign-flip"),
            PerturbationSpec(name="distort", options={"amount": 1e-6}),
        ),
        recording=RecordingSpec(when="every:5", snapshots=("init",)),
    )
    child = run(spec)
    flip, distort = (e for e in events_of(child) if e["event"] == "perturbation")
    assert (flip["step"], flip["scalars"], flip["text"]) == (0, 62_006, "sign-flip")
    assert distort["changed"] <= 62_006
    parent = read_snapshot(base.layout.snapshot(20))[0]
    start = read_snapshot(child.layout.snapshot(0))[0]
    for name, values in parent.items():
        assert np.array_equal(start[name], np.float32(-values) + np.float32(1e-6))
    manifest = read_manifest(child.layout)
    assert manifest.parent == {"run": base.name, "step": 20}
    assert [p["text"] for p in manifest.perturbations] == ["sign-flip", "distort:1e-06"]


def normed(*, num_classes):
    """Build a small network with batch normalisation behind each of five convolutions."""
    layers = []
    for before, after in itertools.pairwise((3, 8, 8, 8, 16, 16)):
        stride = 2 if before < after else 1
        convolution = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        layers.append(nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU()))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, num_classes))


def test_k16_a_negated_state_dict_is_nan_and_is_said(tiny_spec, run, tmp_path, monkeypatch):
    """The original study's flip negated running variances: NaN at step 0, healed by training."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    MODELS.register("normed", options={})(normed)
    spec = replace(
        tiny_spec,
        model=ModelSpec(name="normed"),
        dataset=replace(tiny_spec.dataset, train_limit=64, test_limit=16),
        training=replace(tiny_spec.training, epochs=10, batch_size=8, max_steps=12),
        recording=RecordingSpec(when="epoch", snapshots=("init", "final")),
        optimizer=OptimizerSpec(learning_rate=0.0),  # so that variances are stationary
    )
    parent = run(replace(spec, training=replace(spec.training, max_steps=80)))
    state = read_snapshot(parent.layout.snapshot(80))[0]
    weights = tmp_path / "negated.safetensors"
    write_snapshot(weights, {name: -values for name, values in state.items()}, {})
    child = run(replace(spec, initializer=InitializerSpec(name="weights", weights=str(weights))))
    warnings = [e["text"] for e in events_of(child) if e["event"] == "warning"]
    (text,) = warnings
    assert text.startswith("invalid buffers: 5 (0.1.running_var, 1.1.running_var, ")
    assert "2.1.running_var and 2 more) have negative variances" in text
    first = read(child.layout.metrics)[0][0]
    assert math.isnan(first["test/loss"])
    final = read_snapshot(child.layout.snapshot(12))[0]
    variances = np.concatenate([v for name, v in final.items() if name.endswith("running_var")])
    assert (variances > 0).mean() > 0.95  # batches of 8: a rare channel's variance varies more
    assert read_state(child.layout).status == "finished"


def test_perturbing_never_touches_buffers(tiny_spec, run):
    spec = replace(
        tiny_spec,
        model=ModelSpec(name="resnet18"),
        dataset=replace(tiny_spec.dataset, train_limit=32, test_limit=16),
        training=replace(tiny_spec.training, batch_size=8, max_steps=1),
        recording=RecordingSpec(when="epoch", snapshots=("init", "final")),
    )
    parent = run(spec)
    child = run(
        replace(
            spec,
            initializer=InitializerSpec(name=f"run:{parent.name}@final"),
            perturbations=(PerturbationSpec(name="sign-flip"),),
        )
    )
    before = read_snapshot(parent.layout.snapshot(1))[0]
    after = read_snapshot(child.layout.snapshot(0))[0]
    running = [name for name in before if "running" in name or "num_batches" in name]
    assert len(running) == 60
    assert all(before[name].tobytes() == after[name].tobytes() for name in running)
    assert "warning" not in {event["event"] for event in events_of(child)}


def test_rate_changes_of_a_step_schedule_are_events(tiny_spec, run):
    schedule = ScheduleSpec(name="step", options={"every_epochs": 1.0, "gamma": 0.1})
    folder = run(replace(tiny_spec, schedule=schedule))
    changes = [(e["step"], e["rate"]) for e in events_of(folder) if e["event"] == "learning-rate"]
    assert changes == [(8, pytest.approx(5e-4)), (16, pytest.approx(5e-5))]


def test_frozen_parameters_are_a_class_and_stay(tiny_spec, run, monkeypatch):
    build = MODELS.get("lenet")

    def frozen(**keywords):
        net = build(**keywords)
        net.conv1.requires_grad_(False)
        return net

    monkeypatch.setitem(MODELS._objects, "lenet", frozen)
    folder = run(tiny_spec)
    assert lines_of(folder, "classes")[-1]["values"]["frozen"][:3] == [450, 6, 0]
    norms = [r["values"][0] for r in lines_of(folder, "weight_norm")]
    final = read_snapshot(folder.layout.snapshot(20))[0]["conv1.weight"].astype(float)
    assert norms == [pytest.approx(math.sqrt((final**2).sum()), rel=1e-8)] * 6


def test_checkpoints_of_the_future_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 1})
    assert load_checkpoint(path)["step"] == 1
    torch.save({"version": 99}, path)
    with pytest.raises(SchemaTooNew, match="version 99"):
        load_checkpoint(path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(RunIncomplete, match="is damaged: its list of contents is not as"):
        load_checkpoint(path)
    torch.save({"version": 1, "thing": nn.Linear(1, 1)}, path)
    with pytest.raises(RunIncomplete, match="cannot be read"):
        load_checkpoint(path)
