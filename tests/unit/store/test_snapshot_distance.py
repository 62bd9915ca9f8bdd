"""Distances of snapshots, beside slow sums in exact arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest

from paramdyn.store import snapshot_distance
from paramdyn.store.snapshot_distance import Distance, compare, distance


def exactly(a, b):
    """Return ‖a‖², ‖b‖² and ‖b - a‖² as fractions."""
    pairs = [(Fraction(float(x)), Fraction(float(y))) for x, y in zip(a.flat, b.flat, strict=True)]
    rows = [(x * x, y * y, (y - x) ** 2) for x, y in pairs]
    return tuple(sum(part) for part in zip(*rows, strict=True))


@pytest.mark.parametrize("block", [7, 65_536])
def test_sums_are_those_of_exact_arithmetic(monkeypatch, block):
    monkeypatch.setattr(snapshot_distance, "BLOCK", block)
    draw = np.random.default_rng(0)
    a = draw.standard_normal((4, 5), dtype=np.float32)
    b = a + np.float32(1e-6) * draw.standard_normal((4, 5), dtype=np.float32)
    found = distance(a, b)
    squared_a, squared_b, squared = exactly(a, b)
    assert math.isclose(squared_a, found.squared_a, rel_tol=1e-14)
    assert math.isclose(squared_b, found.squared_b, rel_tol=1e-14)
    assert math.isclose(squared, found.squared, rel_tol=1e-12)
    assert math.isclose(math.sqrt(squared), found.l2, rel_tol=1e-12)
    assert math.isclose(math.sqrt(squared / squared_a), found.relative, rel_tol=1e-12)


def test_a_turn_that_a_float32_cosine_cannot_see():
    a = np.full(1000, 1.0, np.float32)
    b = a.copy()
    b[0] += np.float32(1e-3)
    squared_a, squared_b, squared = (float(part) for part in exactly(a, b))
    norms = math.sqrt(squared_a) * math.sqrt(squared_b)
    expected = (squared - (math.sqrt(squared_a) - math.sqrt(squared_b)) ** 2) / (2 * norms)
    assert 0 < expected < 1e-8
    assert math.isclose(expected, distance(a, b).direction_change, rel_tol=1e-6)


def test_counts():
    a = np.array([1.0, -1.0, 0.0, 0.0, -0.0, np.nan, 2.0], np.float32)
    b = np.array([-1.0, -1.0, 1.0, -0.0, -0.0, np.nan, 2.0], np.float32)
    found = distance(a, b)
    assert (7, 4, 1, 4) == (found.scalars, found.equal_bits, found.opposite_signs, found.signed)
    assert (4 / 7, 1 / 4) == (found.equal_share, found.opposite_share)
    assert math.isnan(found.l2)
    assert math.isnan(found.direction_change)


def test_what_is_undefined():
    zero, one = np.zeros(3, np.float32), np.ones(3, np.float32)
    assert (None, None) == (distance(zero, one).relative, distance(zero, one).direction_change)
    assert None is distance(zero, one).opposite_share
    empty = distance(zero[:0], one[:0])
    assert (0, 0.0, None) == (empty.scalars, empty.l2, empty.equal_share)


def test_opposite_and_same_directions():
    a = np.arange(1, 9, dtype=np.float32)
    assert math.isclose(2.0, distance(a, -a).direction_change)
    assert (0.0, 1.0) == (distance(a, a).direction_change, distance(a, a).equal_share)
    assert 0.0 == distance(a, 2 * a).direction_change


@pytest.mark.parametrize("kind", [np.int64, np.float16, np.float64, np.uint8, np.bool_])
def test_other_types(kind):
    a, b = np.array([1, 0, 1], kind), np.array([1, 1, 0], kind)
    found = distance(a, b)
    assert (math.sqrt(2), 1) == (found.l2, found.equal_bits)


def test_comparison_says_what_does_not_fit():
    a = {"w": np.ones(2, np.float32), "x": np.ones(2, np.float32), "only": np.ones(1)}
    b = {"w": np.zeros(2, np.float32), "x": np.ones(3, np.float32), "more": np.ones(1)}
    found = compare(a, b)
    assert (["w"], ("only",), ("more",), ("x",)) == (
        list(found.tensors), found.only_a, found.only_b, found.misfits,
    )  # fmt: skip
    assert 2.0 == found.total(["w", "x"]).squared
    assert Distance() == found.total([])
