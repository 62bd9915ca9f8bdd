"""Small real runs, made once, for the questions that a single run can answer."""

from dataclasses import replace

import pytest

from paramdyn.analysis.bench import Bench, Options
from paramdyn.specs import DatasetSpec, OptimizerSpec, RecordingSpec, RunSpec, TrainingSpec

STEPS = 60


def spec_of(*, seed=0, optimizer=None, snapshots=("init", "final"), **training):
    options = {"train": 320, "test": 80, "classes": 4, "channels": 1, "native_size": 28}
    return RunSpec(
        seed=seed,
        dataset=DatasetSpec(name="synthetic", options=options, validation=0.2),
        optimizer=optimizer or OptimizerSpec(name="adam", learning_rate=0.002),
        training=TrainingSpec(
            epochs=8, batch_size=32, max_steps=STEPS, device="cpu", threads=1, **training
        ),
        recording=RecordingSpec(when="every:1", snapshots=snapshots),
    )


@pytest.fixture(scope="session")
def trained(tmp_path_factory, cache_folder):
    """A runs folder, and the names of what is in it."""
    from paramdyn.training.run import train_run

    runs = tmp_path_factory.mktemp("single-runs")
    base = spec_of()
    specs = {
        "base": base,
        "twin": base,
        "order": replace(base, seeds=replace(base.seeds, order=77)),
        "other": spec_of(seed=1),
        "still": spec_of(optimizer=OptimizerSpec(learning_rate=0.0)),
        "decayed": spec_of(
            optimizer=OptimizerSpec(name="adamw", learning_rate=0.003, weight_decay=0.01)
        ),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARAMDYN_CACHE", str(cache_folder))
        names = {
            name: train_run(spec, runs=runs, data_folder=runs).name for name, spec in specs.items()
        }
    return runs, names


@pytest.fixture
def bench(trained):
    runs, _ = trained
    return Bench(runs=runs, options=Options(most_images=80, restarts=1, alphas=5))


@pytest.fixture
def subject(trained, bench):
    """Return a function that opens one of the runs by what it is."""
    _, names = trained
    return lambda what: bench.open(names[what])


@pytest.fixture
def check_answer():
    """Return a function that asserts what every answer promises."""
    import math

    from paramdyn.analysis.questions import changed, convergence, reach, shared_terms

    terms = {
        term.name for module in (changed, convergence, reach, shared_terms) for term in module.TERMS
    }

    def check(answer):
        names = [each.name for each in (*answer.tables, *answer.pictures)]
        tables = [table.name for table in answer.tables]
        assert len(set(tables)) == len(tables)
        assert names
        for table in answer.tables:
            assert {column.term for column in table.columns} <= {*terms, ""}
            for number, row in enumerate(table.rows):
                for column in table.columns:
                    value = row.get(column.key)
                    where = (answer.question, table.name, number, column.key)
                    if value is None:
                        assert table.reasons.get((number, column.key)), where
                    elif isinstance(value, float):
                        assert math.isfinite(value), where
                    signed = column.term == "relative-slope"
                    if column.format == "share" and value is not None and not signed:
                        assert 0 <= value <= 1, where
        return {table.name: table.rows for table in answer.tables}

    return check
