"""A part of ``runs.py``: what ``paramdyn plot`` costs for a long run, process start included."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _side_by_side import ROOT, take_turns

from paramdyn.store.columns import read_columns
from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import RecordWriter, encode_measurement
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state

STEPS, STEPS_PER_EPOCH, DRIFT_STEPS, MANY, SHORT = 100_000, 469, 2_000, 10, 10_000
LENET = {
    f"{layer}.{kind}": size
    for layer, sizes in {"conv1": (450, 6), "conv2": (2400, 16), "fc1": (48000, 120),
                         "fc2": (10080, 84), "fc3": (840, 10)}.items()
    for kind, size in zip(("weight", "bias"), sizes, strict=True)
}  # fmt: skip
MEASUREMENTS = (
    "weight_norm", "displacement", "relative_displacement", "update_norm", "update_ratio",
    "path_length", "straightness", "direction_change", "sign_changes", "changed_share",
    "gradient_norm",
)  # fmt: skip
PICTURES = {
    "plot, 100,000 records": (1, ()),
    "plot, smooth, log": (1, ("--smooth", "0.9", "--log-y", "--what", "curves")),
    "plot, drift alone": (1, ("--what", "drift")),
    "plot, 10 x 10,000 records": (MANY, ()),
    "plot, band of 10 x 10,000": (MANY, ("--band",)),
}
"""What is timed: how many runs, and the options."""


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Write runs below ``folder`` and time pictures of them, at least five rounds.

    Returns:
        ``figures``: variant -> seconds of each round, fresh processes and reading alone; and
        ``ratios``, paired: reading by ``json.loads`` over reading by columns. For ``report``.
    """
    rounds = max(rounds, 5)
    long = write_run(folder / "long", "long-s0", STEPS, drift_steps=DRIFT_STEPS)
    short = [
        write_run(folder / "short", f"short-s{seed}", SHORT, seed=seed) for seed in range(MANY)
    ]
    variants: dict[str, Callable[[], float]] = {
        name: _process([long] if runs == 1 else short, options)
        for name, (runs, options) in PICTURES.items()
    }
    variants["bare interpreter"] = _seconds([sys.executable, "-c", "pass"])
    metrics = long / "metrics.jsonl"
    variants["read_columns"] = _timed(lambda: read_columns(metrics))
    variants["json.loads of each line"] = _timed(lambda: _with_json(metrics))
    figures = take_turns(variants, rounds=rounds)
    pairs = zip(figures["json.loads of each line"], figures["read_columns"], strict=True)
    return {
        "figures": figures,
        "ratios": {"json.loads / read_columns": [theirs / ours for theirs, ours in pairs]},
        "target": "plot of 100,000 records <= 1 s, process start included; read_columns <= 0.3 s",
        "bytes": {path.name: path.stat().st_size for path in long.iterdir() if path.is_file()},
    }


def write_run(runs: Path, name: str, steps: int, *, seed: int = 0, drift_steps: int = 0) -> Path:
    """Write a run of a LeNet as a worker leaves it, every step recorded; return its folder."""
    draw = random.Random(seed).random
    folder = RunFolder.create(runs, name, f"seed = {seed}\n")
    layout = folder.layout
    with RecordWriter(layout.metrics) as metrics, RecordWriter(layout.timing) as timing:
        metrics.append_all(_record(step, draw) for step in range(1, steps + 1))
        timing.append_all(
            {"step": step, "time": step / 900, "images_per_s": 115_200.0}
            for step in range(200, steps + 1, 200)
        )
    with RecordWriter(layout.drift) as drift:
        for step in range(1, drift_steps + 1):
            drift.append_lines(
                encode_measurement(step, measurement, draw(), [draw() for _ in LENET])
                for measurement in MEASUREMENTS
            )
    table = tuple(
        ParameterInfo(name, (count,), count, name.partition(".")[0], "other", True)
        for name, count in LENET.items()
    )
    write_manifest(layout, Manifest(
        id=name, created="2026-01-01T00:00:00+00:00", paramdyn="0", versions={}, git=None,
        host="h", boot_id="", pid=0, process_start=0.0, device="cpu", device_name="", threads=1,
        precision="fp32", kernel="torch", parent=None, dataset={"classes": list("0123456789")},
        steps_per_epoch=STEPS_PER_EPOCH, total_steps=steps, record_steps=steps, parameters=table,
        buffers=(), initial_sha256="",
    ))  # fmt: skip
    summary = {"model": "lenet", "seed": seed, "spec": {"seed": seed}}
    write_state(layout, RunState(
        status="finished", step=steps, total_steps=steps, epoch=steps / STEPS_PER_EPOCH,
        summary=summary,
    ))  # fmt: skip
    return folder.path


def _record(step: int, draw: Callable[[], float]) -> dict[str, Any]:
    record = {
        "step": step, "epoch": step / STEPS_PER_EPOCH, "learning_rate": 0.005,
        "train/loss": 2.3 / (1 + step / 5000) + 0.1 * draw(),
        "train/accuracy": int(128 * draw()) / 128,
    }  # fmt: skip
    if step % STEPS_PER_EPOCH == 0:
        names = ("train/epoch_", "validation/", "test/")
        record |= {f"{name}{what}": draw() for name in names for what in ("loss", "accuracy")}
    return record


def _process(runs: list[Path], options: tuple[str, ...]) -> Callable[[], float]:
    named = ["plot", *map(str, runs), *options, "--width", "120", "--height", "36"]
    return _seconds([sys.executable, "-m", "paramdyn_tui", *named])


def _seconds(command: list[str]) -> Callable[[], float]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT)]),
        "FORCE_COLOR": "1",
    }
    return _timed(lambda: subprocess.run(command, env=environment, capture_output=True, check=True))


def _timed(call: Callable[[], object]) -> Callable[[], float]:
    def measured() -> float:
        started = time.perf_counter()
        call()
        return time.perf_counter() - started

    return measured


def _with_json(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return [json.loads(line) for line in file]
