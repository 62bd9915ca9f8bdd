"""Ranks of a displacement, and what they are where nothing is to be found."""

import math

import numpy as np
import pytest

from paramdyn.analysis.movement.spectrum import (
    displacement_spectrum,
    marchenko_pastur,
    spectrum_of,
)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_ranks_as_from_singular_values(rng):
    matrix = rng.normal(size=(30, 70)) * np.linspace(0.1, 3, 30)[:, None]
    s = np.linalg.svd(matrix, compute_uv=False)
    found = spectrum_of(matrix)
    assert math.isclose(s.sum() ** 2 / (s**2).sum(), found.effective_rank, rel_tol=1e-9)
    assert math.isclose((s**2).sum() / s[0] ** 2, found.stable_rank, rel_tol=1e-9)
    assert math.isclose((s[:10] ** 2).sum() / (s**2).sum(), found.top_energy, rel_tol=1e-9)
    turned = spectrum_of(matrix.T * 1e-30)
    assert math.isclose(found.effective_rank, turned.effective_rank, rel_tol=1e-9)


@pytest.mark.parametrize("d", [2, 12])
def test_k31_equal_singular_values_have_full_rank_and_rank_one_has_one(d):
    found = spectrum_of(np.eye(d))
    assert math.isclose(d, found.effective_rank, rel_tol=1e-12)
    assert math.isclose(d, found.stable_rank, rel_tol=1e-12)
    one = spectrum_of(np.outer(np.arange(1.0, d + 1), np.ones(d)))
    assert math.isclose(1.0, one.effective_rank, abs_tol=1e-6)


@pytest.mark.parametrize("shape", [(200, 200), (64, 640), (900, 100)])
def test_independent_values_meet_the_law(rng, shape):
    found, law = spectrum_of(rng.normal(size=shape)), marchenko_pastur(*shape)
    assert math.isclose(law.effective_rank, found.effective_rank, rel_tol=0.02)
    assert math.isclose(law.stable_rank, found.stable_rank, rel_tol=0.06)
    assert math.isclose(law.top_energy, found.top_energy, rel_tol=0.06)


def test_a_planted_direction_is_seen_and_its_shuffle_is_not(rng):
    start = rng.normal(size=(40, 10, 3, 3)).astype(np.float32)
    planted = np.outer(rng.normal(size=40), rng.normal(size=90)).reshape(start.shape)
    end = (start + planted + 0.01 * rng.normal(size=start.shape)).astype(np.float32)
    found = displacement_spectrum("w", start, end, None, rng=rng)
    assert (40, 90) == (found.rows, found.columns)
    assert found.found.stable_rank < 1.01
    assert found.shuffled.stable_rank > 5
    assert found.independent.stable_rank > 5


def test_structural_columns_are_left_out(rng):
    start = np.zeros((16, 4, 3, 3))
    end = rng.normal(size=start.shape)
    dead = np.ones(start.shape, bool)
    dead[:, :, 1, 1] = False
    end[dead] = 0.0
    found = displacement_spectrum("w", start, end, dead, rng=rng)
    assert (16, 4) == (found.rows, found.columns)
    plain = spectrum_of(end[:, :, 1, 1])
    assert math.isclose(plain.effective_rank, found.found.effective_rank, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (np.zeros((4, 5)), "it did not move"),
        (np.full((4, 5), np.nan), "a value is not finite"),
        (np.ones((1, 5)), "fewer than two rows or columns can move"),
    ],
)
def test_what_is_undefined_says_why(rng, end, reason):
    found = displacement_spectrum("w", np.zeros(end.shape), end, None, rng=rng)
    assert reason == found.reason
    assert found.found is None
