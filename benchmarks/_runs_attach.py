"""A part of ``runs.py``: how long until ``paramdyn attach`` shows a long run that goes on."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from _runs_plot import DRIFT_STEPS, STEPS, write_run
from _side_by_side import ROOT, take_turns

from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import read_state, write_state

ROWS, COLUMNS = 24, 80
PATIENCE_SECONDS = 20.0


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Attach to a run of 100,000 records in a pseudo-terminal, fresh processes, until a picture.

    The run is this process's own: it counts as alive and does not change.

    Returns:
        For ``report``: seconds from the start of the process to the last byte of the first picture
        (a line with the loss), and what a bare interpreter needs for a line.
    """
    run = write_run(folder, "long-s0", STEPS, drift_steps=DRIFT_STEPS)
    me, layout = this_process(), Layout(run)
    (run / "spec.toml").write_text("seed = 0\n", encoding="utf-8")
    alive = {"pid": me.pid, "process_start": me.process_start, "boot_id": me.boot_id}
    state = replace(read_state(layout), status="running", host=me.host, step=STEPS - 1, **alive)
    write_state(layout, replace(state, heartbeat=time.time(), started=time.time() - 60))
    attach = [sys.executable, "-m", "paramdyn_tui", "attach", str(run)]
    figures = take_turns(
        {
            "first picture": lambda: _until(attach, b"loss"),
            "bare interpreter": lambda: _until([sys.executable, "-c", "print('loss')"], b"loss"),
        },
        rounds=rounds,
    )
    pairs = zip(figures["first picture"], figures["bare interpreter"], strict=True)
    return {
        "figures": figures,
        "ratios": {"attach / bare interpreter": [ours / bare for ours, bare in pairs]},
        "target": "attach shows the first picture <= 0.5 s",
        "records": STEPS,
        "drift_megabytes": round(layout.drift.stat().st_size / 1e6, 1),
    }


def _until(command: list[str], wanted: bytes) -> float:
    """Return the seconds until ``wanted`` came out of the command's terminal."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT)]),
        "TERM": "xterm-256color",
    }
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, environment)
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        return _seen(terminal, wanted, lambda: time.perf_counter() - started)
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(child, 0)


def _seen(terminal: int, wanted: bytes, spent: Callable[[], float]) -> float:
    said = b""
    while wanted not in said and spent() < PATIENCE_SECONDS:
        said += os.read(terminal, 65536)
    if wanted not in said:
        raise RuntimeError(f"no picture came, but {said[-500:]!r}")
    return spent()
