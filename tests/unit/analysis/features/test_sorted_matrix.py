"""The matrix that is shown has matched pairs on its diagonal, and loses no strong correlation."""

import numpy as np
import pytest

from paramdyn.analysis.features.matrix import block_extremes, sorted_matrix
from paramdyn.analysis.similarity import match_hungarian


@pytest.fixture
def correlations():
    return np.random.default_rng(1).uniform(-1, 1, (9, 13))


def test_matched_pairs_are_the_diagonal_strongest_first(correlations):
    rows, columns = match_hungarian(np.abs(correlations))
    found = sorted_matrix(correlations, rows, columns)
    diagonal = np.abs(np.diagonal(found.values))
    assert sorted(np.abs(correlations[rows, columns]), reverse=True) == diagonal.tolist()
    assert sorted(correlations.ravel()) == sorted(found.values.ravel())
    assert (9, 13, 9, 1) == (found.rows, found.columns, found.matched, found.block)


def test_a_large_matrix_is_put_together_in_blocks(correlations):
    rows, columns = match_hungarian(np.abs(correlations))
    whole = sorted_matrix(correlations, rows, columns).values
    found = sorted_matrix(correlations, rows, columns, most=5)
    assert 3 == found.block
    assert (3, 5) == found.values.shape
    for i in range(3):
        for j in range(5):
            block = whole[3 * i : 3 * i + 3, 3 * j : 3 * j + 3].ravel()
            assert block[np.abs(block).argmax()] == found.values[i, j]


def test_blocks_keep_the_sign():
    values = np.array([[0.1, -0.9], [0.2, 0.3]])
    assert [[-0.9]] == block_extremes(values, 2).tolist()


def test_nothing_matched_is_an_empty_matrix():
    none = np.zeros(0, dtype=np.intp)
    assert (0, 0) == sorted_matrix(np.zeros((0, 0)), none, none).values.shape
