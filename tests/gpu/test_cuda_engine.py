"""The engine on CUDA: the same start and order as on the CPU, no waiting, the same bytes again."""

from dataclasses import replace

import pytest
import torch

from paramdyn.measurements.kernels import open_drift_pass
from paramdyn.parameters import FlatParameters
from paramdyn.specs import ModelSpec, OptimizerSpec, RecordingSpec
from paramdyn.store.manifest import read_manifest
from paramdyn.store.records import read
from paramdyn.store.snapshots import read_snapshot
from paramdyn.training.prepare import prepare
from paramdyn.training.run import resume_run, train_run

pytestmark = pytest.mark.gpu


def on(spec, device, **training):
    return replace(spec, training=replace(spec.training, device=device, **training))


@pytest.fixture
def run(runs_dir, tmp_path):
    def start(spec, *, stop_after=None):
        batches = iter(range(1, 10**9))
        return train_run(
            spec,
            runs=runs_dir,
            data_folder=tmp_path,
            should_stop=lambda: stop_after is not None and next(batches) >= stop_after,
        )

    return start


def files_of(folder):
    names = ("metrics.jsonl", "drift.jsonl", "events.jsonl")
    snapshots = sorted(folder.layout.snapshots.glob("*"))
    return [(folder.path / name).read_bytes() for name in names] + [
        path.read_bytes() for path in snapshots
    ]


def test_start_and_order_are_those_of_the_cpu(tiny_spec, tmp_path):
    runs = [
        prepare(on(tiny_spec, device), runs=tmp_path, data_folder=tmp_path)
        for device in ("cpu", "cuda")
    ]
    assert runs[0].initial_hash == runs[1].initial_hash
    for run in runs:
        run.batches.start_epoch(1)
    for index in range(runs[0].batches.steps_per_epoch):
        (images, labels), (there, there_labels) = (run.batches.get(index) for run in runs)
        assert torch.equal(images, there.cpu())
        assert torch.equal(labels, there_labels.cpu())


def test_the_same_spec_gives_the_same_bytes_and_recording_none(tiny_spec, run):
    spec = on(tiny_spec, "cuda")
    first = run(spec)
    assert files_of(first) == files_of(run(spec))
    silent = run(replace(spec, recording=RecordingSpec(when="none", what=())))
    one, other = (read_snapshot(f.layout.snapshot(20))[0] for f in (first, silent))
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_resumed_equals_uninterrupted(tiny_spec, run, tmp_path):
    spec = on(replace(tiny_spec, optimizer=OptimizerSpec(name="adam")), "cuda")
    whole, cut = run(spec), run(spec, stop_after=7)
    resume_run(cut, data_folder=tmp_path)
    assert files_of(whole) == files_of(cut)


def test_training_agrees_with_the_cpu_to_rounding(tiny_spec, run):
    here, there = (run(on(tiny_spec, device)) for device in ("cpu", "cuda"))
    totals = [
        [r["total"] for r in read(f.layout.drift)[0] if r["measurement"] == "displacement"]
        for f in (here, there)
    ]
    assert totals[0] == pytest.approx(totals[1], rel=1e-3)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_lower_precision_keeps_float32_masters(tiny_spec, run, precision):
    folder = run(on(tiny_spec, "cuda", precision=precision))
    assert read_manifest(folder.layout).precision == precision
    assert {a.dtype.name for a in read_snapshot(folder.layout.snapshot(20))[0].values()} == {
        "float32"
    }


def test_the_dead_set_of_resnet18_stays_bit_identical(tiny_spec, run):
    """6,946,816 scalars, in every precision: an algorithm that leaks into them fails here."""
    for precision in ("fp32", "tf32", "bf16"):
        spec = on(replace(tiny_spec, model=ModelSpec(name="resnet18")), "cuda", precision=precision)
        folder = run(spec)
        classes = [r for r in read(folder.layout.drift)[0] if r["measurement"] == "classes"]
        assert classes[-1]["total"]["structural"] == 6_946_816


def test_a_recorded_step_does_not_wait_for_the_device():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.Flatten(), torch.nn.LazyLinear(5)
    )
    model(torch.zeros(1, 3, 8, 8))
    flat = FlatParameters(model.cuda())
    drift = open_drift_pass(flat, flat.values.clone(), flat.shards(split=True))
    gradients = [torch.randn_like(p) for p in flat.parameters]
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        drift.open(chord_from_last=True, keep_last=True)
        for k, shard in enumerate(drift.shards):
            drift.before(k)
            drift.after(k, [gradients[piece.parameter] for piece in shard.pieces])
        sums = drift.close()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert sums.shape[0] == len(flat.table)
