"""C1: LeNet with drift measured at every step against a plain script that measures nothing.

Ours: the worker of ``paramdyn run`` on synthetic 28x28 gray images, recording ``every:1``; images/s
is the last line of ``timing.jsonl``. Theirs: a plain training script named by ``--baseline`` (or
``PARAMDYN_BASELINE``) that takes ``--model lenet --dataset-size N --epochs E --threads T --device
cpu`` and prints a JSON object with ``images_per_s``. Both count time in training only.

    python benchmarks/lenet_throughput.py --baseline naive_baseline.py [--rounds 3] [--threads 2]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _side_by_side import ROOT, ratio, report, take_turns

SPEC = """
schema_version = 1
[model]
name = "lenet"
[dataset]
name = "synthetic"
options = {{ train = {images}, test = 1024, classes = 10, channels = 1, native_size = 28 }}
[training]
epochs = {epochs}
batch_size = 128
device = "cpu"
threads = {threads}
[recording]
when = "{when}"
snapshots = []
"""


def ours(arguments: argparse.Namespace, when: str) -> float:
    """Train once in a fresh worker and return its images/s."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "spec.toml")
        spec.write_text(SPEC.format(when=when, **vars(arguments)), encoding="utf-8")
        command = [sys.executable, "-m", "paramdyn.training.worker", "--spec", str(spec)]
        path = os.pathsep.join([str(ROOT / "engine"), str(ROOT)])
        done = subprocess.run(
            [*command, "--runs", folder, "--data", folder],
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        run = Path(json.loads(done.stdout.splitlines()[0])["path"])
        last = (run / "timing.jsonl").read_text(encoding="utf-8").splitlines()[-1]
        return float(json.loads(last)["images_per_s"])


def theirs(arguments: argparse.Namespace) -> float:
    """Run the plain script once and return its images/s."""
    command = [sys.executable, str(arguments.baseline), "--model", "lenet", "--device", "cpu"]
    command += ["--dataset-size", str(arguments.images), "--epochs", str(arguments.epochs)]
    command += ["--threads", str(arguments.threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["images_per_s"])


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--baseline", type=Path, default=os.environ.get("PARAMDYN_BASELINE"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=25600)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    variants = {
        "recording every step": lambda: ours(arguments, "every:1"),
        "recording nothing": lambda: ours(arguments, "none"),
    }
    if arguments.baseline is None:
        print("no --baseline: only our own two are compared", file=sys.stderr)
    else:
        variants["plain script"] = lambda: theirs(arguments)
    figures = take_turns(variants, rounds=arguments.rounds, warm_up=False)
    ratios = {
        f"recording every step / {other}": ratio(figures, "recording every step", other)
        for other in figures
        if other != "recording every step"
    }
    report(
        "C1: LeNet, drift at every step, against a plain script without recording",
        figures,
        unit="images/s",
        ratios=ratios,
        target="recording every step / plain script >= 2.2",
        images=arguments.images,
        epochs=arguments.epochs,
        threads=arguments.threads,
    )


if __name__ == "__main__":
    main()
