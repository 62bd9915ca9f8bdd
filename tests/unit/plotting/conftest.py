"""Run folders written by hand, as a worker would leave them."""

import json

import pytest

from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import encode
from paramdyn.store.run_folder import RunFolder


def table_of(names):
    return tuple(
        ParameterInfo(name, (count,), count, name.rpartition(".")[0], "other", True)
        for name, count in names.items()
    )


SIZES = {"conv1": (450, 6), "conv2": (2400, 16), "fc1": (48000, 120), "fc2": (10080, 84),
         "fc3": (840, 10)}  # fmt: skip
LENET = {
    f"{layer}.{kind}": size
    for layer, sizes in SIZES.items()
    for kind, size in zip(("weight", "bias"), sizes, strict=True)
}


@pytest.fixture
def parameters():
    """Make a parameter table from names and counts; LeNet's by default."""
    return lambda names=None: table_of(names or LENET)


@pytest.fixture
def write_run(tmp_path):
    """Write a run folder from lists of records and return it; None leaves a file out."""

    def write(*, name="lenet-s0", metrics=None, drift=None, events=None, timing=None, names=None):
        folder = RunFolder.create(tmp_path / "runs", name, "# a spec\n")
        files = {"metrics": metrics, "drift": drift, "events": events, "timing": timing}
        for file, records in files.items():
            if records is not None:
                path = getattr(folder.layout, file)
                path.write_bytes(b"".join(encode(record) for record in records))
        write_manifest(folder.layout, manifest(folder.name, table_of(names or LENET)))
        state = {"schema_version": 1, "status": "finished", "epoch": 2.0, "step": 20}
        folder.layout.state.write_text(json.dumps(state | {"total_steps": 20}))
        return folder

    return write


def manifest(name, table):
    return Manifest(
        id=name, created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={}, git=None, host="h",
        boot_id="", pid=0, process_start=0.0, device="cpu", device_name="a chip", threads=1,
        precision="fp32", kernel="torch", parent=None, dataset={}, steps_per_epoch=10,
        total_steps=20, record_steps=20, parameters=table, buffers=(), initial_sha256="",
    )  # fmt: skip


@pytest.fixture
def metrics():
    """Twenty steps in two epochs of ten."""
    records = []
    for step in range(21):
        record = {"step": step, "epoch": step / 10}
        if step:
            record |= {"train/loss": 2.0 / step, "train/accuracy": step / 20}
        if step % 10 == 0:
            record |= {"test/loss": 2.5 / (step + 1), "test/accuracy": step / 25}
        records.append(record)
    return records


@pytest.fixture
def drift():
    """Three measurements at every step; the first bias starts at zero, so it has no ratio."""
    records = []
    for step in range(21):
        moved = [step * (index + 1) / 200 for index in range(len(LENET))]
        ratios = [None if index == 1 else value for index, value in enumerate(moved)]
        rows = {"weight_norm": [2.0] * 10, "displacement": moved, "relative_displacement": ratios}
        for measurement, values in rows.items():
            total = sum(value**2 for value in values if value is not None) ** 0.5
            record = {"step": step, "measurement": measurement, "total": total, "values": values}
            records.append(record)
    counts = {"changed": [449, 6, 2400, 16, 48000, 120, 10080, 84, 840, 10], "dead": [1] + [0] * 9}
    total = {name: sum(numbers) for name, numbers in counts.items()}
    return [*records, {"step": 20, "measurement": "classes", "total": total, "values": counts}]
