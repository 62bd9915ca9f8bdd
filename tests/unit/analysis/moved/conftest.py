"""Small real runs, made once, for questions about where parameters went."""

import math
from dataclasses import replace

import numpy as np
import pytest

from paramdyn.analysis.bench import Bench, Options
from paramdyn.specs import DatasetSpec, OptimizerSpec, RecordingSpec, RunSpec, TrainingSpec

STEPS = 40
PUBLISHED = {"eps": 0.1}


def spec_of(seed=0, name="adam", rate=0.002, snapshots=("init", "every:1", "final"), **options):
    data = {"train": 256, "test": 80, "classes": 4, "channels": 1, "native_size": 28}
    return RunSpec(
        seed=seed,
        dataset=DatasetSpec(name="synthetic", options=data),
        optimizer=OptimizerSpec(name=name, learning_rate=rate, options=options),
        training=TrainingSpec(epochs=5, batch_size=32, max_steps=STEPS, device="cpu", threads=1),
        recording=RecordingSpec(when="every:1", snapshots=snapshots),
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory, cache_folder):
    """A runs folder, and the names of what is in it."""
    from paramdyn.training.run import train_run

    runs = tmp_path_factory.mktemp("moved-runs")
    base = spec_of()
    specs = {
        "base": base,
        "again": base,
        "order": replace(base, seeds=replace(base.seeds, order=77)),
        "other": spec_of(seed=1),
        "sgd": spec_of(name="sgd", rate=0.05),
        "sgd-other": spec_of(seed=1, name="sgd", rate=0.05),
        "published": spec_of(**PUBLISHED),
        "bare": spec_of(seed=2, snapshots=()),
        "blown": spec_of(name="sgd", rate=1e20, momentum=0.0),
        "still": spec_of(name="sgd", rate=0.0),
        "normal": replace(base, initializer=replace(base.initializer, name="kaiming-normal")),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARAMDYN_CACHE", str(cache_folder))
        names = {
            name: train_run(spec, runs=runs, data_folder=runs).name for name, spec in specs.items()
        }
    return runs, names


@pytest.fixture
def bench(made):
    runs, _ = made
    return Bench(runs=runs, options=Options(most_images=80, restarts=1, alphas=5))


@pytest.fixture
def subject(made, bench):
    """Return a function that opens one of the runs by what it is."""
    _, names = made
    return lambda what: bench.open(names[what])


@pytest.fixture
def check_answer():
    """Return a function that asserts what every answer promises."""
    from paramdyn.analysis.questions import connectivity, distance, shared_terms

    modules = (connectivity, distance, shared_terms)
    terms = {term.name for module in modules for term in module.TERMS}

    def check(answer):
        names = [each.name for each in (*answer.tables, *answer.pictures)]
        assert len(set(names)) == len(names)
        assert all(sentence.endswith(".") for sentence in answer.summary)
        for table in answer.tables:
            keys = {column.key for column in table.columns}
            assert {c.term for c in table.columns} - {""} <= terms
            for row in table.rows:
                for key in keys:
                    cell = row.get(key)
                    assert not isinstance(cell, float) or math.isfinite(cell), (table.name, key)
            assert all(table.rows[row].get(key) is None for row, key in table.reasons)
            assert table.rows
        for picture in answer.pictures:
            for curve in getattr(picture, "curves", ()):
                assert curve.x.shape == curve.y.shape
                assert np.isfinite(curve.x).all()
        return answer

    return check
