"""A part of ``runs.py``: what writing a hundred metric records a second takes from training."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from _engine import Engine, spec_for

RECORDS = 400
PACE = 0.01  # seconds a step: a hundred records a second


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Record the loss and accuracy of steps that take 10 ms each, files written as in a run.

    A step is stood in for by matrix products, so that caches are as cold as training leaves them.
    An epoch has 300 of them: a record that ends one waits for its scores, and costs more. Drift is
    not recorded: its cost is C3's.

    Returns:
        For ``report``: the recorder's share of the time, and its seconds a record.
    """
    spec = spec_for("lenet", optimizer="sgd", batch=128, images=38_400, every=1)
    spec = replace(spec, recording=replace(spec.recording, what=()))
    engine = Engine(spec, folder)
    shares = [_share(engine, first=number * RECORDS) for number in range(rounds + 1)][1:]
    engine.close()
    return {
        "figures": {"a record": [share * PACE for share in shares]},
        "ratios": {"share of the time": shares},
        "target": "logging costs <= 0.5 % of a step at 100 records/s",
        "records": RECORDS,
    }


def _share(engine: Engine, *, first: int) -> float:
    """Return which part of the time ``RECORDS`` records took, the last ones' writing included."""
    recorder = engine.recorder
    loss, hits = torch.tensor(2.3), torch.tensor(13)
    work = torch.rand(256, 256)
    spent = 0.0
    began = time.perf_counter()
    for step in range(first + 1, first + RECORDS + 1):
        while time.perf_counter() - began < (step - first) * PACE:
            work = (work @ work).clamp_(0, 1)
        started = time.perf_counter()
        recorder.open(step)
        recorder.close(
            step, loss=loss, hits=hits, images=128, rate=0.005, spent=(128 * step, started)
        )
        spent += time.perf_counter() - started
    started = time.perf_counter()
    recorder.flush(wait=True)
    spent += time.perf_counter() - started
    return spent / (RECORDS * PACE)
