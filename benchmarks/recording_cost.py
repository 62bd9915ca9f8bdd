"""C3: what recording costs, as a share of a training step.

The engine trains one network; a seeded coin decides for each few steps whether they are recorded,
and every step is timed alone. A recorded step is compared with the nearest ones that are not, two
before and two after it: a shared machine is half as fast at one minute as at another, but hardly
from one step to the next. The first of a few recorded steps is left out: it pays for the copy that
the others find made. A row is written at its step, and that is part of the step's time; where it
cannot be (no compiler), writing is timed apart, in groups as large as a run's. Means leave out a
tenth at either end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from _engine import Engine, spec_for
from _side_by_side import report
from numpy.typing import NDArray

from paramdyn.recording.recorder import FLUSH_SECONDS

TARGETS = {"lenet": 0.02, "resnet18": 0.05, "vgg19": 0.06}
STEPS = {"lenet": 6000, "resnet18": 160, "vgg19": 24}
FEW = {"lenet": 4, "resnet18": 2, "vgg19": 2}
RESAMPLES = 400
NAMES = {1: "every step", 10: "every tenth"}
BESIDE = 2
"""A recorded step is compared with so many on either side of it."""

Numbers = NDArray[np.float64]


def trimmed(values: Numbers) -> float:
    """Return the mean without the lowest and the highest tenth."""
    ordered = np.sort(values)
    cut = len(ordered) // 10
    return float(ordered[cut : len(ordered) - cut].mean())


class Times:
    """Seconds of single steps and of writing a row; shares of a step with their uncertainty."""

    def __init__(self, engine: Engine, *, every: int, few: int, seed: int) -> None:
        self._engine = engine
        self._every, self._few = every, few
        self._coin = np.random.default_rng(seed)
        self._beside: list[tuple[int, float]] = []
        self.off: list[float] = []
        self.on: list[float] = []
        self.row: list[float] = []

    def measure(self, steps: int) -> None:
        """Train ``steps`` steps or a few more."""
        rows = self._rows_a_write()
        first = self._every == 1
        while len(self.off) + len(self.on) < steps:
            recorded = bool(self._coin.integers(2))
            for number in range(self._few if self._every == 1 else 1):
                spent = self._engine.timed_step(recorded=recorded)
                if not recorded:
                    self.off.append(spent)
                elif not (first and number == 0):
                    self._beside.append((len(self.off), spent))
                    self.on.append(spent)
            waiting = self._engine.waiting()
            if waiting >= rows:
                started = time.perf_counter()
                self._engine.recorder.flush(wait=True)
                self.row.append((time.perf_counter() - started) / waiting)

    def share(self, draw: np.random.Generator | None = None) -> float:
        """Return the cost of recording as a share of a step, of all or of resampled times."""
        off = np.array(self.off)
        more = np.array(
            [
                spent / off[max(at - BESIDE, 0) : at + BESIDE].mean() - 1
                for at, spent in self._beside
            ]
        )
        row = np.array(self.row or [0.0]) / trimmed(off)
        if draw is not None:
            more, row = (draw.choice(values, len(values)) for values in (more, row))
        return (trimmed(more) + trimmed(row)) / self._every

    def _rows_a_write(self) -> int:
        """Return how many rows a run of this speed writes together."""
        spent = [self._engine.timed_step(recorded=False) for _ in range(5)]
        return max(1, int(FLUSH_SECONDS / (min(spent) * self._every)))


def main() -> None:
    """Measure one model and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(TARGETS), default="lenet")
    parser.add_argument("--optimizer", default="sgd")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=0, help="0: as many as the model needs")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--every", type=int, nargs="+", choices=sorted(NAMES), default=[1, 10])
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    steps = options.steps or STEPS[options.model]
    times = {}
    for every in options.every:
        with tempfile.TemporaryDirectory() as folder:
            spec = spec_for(
                options.model,
                optimizer=options.optimizer,
                batch=options.batch,
                images=2560,
                every=every,
            )
            engine = Engine(spec, Path(folder))
            engine.steps(4, every=1)
            times[every] = Times(engine, every=every, few=FEW[options.model], seed=every)
            with engine.rows_held_back():
                times[every].measure(steps)
            kernel = engine.run.drift.name if engine.run.drift is not None else "none"
            engine.close()
    draw = np.random.default_rng(0)
    resampled = {
        every: [each.share(draw) for _ in range(RESAMPLES)] for every, each in times.items()
    }
    named = {
        name: values
        for every, each in times.items()
        for name, values in (
            (NAMES[every], each.on),
            (f"off, beside {NAMES[every]}", each.off),
            (f"writing a row later, {NAMES[every]}", each.row),
        )
        if values
    }
    report(
        f"C3: cost of recording {options.model} as a share of a step",
        named,
        unit="seconds",
        ratios={NAMES[every]: values for every, values in resampled.items()},
        target=f"every step <= {TARGETS[options.model]}, every tenth <= 0.005",
        interval_95={
            NAMES[every]: [float(f"{bound:.4g}") for bound in np.percentile(values, [2.5, 97.5])]
            for every, values in resampled.items()
        },
        share={NAMES[every]: each.share() for every, each in times.items()},
        kernel=kernel,
        batch=options.batch,
        optimizer=options.optimizer,
    )


if __name__ == "__main__":
    main()
