"""A part of ``runs.py``: how long after a record was written a viewer has it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _side_by_side import ROOT

from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.launch.worker_process import LOOK_SECONDS
from paramdyn_tui.watching.following import Following

RECORDS = 400
PACE = 0.0173  # seconds between two records; no multiple of it is the viewer's pause

WRITER = """
import sys, time
from pathlib import Path
from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter

layout, count, pace = Layout(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
with RecordWriter(layout.metrics) as metrics:
    for step in range(1, count + 1):
        time.sleep(pace)
        metrics.append({"step": step, "train/loss": 1.0 / step, "written": time.monotonic()})
"""


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Follow a process that writes records, with the viewer's own reading and pauses.

    Both processes read one clock. A viewer pauses between two looks, so a delay is anything from
    nothing to that pause and the time of a look.

    Returns:
        For ``report``: the 95th percentile of the delays of each round.
    """
    delays = [_delays(folder / str(number)) for number in range(rounds)]
    return {
        "figures": {
            "p95 delay": [_quantile(each, 0.95) for each in delays],
            "median delay": [_quantile(each, 0.5) for each in delays],
            "largest delay": [max(each) for each in delays],
        },
        "ratios": {"p95 / pause": [_quantile(each, 0.95) / LOOK_SECONDS for each in delays]},
        "target": "a record is visible to a follower <= 0.3 s (p95)",
        "records": RECORDS,
        "pause_s": LOOK_SECONDS,
    }


def _delays(runs: Path) -> list[float]:
    folder = RunFolder.create(runs, "followed", "")
    write_state(folder.layout, RunState(status="running"))
    path = os.pathsep.join([str(ROOT / "engine"), str(ROOT)])
    command = [sys.executable, "-c", WRITER, str(folder.path), str(RECORDS), str(PACE)]
    following = Following(folder)
    delays: list[float] = []
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}) as writer:
        ended = False
        while not ended:
            ended = writer.poll() is not None
            for record in following.look():
                delays.append(time.monotonic() - record["written"])  # noqa: PERF401 - each anew
            time.sleep(LOOK_SECONDS)
    if writer.returncode or len(delays) != RECORDS:
        raise RuntimeError(f"{len(delays)} of {RECORDS} records came, exit {writer.returncode}")
    return delays


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
