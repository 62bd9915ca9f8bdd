"""A part of ``analyze_speed.py``: matching 1,000 x 1,000 features of two models.

``loop`` is how it was done by hand: Pearson's r of every pair in a double loop over columns, then
row after row the best partner that is still free.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from _side_by_side import ratio, seconds, take_turns
from numpy.typing import NDArray

from paramdyn.analysis.similarity import match_units

UNITS = 1000
EXAMPLES = 1000


def measure(_images: int, rounds: int) -> dict[str, Any]:
    """Time both, from features to pairs, on the same features."""
    random = np.random.default_rng(0)
    x = random.standard_normal((EXAMPLES, UNITS))
    y = x[:, random.permutation(UNITS)] + random.standard_normal((EXAMPLES, UNITS))
    found: dict[str, float] = {}

    def greedy() -> None:
        found["greedy"] = match_units(x, y, method="greedy").mean.value or 0.0

    def hungarian() -> None:
        found["hungarian"] = match_units(x, y).mean.value or 0.0

    def loop() -> None:
        found["loop"] = by_hand(x, y)

    variants = {
        "loop": seconds(loop), "greedy": seconds(greedy), "hungarian": seconds(hungarian),
    }  # fmt: skip
    figures = take_turns(variants, rounds=rounds, warm_up=False)
    return {
        "figures": figures,
        "ratios": {
            "loop / greedy": ratio(figures, "loop", "greedy"),
            "loop / hungarian": ratio(figures, "loop", "hungarian"),
        },
        "target": ">= 100",
        "units": UNITS,
        "examples": EXAMPLES,
        "mean matched |r|": found,
    }


def by_hand(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the mean matched |r| by loops over units."""
    n, d = x.shape
    correlations = np.zeros((d, d))
    for i in range(d):
        one = x[:, i]
        for j in range(d):
            other = y[:, j]
            covariance = np.sum((one - one.mean()) * (other - other.mean())) / n
            correlations[i, j] = covariance / (one.std() * other.std())
    free = list(range(d))
    total = 0.0
    for i in range(d):
        best, chosen = -1.0, -1
        for j in free:
            if abs(correlations[i, j]) > best:
                best, chosen = abs(correlations[i, j]), j
        free.remove(chosen)
        total += best
    return total / d
