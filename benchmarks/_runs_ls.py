"""A part of ``runs.py``: ``paramdyn ls`` with filter and group over 10,000 runs."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, product
from pathlib import Path
from random import Random
from typing import Any

import orjson
from _side_by_side import ROOT, ratio, take_turns

from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import ModelSpec, OptimizerSpec, RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.atomic import write_whole
from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import RunState
from paramdyn.store.summary import summary_of

RUNS = 10_000
MODELS = ("lenet", "resnet18", "vgg19")
RATES = (0.005, 0.01, 0.1)
PERTURBATIONS = ("", "sign-flip", "distort:1e-06", "shuffle")
FILTER = ("model=lenet,resnet18", "test.acc>.5", "-perturb=none", "--group", "model,perturb,lr")
SETTLING = 2.5  # seconds until a new file counts as settled


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Write the runs and time lists of them, each in a process of its own.

    Returns:
        For ``report``: ``cold`` has no index and reads every state.json, ``warm`` has one; pages
        of both are in memory. ``peak_rss_mb`` is of the last of each.
    """
    runs = folder / "runs"
    write_runs(runs, RUNS)
    time.sleep(SETTLING)
    peaks: dict[str, float] = {}
    caches = (folder / f"cache-{number}" for number in count())
    kept = folder / "cache"

    def listing(name: str, cache: Callable[[], Path], *arguments: str) -> Callable[[], float]:
        command = [sys.executable, "-m", "paramdyn_tui", "ls", "--runs", str(runs), *arguments]

        def measured() -> float:
            seconds, peaks[name] = run(command, cache())
            return seconds

        return measured

    variants = {
        "filter and group, cold": listing("cold", lambda: next(caches), *FILTER),
        "filter and group, warm": listing("warm", lambda: kept, *FILTER),
        "plain list, warm": listing("plain list", lambda: kept),
        "bare interpreter": lambda: run([sys.executable, "-c", "pass"], kept)[0],
    }
    figures = take_turns(variants, rounds=rounds)
    return {
        "figures": figures,
        "ratios": {
            "cold / warm": ratio(figures, "filter and group, cold", "filter and group, warm")
        },
        "target": f"filter and group over {RUNS:,} runs <= 1 s, interpreter start included",
        "runs": RUNS,
        "peak_rss_mb": peaks,
        "index_mb": sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) / 1e6,
    }


def write_runs(runs: Path, wanted: int) -> None:
    """Write run folders as workers leave them: each 20th failed, each 50th running."""
    runs.mkdir(parents=True)
    random = Random(0)
    process = dataclasses.asdict(this_process())
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    variants = list(product(MODELS, RATES, PERTURBATIONS))
    for number in range(wanted):
        seed, place = divmod(number, len(variants))
        model, rate, perturbation = variants[place]
        spec = RunSpec(
            seed=seed,
            model=ModelSpec(name=model),
            optimizer=OptimizerSpec(learning_rate=rate),
            perturbations=(parse_perturbation(perturbation),) if perturbation else (),
        )
        status = "running" if number % 50 == 7 else "failed" if number % 20 == 3 else "finished"
        created = (begin + timedelta(minutes=number)).isoformat()
        state = RunState(
            status=status,
            epoch=20.0,
            step=9380,
            total_steps=9380,
            metrics={
                f"{split}/{name}": random.random()
                for split in ("train", "validation", "test")
                for name in ("loss", "accuracy")
            },
            heartbeat=time.time(),
            started=time.time(),
            images_per_s=11_000.0,
            summary=summary_of(spec, created=created),
            **process,
        )
        layout = Layout(runs / run_id(spec))
        layout.path.mkdir()
        write_whole(layout.spec, to_toml(spec).encode(), durable=False)
        text = orjson.dumps(dataclasses.asdict(state), option=orjson.OPT_INDENT_2)
        write_whole(layout.state, text, durable=False)


def run(command: Sequence[str], cache: Path) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its peak memory in MB."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT)]),
        "PARAMDYN_CACHE": str(cache),
    }
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    scale = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kB here
    return seconds, round(usage.ru_maxrss / scale, 1)
