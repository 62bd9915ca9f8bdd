"""What the application knows of runs, and what knowing it costs: no screen is drawn here.

A record that a worker wrote, on its way to whoever draws (p95); 1,000 runs listed with the course
of a metric in each; a run of 100,000 records of 12 metrics, its first picture and the memory for
all of it; a processor while a finished run, or one that is silent, is watched. Every figure is
taken in a fresh process; each ratio is of a figure to what is allowed.

    python benchmarks/tui_feeds.py [--only delay,runs,long,finished,silent] [--rounds 5]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _side_by_side import ROOT, Figures, peak_mb, report

from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.process import this_process
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of
from paramdyn_tui.watching.messages import Message, RunSeen
from paramdyn_tui.watching.watched import SOON_SECONDS
from paramdyn_tui.watching.watcher import Watcher

RUNS = 1000
RECORDS = 280  # of each: LeNet on digits for 20 epochs
LONG_RECORDS = 100_000
LONG_METRICS = 12
DELAYS = 300
PACE = 0.0173  # seconds between two records; no multiple of it is the watcher's pause
WATCHED_SECONDS = 20.0
ALLOWED = {
    "record to post, p95 s": 0.2,
    "1,000 runs and trends, s": 1.5,
    "100k x 12, first picture, s": 0.4,
    "100k x 12, memory, MB": 60.0,
    "finished run, share of a core": 0.001,
    "silent run, share of a core": 0.003,
}

WRITER = """
import sys, time
from pathlib import Path
from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter

layout, count, pace = Layout(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
with RecordWriter(layout.metrics) as metrics:
    for step in range(1, count + 1):
        time.sleep(pace)
        metrics.append({"step": step, "written": time.monotonic()})
"""


def made_run(runs: Path, name: str, status: str, records: int = 0, metrics: int = 2) -> Path:
    """Write the folder of a run; its process is this one."""
    folder = RunFolder.create(runs, name, to_toml(RunSpec()))
    summary = summary_of(RunSpec(), created="2026-01-01T00:00:00Z")
    process = dataclasses.asdict(this_process())
    state = RunState(status=status, total_steps=records, summary=summary, **process)
    write_state(folder.layout, state)
    names = ["train/loss", "test/accuracy", *(f"test/metric_{n}" for n in range(2, metrics))]
    with RecordWriter(folder.layout.metrics) as writer:
        for start in range(0, records, 1000):
            writer.append_all(
                {"step": step, "epoch": step / 14}
                | {each: 1.0 / (step + place + 1.5) for place, each in enumerate(names)}
                for step in range(start, min(start + 1000, records))
            )
    return folder.path


def delay(folder: Path) -> dict[str, float]:
    """Watch a run that another process writes; return how late its records come."""
    run = made_run(folder, "live", "running")
    late: list[float] = []
    seen: queue.Queue[float] = queue.Queue()

    def post(message: Message) -> None:
        if isinstance(message, RunSeen) and "written" in message.view.metrics:
            now = time.monotonic()
            values = message.view.metrics["written"].values
            late.extend(now - value for value in values[len(late) :].tolist())
            seen.put(now)

    watcher = Watcher(post)
    watcher.watch_run(run)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT)])}
    command = [sys.executable, "-c", WRITER, str(run), str(DELAYS), str(PACE)]
    subprocess.run(command, env=environment, check=True)
    while len(late) < DELAYS:
        seen.get(timeout=60)
    watcher.stop()
    return {"record to post, p95 s": sorted(late)[int(0.95 * DELAYS)]}


def runs(folder: Path) -> dict[str, float]:
    """List many runs with a trend of each, as the first screen does."""
    from paramdyn_tui.watching.runs_watch import RunsWatch

    started = time.perf_counter()
    watch = RunsWatch(folder)
    watch.look()
    names = [row.name for row in watch.view().rows]
    listed = time.perf_counter()
    found = watch.trends(names, "test/accuracy")
    ended = time.perf_counter()
    if len(found) != RUNS or not all(found.values()):
        raise RuntimeError(f"{len(found)} trends, {sum(map(bool, found.values()))} with values")
    return {"1,000 runs, s": listed - started, "1,000 runs and trends, s": ended - started}


def long(folder: Path) -> dict[str, float]:
    """Look at a long run until all of it is read."""
    from paramdyn_tui.watching.run_watch import RunWatch

    short = RunWatch(folder / "short")
    short.look()
    short.view()  # what is loaded for any run
    before, started = peak_mb(), time.perf_counter()
    watch = RunWatch(folder / "long")
    watch.look()
    first = watch.view()
    pictured = time.perf_counter() - started
    while not watch.complete:
        watch.look()
    metrics = watch.view().metrics
    ended = time.perf_counter() - started
    if len(first.metrics) < LONG_METRICS or len(metrics["train/loss"]) != LONG_RECORDS:
        raise RuntimeError(f"{len(first.metrics)} metrics, {len(metrics['train/loss'])} records")
    return {
        "100k x 12, first picture, s": pictured,
        "100k x 12, all of it, s": ended,
        "100k x 12, memory, MB": peak_mb() - before,
    }


def watched(folder: Path, status: str) -> float:
    """Return the share of a core that watching a run takes in which nothing happens."""
    run = made_run(folder, status, status, 1000)
    told: queue.Queue[Message] = queue.Queue()
    watcher = Watcher(told.put)
    watcher.watch_runs(run.parent)
    watcher.watch_run(run)
    for _ in range(2):
        told.get(timeout=60)
    time.sleep(SOON_SECONDS + 1.0)  # after that it counts as silent
    started, used = time.perf_counter(), time.process_time()
    time.sleep(WATCHED_SECONDS)
    share = (time.process_time() - used) / (time.perf_counter() - started)
    watcher.stop()
    return share


PARTS: dict[str, Callable[[Path], dict[str, float]]] = {
    "delay": delay,
    "runs": runs,
    "long": long,
    "finished": lambda folder: {
        "finished run, share of a core": watched(folder, "finished"),
    },
    "silent": lambda folder: {"silent run, share of a core": watched(folder, "running")},
}


def prepared(part: str, folder: Path) -> None:
    """Write what a part reads in each of its rounds."""
    if part == "runs":
        for number in range(RUNS):
            made_run(folder, f"run-{number}", "finished", RECORDS)
    elif part == "long":
        made_run(folder, "short", "finished", 10)
        made_run(folder, "long", "finished", LONG_RECORDS, LONG_METRICS)


def measured(part: str, rounds: int) -> Figures:
    """Return the figures of one part, each round's in a process of its own."""
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        prepared(part, Path(folder))
        for number in range(rounds):
            here = Path(folder) if part in ("runs", "long") else Path(folder) / str(number)
            command = [sys.executable, __file__, "--child", part, str(here)]
            environment = os.environ | {"PARAMDYN_CACHE": f"{folder}/.cache-{number}"}
            done = subprocess.run(
                command, env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
            for name, value in json.loads(done.stdout).items():
                figures.setdefault(name, []).append(value)
    return figures


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="PART,...", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", nargs=2, metavar=("PART", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        part, folder = options.child
        print(json.dumps(PARTS[part](Path(folder))))
        return
    wanted = [name for name in options.only.split(",") if name] or list(PARTS)
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    figures: Figures = {}
    for part in wanted:
        figures |= measured(part, options.rounds)
    report(
        "what the application knows of runs, and what knowing it costs",
        figures,
        unit="as named",
        ratios={
            f"{name} / {allowed:g}": [value / allowed for value in figures[name]]
            for name, allowed in ALLOWED.items()
            if name in figures
        },
        target="every ratio <= 1",
        watched_seconds=WATCHED_SECONDS,
    )


if __name__ == "__main__":
    main()
