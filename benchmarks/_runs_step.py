"""A part of ``runs.py``: how long after a training step ended a viewer has its record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _side_by_side import ROOT

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch.worker_process import LOOK_SECONDS
from paramdyn_tui.watching.following import Following

PACES = {"as fast as it goes": (0.0, 2000), "steps of 40 ms": (0.04, 150)}
"""Seconds that each step is made to take longer, and how many steps."""

WORKER = """
import json, sys, time
from pathlib import Path
from paramdyn.specs import DatasetSpec, RecordingSpec, RunSpec, TrainingSpec
from paramdyn.training import loop, run

runs, pace, steps = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
ends = []
train_batch = loop.TrainingLoop.train_batch

def stamped(self, index):
    time.sleep(pace)
    train_batch(self, index)
    ends.append(time.monotonic())

loop.TrainingLoop.train_batch = stamped
spec = RunSpec(
    dataset=DatasetSpec(name="digits", train_limit=1000, test_limit=100),
    training=TrainingSpec(epochs=1000, max_steps=steps, batch_size=20, device="cpu", threads=1),
    recording=RecordingSpec(when="every:1"),
)
run.train_run(
    spec, runs=runs, data_folder=runs,
    on_start=lambda folder: print(folder.path, flush=True),
)
print(json.dumps(ends), flush=True)
"""


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Follow a real run of LeNet, recorded at each step, with the viewer's reading and pauses.

    Both processes read one clock. What lies between is all that a user waits for: the record's way
    from the device, its line, the write, the viewer's pause and its look.

    Returns:
        For ``report``: the 95th percentile of the delays of each round.
    """
    figures: dict[str, list[float]] = {}
    for name, (pace, steps) in PACES.items():
        delays = [_delays(folder / f"{name}-{k}", pace, steps) for k in range(rounds)]
        figures |= {
            f"{name}: p95": [_quantile(each, 0.95) for each in delays],
            f"{name}: median": [_quantile(each, 0.5) for each in delays],
            f"{name}: largest": [max(each) for each in delays],
        }
    return {
        "figures": figures,
        "ratios": {
            f"{name}: p95 / pause": [p95 / LOOK_SECONDS for p95 in figures[f"{name}: p95"]]
            for name in PACES
        },
        "target": "a step is visible to a follower <= 0.3 s after it ended (p95)",
        "pause_s": LOOK_SECONDS,
    }


def _delays(runs: Path, pace: float, steps: int) -> list[float]:
    path = os.pathsep.join([str(ROOT / "engine"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WORKER, str(runs), str(pace), str(steps)]
    seen: dict[int, float] = {}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        following = Following(RunFolder(Path(worker.stdout.readline().strip())))
        while len(seen) < steps and worker.poll() is None:
            for record in following.look():
                if "train/loss" in record:
                    seen.setdefault(record["step"], time.monotonic())
            time.sleep(LOOK_SECONDS)
        ends = json.loads(worker.stdout.readline() or "[]")
    if worker.returncode or len(ends) != steps:
        raise RuntimeError(f"{len(ends)} of {steps} steps, exit {worker.returncode}")
    # Those that the end of the run overtook were never looked for.
    return [seen[step] - ended for step, ended in enumerate(ends, 1) if step in seen]


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
