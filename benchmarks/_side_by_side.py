"""Measure variants side by side: interleaved, in alternating order, as paired ratios.

A shared machine is slow at one moment and fast at the next. Variants that take turns meet the same
moments, and the ratio of neighbours tells more than two averages do. ::

    figures = take_turns({"ours": ours, "theirs": theirs}, rounds=5)
    report("C4", figures, ratios={"speed-up": ratio(figures, "theirs", "ours")}, target=">= 2")
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # programs start as users have them: compiled once

Figures = dict[str, list[float]]


def take_turns(
    variants: Mapping[str, Callable[[], float]], *, rounds: int, warm_up: bool = True
) -> Figures:
    """Call every variant once a round, odd rounds backwards, and keep what each returned.

    Args:
        variants: Name -> function that measures once and returns its figure (seconds, images/s).
        rounds: How many figures each variant gets, at least one.
        warm_up: Whether every variant runs once before, its figure forgotten: first calls pay for
            caches and lazy imports. Variants that are fresh processes need none.
    """
    figures: Figures = {name: [] for name in variants}
    order = list(variants)
    if warm_up:
        for measure in variants.values():
            measure()
    for turn in range(rounds):
        for name in order if turn % 2 == 0 else reversed(order):
            figures[name].append(variants[name]())
    return figures


def seconds(
    function: Callable[[], object], *, repeat: int = 1, cpu: bool = False
) -> Callable[[], float]:
    """Return a function that measures the seconds of one call of ``function``.

    Args:
        function: What is measured.
        repeat: Calls a measurement; the result is divided by it.
        cpu: Count processor time of this process, all its threads together, instead of wall time:
            other processes do not disturb it.
    """
    clock = time.process_time if cpu else time.perf_counter

    def measure() -> float:
        started = clock()
        for _ in range(repeat):
            function()
        return (clock() - started) / repeat

    return measure


def spread(values: Sequence[float], digits: int = 4) -> dict[str, float]:
    """Return median, smallest, largest and count, to ``digits`` significant digits."""
    shown = {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }
    return {key: float(f"{value:.{digits}g}") for key, value in shown.items()} | {"n": len(values)}


def ratio(figures: Figures, over: str, under: str) -> list[float]:
    """Return the paired ratios ``over / under``, one a round."""
    return [a / b for a, b in zip(figures[over], figures[under], strict=True)]


def machine() -> str:
    """Describe this machine in one line: processor, cores, load, Python, torch when loaded."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = models[0] if models else name
    parts = [name, f"{os.cpu_count()} cores", f"load {os.getloadavg()[0]:.1f}"]
    parts.append(f"Python {platform.python_version()}")
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        parts.append(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    return ", ".join(parts)


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB (10^6 bytes).

    Where the system tells it, since the start of the program: ``ru_maxrss`` of a child process
    begins with what its parent had.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        if found:
            return int(found[0]) * 1024 / 1e6
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1e6 if sys.platform == "darwin" else size * 1024 / 1e6


def report(
    claim: str,
    figures: Figures,
    *,
    unit: str,
    ratios: Mapping[str, Sequence[float]],
    target: str,
    **more: Any,  # noqa: ANN401 - whatever JSON can say
) -> None:
    """Print the one JSON object of a benchmark script.

    Args:
        claim: Which claim it is about, and what is compared.
        figures: What ``take_turns`` returned.
        unit: The figures' unit.
        ratios: Name -> paired ratios.
        target: What the median ratio should be, in words.
        more: Further facts: sizes, counts, versions.
    """
    print(
        json.dumps(
            {
                "claim": claim,
                "target": target,
                "ratios": {name: spread(values) for name, values in ratios.items()},
                "unit": unit,
                "figures": {name: spread(values) for name, values in figures.items()},
                **more,
                "machine": machine(),
            },
            indent=2,
        )
    )
