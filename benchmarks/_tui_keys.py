"""A part of ``tui.py``: how long after a key the screen answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from _runs_ls import write_runs
from _tui_terminal import Terminal, application, quantile

DOWN, UP = "\x1b[B", "\x1b[A"
KEYS = 60


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Move through lists of 1,000 and of 10,000 runs, one key at a time.

    Returns:
        For ``report``: median and 95th percentile of the seconds from a key to the first byte
        of the answer, and the bytes a key costs, for each round.
    """
    figures: dict[str, list[float]] = {}
    ratios = []
    for count in (1_000, 10_000):
        runs = folder / str(count)
        write_runs(runs, count)
        with Terminal(application("--runs", str(runs)), folder) as terminal:
            terminal.until(lambda t: "lenet" in t.text or "vgg" in t.text)
            terminal.quiet(2.0)
            for _ in range(rounds):
                before = len(terminal.said)
                delays = []
                for index in range(KEYS):
                    delays.append(terminal.press(DOWN if index < KEYS * 3 // 4 else UP))
                    terminal.quiet(0.05)
                name = f"{count:,} runs"
                figures.setdefault(f"key to paint, median, {name}", []).append(
                    quantile(delays, 0.5)
                )
                figures.setdefault(f"key to paint, p95, {name}", []).append(quantile(delays, 0.95))
                figures.setdefault(f"bytes a key, {name}", []).append(
                    (len(terminal.said) - before) / KEYS
                )
    small, large = (figures[f"key to paint, median, {n} runs"] for n in ("1,000", "10,000"))
    ratios = [b / a for a, b in zip(small, large, strict=True)]
    return {
        "figures": figures,
        "ratios": {"10,000 runs / 1,000 runs": ratios},
        "target": "key to paint with 10,000 runs: median <= 0.008 s, p95 <= 0.020 s",
    }
