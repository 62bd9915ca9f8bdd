"""A part of ``tui.py``: keys while a thousand marked runs are read, and when they are drawn."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from _runs_plot import write_run
from _tui_keys import DOWN, UP
from _tui_terminal import Terminal, application, quantile

from paramdyn_tui.tui.visits import FILE_NAME as VISITS

RUNS, STEPS, DRIFT_STEPS = 1_000, 1_000, 20
MARK_ALL, COMPARE, LIST, INSPECT = "\x01", "3", "2", "i"
READING_SECONDS = 20.0
PACE_SECONDS = 0.2


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Mark every run, and press keys.

    Returns:
        For ``report``: seconds from a key to the first byte of its answer, the median and the
        longest, on the list while the runs are read, on the list and on the comparison when they
        are all drawn.
    """
    runs, kept = folder / "many", folder / "state" / "paramdyn" / "tui.json"
    kept.parent.mkdir(parents=True)
    for seed in range(RUNS):
        write_run(runs, f"run-s{seed}", STEPS, seed=seed, drift_steps=DRIFT_STEPS)
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        kept.write_text('{"metric": "train/loss"}')
        kept.with_name(VISITS).unlink(missing_ok=True)  # else it opens on the comparison
        with Terminal(application("--runs", str(runs)), folder) as terminal:
            terminal.until(lambda t: "run-s" in t.text)
            terminal.quiet(2.0)
            note(figures, "marking all", [terminal.press(MARK_ALL)])
            note(figures, "list, while they are read", keys(terminal, READING_SECONDS, calm=0.03))
            terminal.quiet(3.0)
            note(figures, "list, all drawn", keys(terminal, 5.0))
            note(figures, "to the comparison", [terminal.press(COMPARE)])
            terminal.quiet(3.0)
            note(figures, "comparison, cursor on", [terminal.press(INSPECT)])
            terminal.quiet(2.0)
            note(figures, "comparison, cursor", keys(terminal, 8.0, "\x1b[D", "\x1b[C"))
            note(figures, "back to the list", [terminal.press(LIST)])
    return {
        "figures": figures,
        "ratios": {},
        "target": "a key is answered within 0.1 s",
        "runs": RUNS,
        "steps": STEPS,
    }


def keys(
    terminal: Terminal, seconds: float, there: str = DOWN, back: str = UP, calm: float = 0.4
) -> list[float]:
    """Return the delays of keys that go to and fro for so long.

    Each waits until nothing has come for ``calm`` seconds, so that what comes answers it.
    """
    delays = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        time.sleep(PACE_SECONDS)
        terminal.quiet(calm)
        delays.append(terminal.press(there if len(delays) % 20 < 10 else back))
    return delays


def note(figures: dict[str, list[float]], name: str, delays: list[float]) -> None:
    """Keep the median and the longest of some delays."""
    figures.setdefault(f"{name}, median", []).append(quantile(delays, 0.5))
    figures.setdefault(f"{name}, longest", []).append(max(delays))
