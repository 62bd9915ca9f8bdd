"""Distances and directions between moments, against explicit vectors."""

import itertools
import math

import numpy as np
import pytest
import torch

from paramdyn.analysis.movement.snapshots import directions
from paramdyn.analysis.movement.trajectory import Series, Trajectory
from paramdyn.store.manifest import ParameterInfo

TABLE = (
    ParameterInfo("a", (40, 10), 400, "a", "linear", True),
    ParameterInfo("b", (600,), 600, "b", "linear", True),
)


def states_of(path):
    """Cut each point of a path, shape (K, 1000), into the table's parameters."""
    return [{"a": torch.tensor(p[:400]).reshape(40, 10), "b": torch.tensor(p[400:])} for p in path]


def measured(path, masks=None):
    return directions(range(len(path)), states_of(path), TABLE, masks or {})


@pytest.fixture
def walk():
    draw = np.random.default_rng(3)
    return np.cumsum(draw.normal(size=(101, 1000)), axis=0)


def cosine(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def test_every_pair_and_every_cosine_as_from_explicit_vectors(walk):
    path = walk[:9]
    found = measured(path)
    for i, one in enumerate(path):
        for j, other in enumerate(path):
            expected = np.linalg.norm(one - other)
            assert math.isclose(expected, found.distances[i, j], rel_tol=1e-12, abs_tol=0)
    expected = [cosine(p - path[0], path[-1] - path[0]) for p in path[1:]]
    np.testing.assert_allclose(found.to_end[1:], expected, rtol=1e-12)
    steps = np.diff(path, axis=0)
    expected = [cosine(a, b) for a, b in itertools.pairwise(steps)]
    np.testing.assert_allclose(found.turns[1:-1], expected, rtol=1e-10)
    assert np.isnan([found.to_end[0], found.turns[0], found.turns[-1]]).all()
    np.testing.assert_allclose(found.intervals, np.linalg.norm(steps, axis=1))


def test_masked_scalars_do_not_count(walk):
    dead = torch.zeros(40, 10, dtype=torch.bool)
    dead[:, 3] = True
    found = measured(walk[:4], {"a": dead})
    keep = np.append(~dead.numpy().reshape(-1), np.ones(600, bool))
    assert 960 == found.scalars
    expected = np.linalg.norm(walk[3, keep] - walk[0, keep])
    assert math.isclose(expected, found.distances[0, 3], rel_tol=1e-12)


def test_a_run_that_stands_still_has_no_direction():
    found = measured(np.ones((4, 1000)))
    assert not found.distances.any()
    assert np.isnan(found.to_end).all()
    assert np.isnan(found.turns).all()


def test_cosines_of_a_random_walk_lie_at_their_nulls(walk):
    found = measured(walk)
    turns = found.turns[1:-1]
    assert abs(turns.mean()) < 4 * found.null_deviation / math.sqrt(len(turns))
    assert 0.8 < turns.std() / found.null_deviation < 1.2
    expected = np.sqrt(np.arange(1, 101) / 100)
    assert np.abs(found.to_end[1:] - expected).max() < 0.12


def recorded(path):
    far = np.linalg.norm(path - path[0], axis=1)
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
    step = np.arange(len(path), dtype=float)
    nothing = Series(np.zeros(0), np.zeros(0))
    return Trajectory(Series(step, far), Series(step, length), nothing, nothing, 1,
                      len(path) - 1, False)  # fmt: skip


def test_k11_a_straight_line_and_a_random_walk(walk):
    line = recorded(np.outer(np.arange(101), np.ones(1000)))
    assert math.isclose(1.0, line.straightness, rel_tol=1e-12)
    wandering = recorded(walk)
    assert math.isclose(0.1, wandering.random_walk)
    assert math.isclose(0.1, wandering.straightness, rel_tol=0.06)
    assert math.isclose(0.1, wandering.random_walk_of_its_steps, rel_tol=0.01)


def test_a_walk_of_unequal_steps_has_a_null_of_its_own():
    draw = np.random.default_rng(0)
    sizes = np.append(np.ones(99), 30.0)[:, None]
    walk = np.append(np.zeros((1, 1000)), np.cumsum(sizes * draw.normal(size=(100, 1000)), 0), 0)
    found = recorded(walk)
    assert found.straightness > 2 * found.random_walk
    assert math.isclose(found.straightness, found.random_walk_of_its_steps, rel_tol=0.05)


def test_k3_straightness_of_nothing_is_undefined():
    assert recorded(np.ones((5, 3))).straightness is None
