"""C7: what listing 1,000 runs costs: ``list_runs``, and ``paramdyn ls`` as a fresh process.

The baseline is the least that any list has to do: open and parse one small file a run. Every tenth
run claims to be running, so that its process is looked up.

    python benchmarks/list_runs.py [--runs 1000] [--rounds 7]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _side_by_side import ROOT, ratio, report, seconds, take_turns

from paramdyn.specs.run_spec import PerturbationSpec, RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.process import this_process
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of

LS = "import sys; from paramdyn_tui.__main__ import main; main(['ls', '--runs', sys.argv[1]])"


def make_runs(runs: Path, count: int) -> None:
    """Write ``count`` run folders, each tenth of them running."""
    process = dataclasses.asdict(this_process())
    spec = RunSpec(perturbations=(PerturbationSpec(name="sign-flip"),))
    text = to_toml(spec)
    for number in range(count):
        folder = RunFolder.create(runs, f"lenet-digits-default-sgd-s{number}", text)
        created = f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}Z"
        state = RunState(
            status="running" if number % 10 == 0 else "finished",
            step=number,
            total_steps=9380,
            metrics={f"{split}/{name}": 0.5 for split in ("train", "test") for name in ("a", "b")},
            summary=summary_of(spec, created=created),
            **process,
        )
        write_state(folder.layout, state)


def read_only(runs: Path) -> None:
    """Open and parse one file a run, nothing more."""
    for name in sorted(os.listdir(runs)):  # noqa: PTH208 - the least that can be done
        with open(runs / name / "state.json", "rb") as file:  # noqa: PTH123 - as above
            json.loads(file.read())


def run_ls(runs: Path) -> None:
    """Run ``paramdyn ls`` in a fresh interpreter."""
    path = os.pathsep.join([str(ROOT / "engine"), str(ROOT)])
    subprocess.run(
        [sys.executable, "-c", LS, str(runs)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        check=True,
    )


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        make_runs(runs, options.runs)
        figures = take_turns(
            {
                "read only": seconds(lambda: read_only(runs)),
                "list_runs": seconds(lambda: list_runs(runs)),
                "paramdyn ls": seconds(lambda: run_ls(runs)),
            },
            rounds=options.rounds,
        )
    report(
        "C7: listing runs",
        figures,
        unit="s",
        ratios={"list_runs / read only": ratio(figures, "list_runs", "read only")},
        target="paramdyn ls over 1,000 runs <= 0.5 s",
        runs=options.runs,
    )


if __name__ == "__main__":
    main()
