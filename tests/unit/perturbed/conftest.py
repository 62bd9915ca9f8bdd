"""A trained family of a tiny network, and families whose truth is planted."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@dataclass(frozen=True)
class Trained:
    """Where a family lies, and who is who."""

    runs: Path
    parent: str
    children: tuple[str, ...]
    arms: dict[str, str]


@pytest.fixture(scope="session")
def trained_family(tmp_path_factory):
    """LeNet on 64 synthetic images: a parent, two children, the controls, and the twin again."""
    from paramdyn.specs import DatasetSpec, RecordingSpec, RunSpec, TrainingSpec
    from paramdyn.specs.controls import controls, started_from
    from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec
    from paramdyn.training.run import train_run

    runs = tmp_path_factory.mktemp("family")
    options = {"train": 64, "test": 40, "classes": 4, "channels": 1, "native_size": 28}
    spec = RunSpec(
        dataset=DatasetSpec(name="synthetic", options=options),
        training=TrainingSpec(epochs=2, batch_size=32, device="cpu", threads=1),
        recording=RecordingSpec(when="epoch", snapshots=("every:1", "final")),
    )

    def train(each):
        return train_run(each, runs=runs, data_folder=runs).name

    parent = train(spec)
    children = [
        replace(
            spec,
            initializer=InitializerSpec(name=f"run:{parent}"),
            perturbations=(PerturbationSpec(name=name),),
        )
        for name in ("sign-flip", "distort")
    ]
    names: dict[int, str] = {}
    arms: dict[str, str] = {}
    for place, arm in enumerate(controls(children[0], [spec])):
        started = arm.spec if arm.starts_from is None else started_from(
            arm.spec, names[arm.starts_from]
        )  # fmt: skip
        names[place] = arms[arm.name] = train(started)
    trained = tuple(map(train, children))
    arms["twin-again"] = train(controls(children[0], [spec], wanted=("twin",))[0].spec)
    return Trained(runs, parent, trained, arms)


@pytest.fixture
def bench(trained_family):
    from paramdyn.analysis.bench import Bench, Options

    return Bench(runs=trained_family.runs, options=Options(restarts=1, alphas=3))


@pytest.fixture(scope="session")
def planted():
    """The module that plants families, of the benchmark that counts wrong verdicts."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import _planted_families

        yield _planted_families
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="session")
def calibration(planted):
    """The benchmark itself, found where the planted families are."""
    import verdict_calibration

    assert planted.PLANTS is verdict_calibration.PLANTS
    return verdict_calibration
