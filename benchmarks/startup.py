"""C7: what ``paramdyn --help`` costs beyond a bare interpreter, and what it loads.

Fresh processes, interleaved: a bare interpreter, ``paramdyn --help``, ``import torch``.
Target: at most 150 ms beyond the interpreter, no torch, numpy or textual loaded.

    python benchmarks/startup.py [--rounds 10]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

from _side_by_side import ROOT, report, take_turns

HELP = "import sys; from paramdyn_tui.__main__ import main; status = main(['--help'])"
HEAVY = ("torch", "numpy", "textual", "rich", "plotext")
LOADED = f"import json; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"


def python(code: str) -> str:
    """Run ``code`` in a fresh interpreter that finds this checkout; return its output."""
    path = os.pathsep.join([str(ROOT / "engine"), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def milliseconds(code: str) -> Callable[[], float]:
    """Return a function that measures one fresh interpreter running ``code``."""

    def measure() -> float:
        started = time.perf_counter()
        python(code)
        return (time.perf_counter() - started) * 1e3

    return measure


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    variants = {"interpreter": "pass", "help": HELP, "import torch": "import torch"}
    figures = take_turns(
        {name: milliseconds(code) for name, code in variants.items()},
        rounds=rounds,
        warm_up=rounds > 1,  # one round is a try, no measurement
    )
    pairs = zip(figures["help"], figures["interpreter"], figures["import torch"], strict=True)
    beyond = [(shown - bare, torch - bare) for shown, bare, torch in pairs]
    report(
        "C7: paramdyn --help beyond a bare interpreter",
        figures | {"help beyond interpreter": [ours for ours, _ in beyond]},
        unit="ms",
        ratios={"import torch / help, both beyond": [torch / ours for ours, torch in beyond]},
        target="help beyond interpreter <= 150 ms, nothing heavy loaded",
        loaded=json.loads(python(f"{HELP}\n{LOADED}").splitlines()[-1]),
    )


if __name__ == "__main__":
    main()
