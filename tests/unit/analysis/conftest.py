"""Planted evidence: studies over seeds whose truth is known; and small runs, made once."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from paramdyn.analysis.verdict import (
    ChangedSeed,
    ConnectivitySeed,
    ConvergenceSeed,
    CorrelationSeed,
    DistanceSeed,
    RecoverySeed,
)


class Planted:
    """Draw one record per seed around given geometric means; ``spread`` is the sd of logarithms."""

    KINDS: ClassVar = {
        "changed": ChangedSeed,
        "distance": DistanceSeed,
        "recovery": RecoverySeed,
        "correlation": CorrelationSeed,
        "connectivity": ConnectivitySeed,
        "convergence": ConvergenceSeed,
    }
    BASES: ClassVar = {
        "changed": {
            "unchanged": 0.2,
            "untrained_silent": 0.05,
            "structural": 0.1,
            "all_unchanged": 0.3,
            "kernel_distance": 0.02,
            "linearization_error": 0.03,
            "scaled_linearization_error": 0.001,
        },
        "distance": {
            "first_at_loss": 2.0,
            "second_at_loss": 2.0,
            "first_at_path": 2.0,
            "second_at_path": 2.0,
            "first_at_rate": 9.0,
            "second_at_rate": 2.0,
        },
        "recovery": {
            "d1": 6.5,
            "d2": 138.0,
            "d3": 130.0,
            "raw": 7.0,
            "quotient": 7.0,
            "to_start": 5.7,
            "to_parent": 5.7,
            "control_to_parent": 5.7,
            "perturbation": 0.003,
            "disagreement": 0.02,
            "disagreement_noise": 0.02,
        },
        "correlation": {
            "similarity": 0.95,
            "independent_similarity": 0.8,
            "permuted_similarity": 0.01,
            "first_matched": 12.0,
            "second_matched": 12.0,
            "first_at_rate": 3.0,
            "second_at_rate": 12.0,
            "untrained": 95.0,
        },
        "connectivity": {
            "error_barrier": 0.3,
            "aligned_error_barrier": 0.003,
            "order_error_barrier": 0.002,
            "independent_error_barrier": 0.31,
            "function_change": 1e-6,
        },
        "convergence": {
            "aligned": 29.0,
            "d1": 0.4,
            "d3": 29.0,
            "barrier": 1.9,
            "barrier_noise": 0.001,
            "disagreement": 0.027,
            "disagreement_noise": 0.016,
        },
    }
    EXACT: ClassVar = {
        "d0": 0.0, "unused_outputs": 0.0, "converged": 1.0, "moved": 0.6, "trained": 0.6,
        "first_rates": 4.0, "second_rates": 4.0,
    }  # fmt: skip

    def __call__(self, kind, n=8, *, spread=0.05, rng=0, **changes):
        record = self.KINDS[kind]
        names = record.__dataclass_fields__
        exact = {k: v for k, v in self.EXACT.items() if k in names}
        values = self.BASES[kind] | exact | changes
        draw = np.random.default_rng(rng)

        def value(name):
            if values[name] is None or name in exact or values[name] == 0:
                return values[name]
            return float(values[name] * np.exp(spread * draw.normal()))

        return [record(seed=s, **{name: value(name) for name in values}) for s in range(n)]


@pytest.fixture(scope="session")
def planted():
    return Planted()


@pytest.fixture(scope="session")
def spoil():
    """Return a copy of a study in which runs of the first ``count`` seeds went wrong."""

    def spoiled(seeds, count, **flags):
        return [replace(s, **flags) if s.seed < count else s for s in seeds]

    return spoiled


@pytest.fixture(scope="session")
def small_spec():
    """Return a function that describes LeNet on 256 training images of four synthetic classes."""
    from paramdyn.specs import DatasetSpec, OptimizerSpec, RecordingSpec, RunSpec, TrainingSpec

    def describe(steps, *, seed=0, optimizer=None, snapshots=("init", "final"), validation=0.0):
        train = round(256 / (1 - validation))
        data = {"train": train, "test": 80, "classes": 4, "channels": 1, "native_size": 28}
        return RunSpec(
            seed=seed,
            dataset=DatasetSpec(name="synthetic", options=data, validation=validation),
            optimizer=optimizer or OptimizerSpec(name="adam", learning_rate=0.002),
            training=TrainingSpec(
                epochs=8, batch_size=32, max_steps=steps, device="cpu", threads=1
            ),
            recording=RecordingSpec(when="every:1", snapshots=snapshots),
        )

    return describe


@pytest.fixture(scope="session")
def train_all(tmp_path_factory):
    """Return a function that trains named specs: a runs folder, and each name's run."""
    from paramdyn.training.run import train_run

    def train(specs):
        runs = tmp_path_factory.mktemp("runs")
        made = {name: train_run(each, runs=runs, data_folder=runs) for name, each in specs.items()}
        return runs, {name: folder.name for name, folder in made.items()}

    return train


@pytest.fixture
def bench(made):
    """The questions' bench over the folder that ``made`` (of each subfolder) has filled."""
    from paramdyn.analysis.bench import Bench, Options

    runs, _ = made
    return Bench(runs=runs, options=Options(most_images=80, restarts=1, alphas=5))


@pytest.fixture
def subject(made, bench):
    """Return a function that opens one of the runs by what it is."""
    _, names = made
    return lambda what: bench.open(names[what])
