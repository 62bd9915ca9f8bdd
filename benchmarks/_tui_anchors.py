"""A part of ``tui.py``: other viewers of training in a terminal, beside ours.

They are looked for in the folder that ``PARAMDYN_ANCHORS`` names: the ``bin`` of an environment
with ``wandb`` (its viewer LEET) and ``terminalboard`` (0.5.3 needs ``plotext<6``). Each gets as
many steps of twelve metrics in its own format. Without the folder ours is measured alone.
"""

from __future__ import annotations

import math
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from _runs_plot import write_run
from _side_by_side import ratio
from _tui_terminal import Terminal, application, has_braille

VARIABLE = "PARAMDYN_ANCHORS"
LENGTHS = (10_000, 100_000)
METRICS = 12
SECONDS = 6.0
QUIET = {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_ERROR_REPORTING": "false"}
WRITER = """
import math, sys, wandb
steps, folder = int(sys.argv[1]), sys.argv[2]
mute = wandb.Settings(x_disable_stats=True, console="off")
run = wandb.init(dir=folder, project="p", settings=mute)
for step in range(steps):
    run.log({f"m{k}": k + math.exp(-3 * step / steps) for k in range(int(sys.argv[3]))})
run.finish()
"""
Command = tuple[list[str], dict[str, str]]


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Open one run with each viewer, in turns.

    Returns:
        For ``report``: seconds from the start of the process to the first line of a chart, and to
        the last change; after that, while nothing is pressed, bytes a second and the share of a
        core; resident memory of all its processes.
    """
    place = os.environ.get(VARIABLE, "")
    figures: dict[str, list[float]] = {}
    for steps in LENGTHS:
        viewers = _viewers(folder / str(steps), steps, Path(place) if place else None)
        for number in range(rounds):
            for name in sorted(viewers, reverse=bool(number % 2)):
                for what, value in _looked_at(viewers[name], folder).items():
                    figures.setdefault(f"{name}, {steps:,} steps: {what}", []).append(value)
    names = {key.partition(",")[0] for key in figures} - {"paramdyn"}
    whole = "{}, {:,} steps: all of it".format
    return {
        "figures": figures,
        "ratios": {
            f"{name} / paramdyn, all of {steps:,} steps": ratio(
                figures, whole(name, steps), whole("paramdyn", steps)
            )
            for name in sorted(names)
            for steps in LENGTHS
        },
        "target": "none: how others do, beside ours",
        "found": sorted(names) or f"none: {VARIABLE} names no folder with them",
    }


def _viewers(folder: Path, steps: int, place: Path | None) -> dict[str, Command]:
    """Write the run for each viewer that there is; return how to open it."""
    ours = write_run(folder / "runs", "long-s0", steps)
    (ours / "spec.toml").write_text("seed = 0\n", encoding="utf-8")
    found: dict[str, Command] = {"paramdyn": (application(str(ours)), {})}
    if place is not None and (place / "wandb").exists():
        words = [str(place / "python"), "-c", WRITER, str(steps), str(folder), str(METRICS)]
        subprocess.run(words, env={**os.environ, **QUIET}, check=True, capture_output=True)
        [log] = folder.glob("wandb/offline-run-*/*.wandb")
        found["LEET"] = ([str(place / "wandb"), "leet", "run", str(log.parent)], QUIET)
    if place is not None and (place / "terminalboard").exists():
        _write_events(folder / "events", steps)
        found["terminalboard"] = ([str(place / "terminalboard"), str(folder / "events")], {})
    return found


def _write_events(folder: Path, steps: int) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    for step in range(steps):
        values = [
            Summary.Value(tag=f"m{k}", simple_value=k + math.exp(-3 * step / steps))
            for k in range(METRICS)
        ]
        writer.add_event(Event(wall_time=1e9 + step, step=step, summary=Summary(value=values)))
    writer.close()


def _looked_at(viewer: Command, home: Path) -> dict[str, float]:
    command, more = viewer
    with _opened(command, home, more) as terminal:
        found = {"first chart": terminal.until(has_braille)}
        found["all of it"] = _last_byte(terminal)
        everything = _processes(terminal.pid)
        before, sent, began = _spent(everything), len(terminal.said), time.perf_counter()
        terminal.watch(SECONDS)
        seconds = time.perf_counter() - began
        found["bytes/s, idle"] = (len(terminal.said) - sent) / seconds
        found["core, idle"] = (_spent(everything) - before) / seconds
        found["MB"] = sum(each.memory_info().rss for each in everything) / 1e6
    return found


def _last_byte(terminal: Terminal) -> float:
    """Return the seconds from the start until the last byte before a second of silence."""
    last = time.perf_counter()
    while terminal.read(1.0):
        last = time.perf_counter()
    return last - terminal.started


@contextmanager
def _opened(command: list[str], home: Path, more: dict[str, str]) -> Iterator[Terminal]:
    """Open a viewer; end all its processes."""
    with Terminal(command, home, more=more) as terminal:
        try:
            yield terminal
        finally:
            for process in _processes(terminal.pid)[1:]:
                _quietly(process.kill)


def _processes(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _spent(processes: list[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def _quietly(kill: Callable[[], None]) -> None:
    try:
        kill()
    except psutil.NoSuchProcess:
        return
