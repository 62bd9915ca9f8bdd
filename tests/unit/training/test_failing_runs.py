"""Failures on the way: none is silent, none is called by another's name, none hangs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.catalogues import MODELS
from paramdyn.errors import OutOfMemory, StoreError
from paramdyn.models import build_model
from paramdyn.parameters import FlatParameters
from paramdyn.recording import recorder
from paramdyn.specs import InitializerSpec, OptimizerSpec, RecordingSpec, ScheduleSpec
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.store.records import read
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.snapshots import read_snapshot
from paramdyn.store.state import read_state
from paramdyn.training import prepare as preparing
from paramdyn.training import run_files, snapshots
from paramdyn.training.run import resume_run, train_run
from paramdyn.training.snapshots import SnapshotKeeper


@pytest.fixture
def keeper():
    keeper = SnapshotKeeper(FlatParameters(nn.Linear(3, 2)))
    yield keeper
    keeper.close()


def test_snapshots_keep_the_values_of_their_moment(keeper, tmp_path):
    for step in range(5):
        keeper.settle()
        keeper._flat.values.fill_(step)
        keeper.keep(tmp_path / str(step), {"step": str(step)})
    keeper.wait()
    for step in range(5):
        arrays, metadata = read_snapshot(tmp_path / str(step))
        assert metadata["step"] == str(step)
        assert np.unique(arrays["weight"]).tolist() == [step]


@pytest.mark.parametrize("error", [StoreError, TypeError])
def test_a_snapshot_that_fails_is_said_whatever_failed(keeper, tmp_path, monkeypatch, error):
    def fail(*_):
        raise error("no")

    monkeypatch.setattr(snapshots, "write_snapshot", fail)
    keeper.keep(tmp_path / "a", {})
    with pytest.raises(error, match="no"):
        keeper.wait()
    keeper.wait()  # said once; nothing hangs


def test_a_failed_snapshot_fails_the_run(tiny_spec, runs_dir, tmp_path, monkeypatch):
    def fail(*_):
        raise StoreError("disk full")

    monkeypatch.setattr(snapshots, "write_snapshot", fail)
    with pytest.raises(StoreError, match="disk full"):
        train_run(tiny_spec, runs=runs_dir, data_folder=tmp_path)
    folder = RunFolder.open(next(runs_dir.iterdir()))
    assert (read_state(folder.layout).status, read_state(folder.layout).reason) == (
        "failed",
        "disk full",
    )
    with folder.lock():
        assert folder.layout.lock.exists()


def test_record_files_that_cannot_be_opened_fail_the_run(
    tiny_spec, runs_dir, tmp_path, monkeypatch
):
    def refuse(_):
        raise StoreError("read-only")

    monkeypatch.setattr(run_files, "RecordWriter", refuse)
    with pytest.raises(StoreError, match="read-only"):
        train_run(tiny_spec, runs=runs_dir, data_folder=tmp_path)
    assert read_state(RunFolder.open(next(runs_dir.iterdir())).layout).status == "failed"


class Broken(nn.Module):
    message = ""

    def __init__(self, num_classes):
        super().__init__()
        self.head = nn.Linear(3, num_classes)

    def forward(self, images):
        if self.training and not images.is_meta:
            raise RuntimeError(self.message)
        return self.head(images.mean((2, 3)))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("CUDA error: an illegal memory access was encountered", "RuntimeError"),
        ("unsupported memory format option ChannelsLast", "RuntimeError"),
        (
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes",
            "OutOfMemory",
        ),
        ("MPS backend out of memory", "OutOfMemory"),
        ("cuBLAS: CUBLAS_STATUS_ALLOC_FAILED", "OutOfMemory"),
    ],
)
def test_only_allocators_run_out_of_memory(
    tiny_spec, runs_dir, tmp_path, monkeypatch, message, kind
):
    monkeypatch.setitem(MODELS._objects, "lenet", Broken)
    monkeypatch.setattr(Broken, "message", message)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its kind is what is tested
        train_run(tiny_spec, runs=runs_dir, data_folder=tmp_path)
    assert caught.type.__name__ == kind


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        (
            "synthetic",
            {"train": 256, "test": 64},
            "dataset.options.train (now 256), dataset.options.test (now",
        ),
        ("digits", {}, "dataset.train_limit (now all images), dataset.test_limit (now all images)"),
    ],
)
def test_no_batch_size_helps_where_images_do_not_fit(
    tiny_spec, runs_dir, tmp_path, monkeypatch, name, options, words
):
    def load_dataset(*_args, **_keywords):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(preparing, "load_dataset", load_dataset)
    spec = replace(tiny_spec, dataset=replace(tiny_spec.dataset, name=name, options=options))
    with pytest.raises(OutOfMemory) as caught:
        train_run(spec, runs=runs_dir, data_folder=tmp_path)
    text = str(caught.value)
    assert words in text
    assert "dataset.image_size (now 32)" in text
    assert "batch_size" not in text


def test_an_infinite_perturbation_is_not_blamed_on_the_learning_rate(tiny_spec, runs_dir, tmp_path):
    spec = replace(tiny_spec, perturbations=(parse_perturbation("distort:1e300"),))
    folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    state = read_state(folder.layout)
    assert "diverged" == state.status
    assert "The perturbation distort:1e+300 made values of the start infinite" in state.reason
    assert "learning_rate" not in state.reason


def test_weights_that_are_not_finite_are_the_reason(tiny_spec, runs_dir, tmp_path):
    net = build_model(tiny_spec.model, num_classes=10, image_size=32)
    state = net.state_dict()
    state["fc1.bias"][:2] = torch.tensor([torch.nan, torch.inf])
    torch.save(state, tmp_path / "odd.pt")
    weights = InitializerSpec(name="weights", weights=str(tmp_path / "odd.pt"))
    folder = train_run(replace(tiny_spec, initializer=weights), runs=runs_dir, data_folder=tmp_path)
    state = read_state(folder.layout)
    assert "diverged" == state.status
    assert "2 values of the start are infinite or NaN (initializer weights)" in state.reason
    assert "learning_rate" not in state.reason


def test_parameters_that_end_as_nan_are_divergence(tiny_spec, runs_dir, tmp_path, monkeypatch):
    """The last loss is finite; the update after it is not."""

    class Overflowing(nn.Module):
        def __init__(self, num_classes):
            super().__init__()
            self.head = nn.Linear(3, num_classes)

        def forward(self, images):
            return self.head(images.mean((2, 3)))

    monkeypatch.setitem(MODELS._objects, "lenet", Overflowing)
    spec = replace(
        tiny_spec,
        optimizer=OptimizerSpec(learning_rate=3e38, options={"momentum": 0.0}, weight_decay=1e20),
        training=replace(tiny_spec.training, max_steps=1),
    )
    folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    assert read_state(folder.layout).status == "diverged"


def test_a_diverged_run_repeats_itself_however_late_it_is_noticed(
    tiny_spec, runs_dir, tmp_path, monkeypatch
):
    spec = replace(
        tiny_spec,
        optimizer=OptimizerSpec(learning_rate=1e20),
        schedule=ScheduleSpec(name="step", options={"every_epochs": 0.25, "gamma": 0.9}),
        recording=RecordingSpec(when="every:1"),
    )
    events = []
    for seconds in (0.0, 1000.0):
        monkeypatch.setattr(recorder, "FLUSH_SECONDS", seconds)
        monkeypatch.setattr(recorder, "FLUSH_SHARE", 0.0)
        folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
        assert read_state(folder.layout).status == "diverged"
        events.append(read(folder.layout.events)[0])
    assert events[0] == events[1]


class Counting(nn.Module):
    """Its buffer is not persistent, and the loss depends on it."""

    def __init__(self, num_classes):
        super().__init__()
        self.head = nn.Linear(3, num_classes)
        self.register_buffer("passes", torch.zeros(()), persistent=False)

    def forward(self, images):
        if self.training:
            self.passes += 1
        return self.head(images.mean((2, 3))) * self.passes


def test_buffers_that_are_not_persistent_are_resumed(tiny_spec, runs_dir, tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS._objects, "lenet", Counting)
    finals = []
    for stop_after in (0, 7):
        steps = iter(range(1, 100))
        folder = train_run(
            tiny_spec,
            runs=runs_dir,
            data_folder=tmp_path,
            should_stop=lambda last=stop_after, steps=steps: next(steps) == last,
        )
        if stop_after:
            resume_run(folder, data_folder=tmp_path)
        finals.append(read_snapshot(folder.layout.snapshot(20))[0]["head.weight"].tobytes())
    assert finals[0] == finals[1]
