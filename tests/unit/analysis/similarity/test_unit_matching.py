"""Greedy matching against the loop that it replaces, and both against brute force."""

import itertools

import numpy as np
import pytest

from paramdyn.analysis.similarity import match_greedy, match_hungarian

RANDOM = np.random.default_rng(19)


def slow_greedy(weights):
    """One pair at a time, over plain lists, as the study did it."""
    rows, columns = list(range(len(weights))), list(range(len(weights[0])))
    pairs = {}
    while rows and columns:
        best = None
        for i in rows:
            for j in columns:
                if best is None or weights[i][j] > weights[best[0]][best[1]]:
                    best = (i, j)
        pairs[best[0]] = best[1]
        rows.remove(best[0])
        columns.remove(best[1])
    return sorted(pairs.items())


MATRICES = {
    "random": RANDOM.random((30, 30)),
    "wide": RANDOM.random((9, 25)),
    "tall": RANDOM.random((25, 9)),
    "ties": RANDOM.integers(0, 3, (30, 30)).astype(float),
    "all equal": np.ones((40, 40)),
    "monotone": np.add.outer(np.arange(40.0), np.arange(40.0)),
    "one": np.array([[0.0]]),
}


@pytest.mark.parametrize("weights", MATRICES.values(), ids=MATRICES)
def test_greedy_takes_the_pairs_of_the_loop(weights):
    rows, columns = match_greedy(weights)
    assert slow_greedy(weights.tolist()) == list(zip(rows.tolist(), columns.tolist(), strict=True))


@pytest.mark.parametrize("shape", [(5, 5), (3, 6), (6, 3)])
def test_hungarian_is_the_best_and_greedy_never_better(shape):
    weights = RANDOM.random(shape)
    short = weights if shape[0] <= shape[1] else weights.T
    best = max(
        sum(short[i, j] for i, j in enumerate(chosen))
        for chosen in itertools.permutations(range(short.shape[1]), len(short))
    )
    assert best == pytest.approx(weights[match_hungarian(weights)].sum())
    assert weights[match_greedy(weights)].sum() <= best


def test_nothing_matches_nothing():
    assert [] == match_greedy(np.zeros((0, 4)))[0].tolist()
