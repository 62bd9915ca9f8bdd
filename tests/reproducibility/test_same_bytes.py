"""Same spec, same bytes; stopped and resumed, same bytes; recorded or not, same training."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from paramdyn.errors import BadRequest, RunBusy, RunIncomplete
from paramdyn.measurements.kernels import kernel_name
from paramdyn.native import native_library
from paramdyn.specs import (
    ModelSpec,
    OptimizerSpec,
    RecordingSpec,
    ScheduleSpec,
)
from paramdyn.specs.reader import read_spec
from paramdyn.store.manifest import read_manifest
from paramdyn.store.records import read
from paramdyn.store.snapshots import read_snapshot
from paramdyn.store.state import read_state
from paramdyn.training.run import resume_run, train_run

COMPARED = ("spec.toml", "metrics.jsonl", "drift.jsonl", "events.jsonl")


FORGETFUL = """
from torch import nn

def make(num_classes=10):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout2d(0.3),
        nn.Conv2d(8, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(8 * 7 * 7, num_classes),
    )
"""


@pytest.fixture(autouse=True)
def _own_model(tmp_path, monkeypatch):
    """A small network whose passes draw numbers and change buffers."""
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("forgetful", None)


@pytest.fixture
def run(runs_dir, tmp_path):
    """Run a spec in this process; stop it after so many batches if asked."""

    def start(spec, *, stop_after=None):
        batches = iter(range(1, 10**9))
        return train_run(
            spec,
            runs=runs_dir,
            data_folder=tmp_path,
            should_stop=lambda: stop_after is not None and next(batches) >= stop_after,
        )

    return start


@pytest.fixture
def resume(tmp_path):
    def go_on(folder, *, stop_after=None):
        batches = iter(range(1, 10**9))
        resume_run(
            folder,
            data_folder=tmp_path,
            should_stop=lambda: stop_after is not None and next(batches) >= stop_after,
        )

    return go_on


def contents(folder):
    files = [folder.path / name for name in COMPARED]
    files += sorted(folder.layout.snapshots.glob("*"))
    return {file.name: file.read_bytes() for file in files}


def check_equal(first, second):
    one, other = contents(first), contents(second)
    assert list(one) == list(other)
    for name, content in one.items():
        assert content == other[name], name


def variants(tiny_spec):
    """Runs that exercise every state a checkpoint must hold."""
    snapshots = RecordingSpec(when="every:3", snapshots=("init", "every:1", "final"))
    return {
        "lenet": replace(tiny_spec, recording=snapshots),
        "every step": replace(tiny_spec, recording=replace(snapshots, when="every:1")),
        "auto": replace(tiny_spec, recording=RecordingSpec(when="auto")),
        "adam, cosine, warm-up": replace(
            tiny_spec,
            optimizer=OptimizerSpec(name="adam", weight_decay=1e-3),
            schedule=ScheduleSpec(name="cosine", warmup_epochs=0.5),
        ),
        "validation, augmented": replace(
            tiny_spec,
            dataset=replace(
                tiny_spec.dataset,
                validation=0.25,
                augmentation=("flip", "crop"),
                normalization="dataset",
            ),
        ),
        "dropout and batch norm": replace(
            tiny_spec,
            model=ModelSpec(name="forgetful:make"),
            dataset=replace(tiny_spec.dataset, train_limit=64, test_limit=16),
            training=replace(tiny_spec.training, batch_size=16, max_steps=7),
            recording=RecordingSpec(when="every:2", snapshots=("final",)),
        ),
        "RMSprop, steps of the rate": replace(
            tiny_spec,
            optimizer=OptimizerSpec(name="RMSprop", learning_rate=1e-4),
            schedule=ScheduleSpec(name="step", options={"every_epochs": 1.0, "gamma": 0.5}),
        ),
    }


VARIANTS = [
    "lenet", "every step", "auto", "adam, cosine, warm-up", "validation, augmented",
    "dropout and batch norm", "RMSprop, steps of the rate",
]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_stopped_and_resumed_equals_never_stopped(variant, tiny_spec, run, resume):
    spec = variants(tiny_spec)[variant]
    whole = run(spec)
    again = run(spec)
    check_equal(whole, again)
    for stop_after in (1, 5):
        cut = run(spec, stop_after=stop_after)
        assert read_state(cut.layout).status == "stopped"
        resume(cut, stop_after=1)
        resume(cut)
        assert read_state(cut.layout).status == "finished"
        check_equal(whole, cut)
        assert not cut.layout.checkpoint.exists()


def test_killed_after_a_checkpoint_equals_never_stopped(tiny_spec, run, resume):
    """A kill leaves records after the checkpoint, and half a line: both are made again."""
    spec = variants(tiny_spec)["lenet"]
    whole = run(spec)
    cut = run(spec, stop_after=7)
    for name in ("metrics.jsonl", "drift.jsonl", "events.jsonl"):
        with (cut.path / name).open("ab") as file:
            file.write(b'{"step":8,"measurement":"displacement","total":1.0}\n{"step":9,"mea')
    resume(cut)
    check_equal(whole, cut)


def test_the_folder_s_own_spec_runs_again(tiny_spec, run):
    first = run(tiny_spec)
    second = run(read_spec(first.layout.spec))
    assert second.name == first.name + "-2"
    check_equal(first, second)


def test_recording_changes_no_bit_of_training(tiny_spec, run):
    """Nothing, everything at every step, everything rarely: the same final network."""
    finals = []
    for recording in (
        RecordingSpec(when="none", what=()),
        RecordingSpec(when="every:1"),
        RecordingSpec(when="log:3"),
    ):
        folder = run(replace(tiny_spec, recording=recording))
        finals.append(read_snapshot(folder.layout.snapshot(20))[0])
    for other in finals[1:]:
        assert all(finals[0][name].tobytes() == other[name].tobytes() for name in finals[0])


@pytest.mark.skipif(native_library.find_compiler() is None, reason="no C compiler")
def test_both_kernels_record_the_same(tiny_spec, run, monkeypatch):
    spec = replace(tiny_spec, recording=RecordingSpec(when="every:1"))
    assert kernel_name(torch.device("cpu")) == "native"
    native = run(spec)
    monkeypatch.setattr(native_library, "load", lambda: None)
    blocked = run(spec)
    one, other = ((f.path / "drift.jsonl").read_text().splitlines() for f in (native, blocked))
    assert len(one) == len(other) > 200
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    assert len(differing) <= len(one) // 50  # float64 rounding rarely reaches the ninth digit


def test_threads_are_part_of_a_run_but_each_repeats_itself(tiny_spec, run):
    spec = replace(tiny_spec, training=replace(tiny_spec.training, threads=2, max_steps=4))
    check_equal(run(spec), run(spec))


def test_k36_a_twin_is_bit_equal_and_another_order_is_not(tiny_spec, run):
    folder, twin = run(tiny_spec), run(tiny_spec)
    other = run(replace(tiny_spec, seeds=replace(tiny_spec.seeds, order=1)))
    values = [
        read_snapshot(f.layout.snapshot(20))[0]["conv1.weight"] for f in (folder, twin, other)
    ]
    assert values[0].tobytes() == values[1].tobytes() != values[2].tobytes()
    starts = {read_manifest(f.layout).initial_sha256 for f in (folder, other)}
    assert len(starts) == 1


def test_a_changed_start_is_not_resumed(tiny_spec, run, resume):
    cut = run(tiny_spec, stop_after=3)
    text = cut.layout.spec.read_text()
    assert "seed = 0" in text
    cut.layout.spec.write_text(text.replace("seed = 0", "seed = 1", 1))
    with pytest.raises(RunIncomplete, match="cannot be made again"):
        resume(cut)


def test_a_finished_run_is_not_resumed(tiny_spec, run, resume):
    with pytest.raises(BadRequest, match="has finished"):
        resume(run(tiny_spec))


def test_a_run_in_progress_has_one_writer(tiny_spec, run, resume):
    cut = run(tiny_spec, stop_after=3)
    with cut.lock(), pytest.raises(RunBusy, match="is writing this run"):
        resume(cut)


def test_final_means_the_last_epoch_and_best_is_another_file(tiny_spec, run):
    """K40: what is measured over time ends at the last step, never at the best one."""
    spec = replace(
        tiny_spec,
        dataset=replace(tiny_spec.dataset, validation=0.25),
        training=replace(tiny_spec.training, epochs=4, max_steps=0),
        optimizer=OptimizerSpec(learning_rate=0.5),
    )
    folder = run(spec)
    final, metadata = read_snapshot(folder.layout.snapshot(24))
    best, best_metadata = read_snapshot(folder.layout.best_snapshot)
    assert (metadata["name"], best_metadata["name"]) == ("final", "best")
    lines = [line for line in read(folder.layout.drift)[0] if line["step"] == 24]
    recorded = next(line["total"] for line in lines if line["measurement"] == "weight_norm")
    norm = lambda arrays: np.sqrt(sum((a.astype(np.float64) ** 2).sum() for a in arrays.values()))  # noqa: E731
    assert norm(final) == pytest.approx(recorded, rel=1e-8)
    if best_metadata["step"] != "24":
        assert norm(best) != pytest.approx(recorded, rel=1e-8)
