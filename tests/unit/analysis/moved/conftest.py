"""Small real runs, made once, for questions about where parameters went."""

import math
from dataclasses import replace

import numpy as np
import pytest

from paramdyn.specs import OptimizerSpec

KEPT = ("init", "every:1", "final")


@pytest.fixture(scope="session")
def made(small_spec, train_all):
    """A runs folder, and the names of what is in it."""

    def adam(seed=0, snapshots=KEPT, **options):
        optimizer = OptimizerSpec(name="adam", learning_rate=0.002, options=options)
        return small_spec(40, seed=seed, snapshots=snapshots, optimizer=optimizer)

    def sgd(rate, seed=0, **options):
        optimizer = OptimizerSpec(name="sgd", learning_rate=rate, options=options)
        return small_spec(40, seed=seed, snapshots=KEPT, optimizer=optimizer)

    base = adam()
    return train_all({
        "base": base,
        "again": base,
        "order": replace(base, seeds=replace(base.seeds, order=77)),
        "other": adam(seed=1),
        "sgd": sgd(0.05),
        "sgd-other": sgd(0.05, seed=1),
        "published": adam(eps=0.1),
        "bare": adam(seed=2, snapshots=()),
        "blown": sgd(1e20, momentum=0.0),
        "still": sgd(0.0),
        "normal": replace(base, initializer=replace(base.initializer, name="kaiming-normal")),
    })  # fmt: skip


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
