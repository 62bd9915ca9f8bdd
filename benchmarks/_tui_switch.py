"""A part of ``tui.py``: bytes that a link carries when the application opens and screens change."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

from _runs_plot import LENET, MEASUREMENTS, write_run
from _tui_terminal import Terminal, application

from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter, encode_measurement

RUNS, EPOCHS, STEPS_PER_EPOCH = 6, 10, 94
MARKED = " j j j "
SWITCHES = (
    ("Runs to Run", "\r"), ("Run to Compare, 1 run", "3"), ("Compare to Runs", "2"),
    (None, MARKED), ("Runs to Compare, 4 runs", "3"), ("Compare to Run", "1"),
    ("Run to Layers", "4"), ("Layers to Logs", "5"), ("Logs to System", "6"),
    ("System to Answers", "7"), ("Answers to Compare", "3"), ("Compare to Layers", "4"),
    ("Layers to Runs", "2"), ("Runs to form", "n"), ("form to Runs", "\x1b"), ("Runs to Run", "1"),
    ("Run to help", "?"), ("help to Run", "\x1b"),
)  # fmt: skip
"""What is pressed, one after another; what has no name is not counted."""
PLACES = {"": {}, ", no colour": {"NO_COLOR": "1"}, ", screen": {"TERM": "screen-256color"}}
"""Terminals: one with 256 colours; without; one whose erased cells lose their ground's colour."""


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Open a list of LeNet runs, and go from screen to screen.

    Returns:
        For ``report``: bytes of the first screen, of each switch, and of the largest of them,
        until nothing more came.
    """
    runs = folder / "runs"
    for seed in range(RUNS):
        write_learning_run(runs, seed)
    figures: dict[str, list[float]] = {}
    for number in range(rounds):
        for place, more in PLACES.items():
            home = folder / f"home-{number}{place}"  # nothing is remembered
            for name, count in _visit(runs, home, more, every=not place).items():
                figures.setdefault(f"bytes, {name}{place}", []).append(count)
    return {
        "figures": figures,
        "ratios": {
            f"largest switch / 8,000{place}": [
                value / 8_000 for value in figures[f"bytes, largest switch{place}"]
            ]
            for place in PLACES
        },
        "target": "first screen <= 12,000 bytes, each switch <= 8,000",
    }


def write_learning_run(runs: Path, seed: int) -> None:
    """Write a run whose records look like those of a network that learns: noisy, not noise."""
    run = write_run(runs, f"lenet-s{seed}", 1, seed=seed)
    (run / "spec.toml").write_text(to_toml(RunSpec(seed=seed)), encoding="utf-8")
    layout, noise = Layout(run), random.Random(seed)
    for path in (layout.metrics, layout.drift):
        path.unlink()
    with RecordWriter(layout.metrics) as metrics, RecordWriter(layout.drift) as drift:
        for step in range(1, EPOCHS * STEPS_PER_EPOCH + 1):
            loss = 2.2 * math.exp(-step / (200 + 40 * seed)) + 0.1 + 0.02 * seed
            seen = max(loss * noise.gauss(1.0, 0.15), 1e-3)
            record = {"step": step, "epoch": step / STEPS_PER_EPOCH, "learning_rate": 0.005,
                      "train/loss": seen, "train/accuracy": 1 / (1 + seen)}  # fmt: skip
            if step % STEPS_PER_EPOCH == 0:
                for place, part in enumerate(("train/epoch_", "validation/", "test/")):
                    value = loss * noise.gauss(1.0, 0.03) + 0.03 * place
                    record |= {f"{part}loss": value, f"{part}accuracy": 1 / (1 + value)}
            metrics.append(record)
            far = 1 - math.exp(-step / 300)
            values = [
                far * (1 + place) / 40 * noise.gauss(1.0, 0.02) for place in range(len(LENET))
            ]
            drift.append_lines(
                encode_measurement(step, name, sum(values), values) for name in MEASUREMENTS
            )


def _visit(runs: Path, home: Path, more: dict[str, str], *, every: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    with Terminal(application("--runs", str(runs)), home, more=more) as terminal:
        terminal.until(lambda t: "lenet" in t.text)
        terminal.quiet(1.0)
        first = float(len(terminal.said))
        for name, keys in SWITCHES:
            before = len(terminal.said)
            terminal.press(keys)
            terminal.quiet(1.0)
            if name is not None:
                found[name] = max(found.get(name, 0.0), len(terminal.said) - before)
    largest = max(found.values())
    return {"first screen": first, "largest switch": largest} | (found if every else {})
