"""A part of ``tui.py``: what a link carries and the machine pays while no key is pressed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from _runs_plot import write_run
from _side_by_side import ROOT
from _tui_terminal import Terminal, application, has_braille, quantile

from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import read_state, write_state

SECONDS, HERTZ = 10.0, 2.0
STEPS, TOTAL = 2_000, 9_380
WRITER = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from _runs_plot import LENET, MEASUREMENTS
from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter, encode_measurement
from paramdyn.store.state import read_state, write_state

layout, step, pace = Layout(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
state = read_state(layout)
with RecordWriter(layout.metrics) as metrics, RecordWriter(layout.drift) as drift:
    while True:
        time.sleep(pace)
        step += 1
        drift.append_lines([encode_measurement(step, name, 0.1 + step / 1e5, [0.1] * len(LENET))
                            for name in MEASUREMENTS])
        metrics.append({"step": step, "epoch": step / 469, "train/loss": 0.3 + step % 10 / 100,
                        "train/accuracy": 0.5, "learning_rate": 0.005})
        print(step, time.monotonic(), flush=True)
        write_state(layout, replace(state, step=step, epoch=step / 469, heartbeat=time.time()))
"""


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Look at a finished run, a silent one and one that records twice a second.

    Returns:
        For ``report``: bytes a second and share of a core over ten seconds of each round; seconds
        from a record to the screen, 95th percentile of each round.
    """
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, value in _round(Path(folder)).items():
            figures.setdefault(name, []).append(value)
    live, silent = (figures[f"bytes/s, {name}"] for name in ("live at 2 Hz", "live and silent"))
    return {
        "figures": figures,
        "ratios": {"silent / live, bytes": [a / b for a, b in zip(silent, live, strict=True)]},
        "target": "finished: 0 bytes/s, <= 0.001 of a core; silent: <= 20 bytes/s, <= 0.003; live "
        "at 2 Hz: <= 1,000 bytes/s, <= 0.02, in tmux too; record to screen p95 <= 0.3 s",
        "seconds": SECONDS,
    }


def _round(folder: Path) -> dict[str, float]:
    runs = folder / f"runs-{time.monotonic_ns()}"
    run = write_run(runs, "link-s0", STEPS, drift_steps=STEPS // 10)
    (run / "spec.toml").write_text("seed = 0\n", encoding="utf-8")
    found: dict[str, float] = {}
    with Terminal(application(str(run)), folder) as terminal:
        _settle(terminal)
        found["bytes/s, finished"], found["core, finished"] = terminal.watch(SECONDS)
    _bring_to_life(run)
    with Terminal(application(str(run)), folder) as terminal:
        _settle(terminal)
        found["bytes/s, live and silent"], found["core, live and silent"] = terminal.watch(SECONDS)
    for place, command in _places(run).items():
        with Terminal(command, folder) as terminal, _writing(run) as writer:
            _settle(terminal)
            sent, core = terminal.watch(SECONDS)
            found[f"bytes/s, live at 2 Hz{place}"] = sent
            if not place:
                found["core, live at 2 Hz"] = core
                found["record to screen, p95"] = quantile(_delays(terminal, writer), 0.95)
    return found


def _settle(terminal: Terminal) -> None:
    terminal.until(has_braille)
    terminal.watch(4.0)


def _places(run: Path) -> dict[str, list[str]]:
    places = {"": application(str(run))}
    if shutil.which("tmux"):
        words = ["tmux", "-L", f"paramdyn-{time.monotonic_ns()}", "-f", "/dev/null", "new-session"]
        ending = [";", "set-option", "-g", "destroy-unattached", "on"]  # with its terminal
        places[", in tmux"] = [*words, *application(str(run)), *ending]
    return places


def _bring_to_life(run: Path) -> None:
    """Make this process the one that works on a run."""
    me, layout = this_process(), Layout(run)
    state = replace(
        read_state(layout), status="running", host=me.host, pid=me.pid, boot_id=me.boot_id,
        process_start=me.process_start, total_steps=TOTAL, started=time.time() - 60,
        heartbeat=time.time() + 3600,
    )  # fmt: skip
    write_state(layout, state)


@contextmanager
def _writing(run: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {"PYTHONPATH": f"{ROOT / 'engine'}:{ROOT}", "PATH": "/usr/bin:/bin"}
    words = [str(run), str(STEPS), str(1 / HERTZ), str(Path(__file__).parent)]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, *words], env=environment, stdout=subprocess.PIPE, text=True
    ) as writer:
        yield writer
        writer.kill()


def _delays(terminal: Terminal, writer: subprocess.Popen[str]) -> list[float]:
    """Return the seconds from some records to the screen: the step stands in the status line."""
    assert writer.stdout is not None
    delays = []
    for _ in range(20):
        step, written = "", 0.0
        while not step or time.monotonic() - written > 0.2:  # those that were written long ago
            step, moment = writer.stdout.readline().split()
            written = float(moment)
        shown = f"{int(step):,}"
        while shown not in terminal.text.replace(" ", ",") and time.monotonic() - written < 5:
            terminal.read(0.01)
        delays.append(time.monotonic() - written)
    return delays
