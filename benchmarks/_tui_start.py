"""A part of ``tui.py``: how long until something is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from _runs_ls import write_runs
from _runs_plot import STEPS, write_run
from _side_by_side import ratio, take_turns
from _tui_terminal import Terminal, application, has_braille, trivial_application

RUNS = 1000
TRENDS = "▁▂▃▄▅▆▇█"


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Start the application, and the least that Textual can do, in turns.

    Returns:
        For ``report``: seconds from the start of the process to what is named; peak memory where
        all of it is there.
    """
    runs = folder / "runs"
    write_runs(runs, RUNS)
    for path in sorted(runs.iterdir())[-40:]:
        write_metrics(path)
    long = write_run(folder / "long", "long-s0", STEPS)
    (long / "spec.toml").write_text("seed = 0\n", encoding="utf-8")
    peaks: dict[str, float] = {}

    def start(
        name: str, command: list[str], seen: Callable[[Terminal], bool]
    ) -> Callable[[], float]:
        def measured() -> float:
            with Terminal(command, folder) as terminal:
                seconds = terminal.until(seen)
                terminal.quiet()
                peaks[name] = terminal.peak_mb
                return seconds

        return measured

    listing = application("--runs", str(runs))
    variants = {
        name: start(name, command, seen)
        for name, command, seen in (
            ("trivial application", trivial_application(), lambda t: "Hello" in t.text),
            ("first paint, no runs", application("--runs", str(folder / "none")),
             lambda t: "Runs" in t.text),
            ("1,000 runs listed", listing, lambda t: "lenet" in t.text or "vgg" in t.text),
            ("1,000 runs with trends", listing, lambda t: any(x in t.text for x in TRENDS)),
            ("first chart of 100,000 records", application(str(long)), has_braille),
        )
    }  # fmt: skip
    figures = take_turns(variants, rounds=rounds)
    return {
        "figures": figures,
        "ratios": {
            "first paint / trivial": ratio(figures, "first paint, no runs", "trivial application")
        },
        "target": "first paint <= 0.3 s; 1,000 runs listed <= 0.5, with trends <= 1.5; first chart "
        "<= 0.5 s and <= 120 MB",
        "peak_mb": peaks,
    }


def write_metrics(run: Path) -> None:
    """Give a run of ``write_runs`` some scores to draw a trend of."""
    lines = [
        f'{{"step":{step},"epoch":{step / 469:.6g},"test/accuracy":{1 - 1 / (1 + step):.6g},'
        f'"test/loss":{2.3 / (1 + step):.6g}}}\n'
        for step in range(0, 9381, 469)
    ]
    (run / "metrics.jsonl").write_text("".join(lines), encoding="utf-8")
