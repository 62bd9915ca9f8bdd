"""Small real runs, made once, for the questions that a single run can answer."""

from dataclasses import replace

import pytest

from paramdyn.specs import OptimizerSpec


@pytest.fixture(scope="session")
def made(small_spec, train_all):
    """A runs folder, and the names of what is in it."""

    def spec(**more):
        return small_spec(60, validation=0.2, **more)

    base = spec()
    decayed = OptimizerSpec(name="adamw", learning_rate=0.003, weight_decay=0.01)
    return train_all({
        "base": base,
        "twin": base,
        "order": replace(base, seeds=replace(base.seeds, order=77)),
        "other": spec(seed=1),
        "still": spec(optimizer=OptimizerSpec(learning_rate=0.0)),
        "decayed": spec(optimizer=decayed),
    })  # fmt: skip


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
