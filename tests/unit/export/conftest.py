"""Run folders whose every value is known."""

import math

import numpy as np
import pytest

from paramdyn.specs import RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.snapshots import write_snapshot
from paramdyn.store.state import RunState, write_state

PARAMETERS = (
    ParameterInfo("conv.weight", (2, 3), 6, "conv", "conv", True),
    ParameterInfo("conv.bias", (2,), 2, "conv", "bias", True),
)
BUFFERS = (ParameterInfo("norm.mean", (2,), 2, "norm", "buffer", False),)
METRICS = [
    {"step": 0, "epoch": 0.0, "test/loss": 2.5, "test/accuracy": 0.125},
    {"step": 1, "epoch": 0.5, "train/loss": math.nan, "learning_rate": 0.005},
    {"step": 2, "epoch": 1.0, "train/loss": math.inf, "test/loss": -math.inf, "test/accuracy": 1.0},
    {"step": 3, "epoch": 1.5, "train/loss": -0.0, "learning_rate": None},
    {"step": 4, "epoch": 2.0, "train/loss": 1.17549435e-38},
]
DRIFT = [
    {"step": 1, "measurement": "displacement", "total": 5.0, "values": [3.0, 4.0]},
    {"step": 1, "measurement": "direction_change", "total": math.nan, "values": [None, -0.0]},
    {"step": 2, "measurement": "displacement", "total": math.inf, "values": [math.inf, 0.1]},
    {"step": 2, "measurement": "classes", "total": {"dead": 3, "changed": 5},
     "values": {"dead": [3, 0], "changed": [3, 2]}},
    {"step": 2, "measurement": "buffer_displacement", "total": 0.25, "values": [0.25]},
]  # fmt: skip
EVENTS = [
    {"step": 0, "event": "perturbation", "text": 'a "quoted", text\nof two lines', "norm": 1e-05},
    {
        "step": 4,
        "event": "snapshot",
        "name": "final",
        "file": "snapshots/step-00000004.safetensors",
    },
    {"step": 4, "event": "finished"},
]
TIMING = [
    {"step": 0, "time": 0.0, "images_per_s": 0.0},
    {"step": 2, "time": 1.0, "images_per_s": 11000.0},
]


@pytest.fixture
def make_run(runs_dir):
    """Return a function that makes a run; other records replace the usual ones."""

    def make(name, *, spec=None, metrics=METRICS, drift=DRIFT, values=1.0, status="finished"):
        folder = RunFolder.create(runs_dir, name, to_toml(spec or RunSpec()))
        layout = folder.layout
        write_manifest(layout, Manifest(
            id=name, created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={"torch": "2"},
            git=None, host="here", boot_id="", pid=0, process_start=0.0, device="cpu",
            device_name="a chip", threads=1, precision="fp32", kernel="torch", parent=None,
            dataset={}, steps_per_epoch=2, total_steps=4, record_steps=4, parameters=PARAMETERS,
            buffers=BUFFERS, initial_sha256="ab"))  # fmt: skip
        write_state(layout, RunState(status=status, step=4, total_steps=4, epoch=2.0))
        for path, records in (
            (layout.metrics, metrics), (layout.drift, drift), (layout.events, EVENTS),
            (layout.timing, TIMING),
        ):  # fmt: skip
            with RecordWriter(path) as writer:
                writer.append_all(records)
        tensors = {
            "conv.weight": np.full((2, 3), values, np.float32),
            "conv.bias": np.array([-values, np.nan], np.float32),
            "norm.mean": np.zeros(2, np.float32),
        }
        write_snapshot(layout.snapshot(4), tensors, {"step": "4", "name": "final"})
        return folder

    return make
