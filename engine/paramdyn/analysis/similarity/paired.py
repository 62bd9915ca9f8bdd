"""All similarity measures of one pair of feature matrices, and of the pair with images permuted.

What belongs to one side alone (centring, bases, norms) is computed once and serves every measure
and every permutation, since permuting the examples of a side permutes the rows of its bases. The
values are those of the functions that ``similarity`` offers one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from paramdyn.analysis.similarity.cca import basis, cca_warnings, too_few
from paramdyn.analysis.similarity.cka import cka
from paramdyn.analysis.similarity.correlation import Units, units_of
from paramdyn.analysis.similarity.features import Array, centred, pair, pair_problem, unit_columns
from paramdyn.analysis.similarity.hsic import (
    hsic_of_sums,
    ratio,
    row_norms,
    self_hsic_of_sums,
    sums_of,
)
from paramdyn.analysis.similarity.matching import Indices, match_greedy, match_hungarian
from paramdyn.analysis.similarity.measured import Measured, defined, undefined
from paramdyn.analysis.similarity.nulls import Null
from paramdyn.analysis.similarity.procrustes import held_out_procrustes

VARIANCE = 0.99
"""Of the components that SVCCA keeps."""
CHEAP_WIDTH = 256
"""Units up to which every draw of a null is made."""

MATCHED, GREEDY, CKA = "matched", "greedy", "cka"
SVCCA, PWCCA_X, PWCCA_Y = "svcca", "pwcca_x", "pwcca_y"
PROCRUSTES, HELD_OUT = "procrustes", "held_out"
OF_ITSELF: Mapping[str, float] = {
    MATCHED: 1.0, GREEDY: 1.0, CKA: 1.0, SVCCA: 1.0, PWCCA_X: 1.0, PWCCA_Y: 1.0,
    PROCRUSTES: 0.0, HELD_OUT: 0.0,
}  # fmt: skip
"""What each is for a network and itself, in the order in which they are shown."""


class Side:
    """One feature matrix and what its measures share; units that never vary are left out.

    Args:
        features: Finite and not constant. Shape (n, d), n >= 4.
    """

    def __init__(self, features: Array) -> None:
        self.units: Units = units_of(features)
        live = features[:, self.units.live]
        self.columns = unit_columns(live)
        self.centred = centred(live)
        self.n, self.width = live.shape

    @cached_property
    def basis(self) -> Array:
        """Orthonormal over examples. Shape (n, rank)."""
        return basis(self.centred)

    @cached_property
    def loadings(self) -> Array:
        """The units in the basis, whose rows are the principal axes. Shape (rank, units)."""
        return self.basis.T @ self.centred

    @cached_property
    def components(self) -> int:
        """How many of the basis are the principal components that SVCCA keeps."""
        shares = np.cumsum(row_norms(self.loadings))
        return min(len(shares), int(np.searchsorted(shares / shares[-1], VARIANCE)) + 1)

    @cached_property
    def scaled(self) -> Array:
        """Of Frobenius norm 1. Shape (n, units)."""
        return self.centred / np.linalg.norm(self.centred)

    @cached_property
    def own_hsic(self) -> float:
        """HSIC with itself; for widths up to n."""
        return self_hsic_of_sums(sums_of(self.centred, self.centred), self.n, "unbiased")


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """What one pair of feature matrices gives.

    Attributes:
        values: Measure -> its value, as ``OF_ITSELF``.
        nulls: The same with the images of the second side permuted; undefined ones too.
        correlations: Pearson's r of live units. Shape (units of X, units of Y).
        rows: Matched units of X, as rows of ``correlations``, ascending.
        columns: Their partners.
        x: Which units of X are live.
        y: Which of Y.
        n: Examples.
    """

    values: Mapping[str, Measured]
    nulls: Mapping[str, Null]
    correlations: Array
    rows: Indices
    columns: Indices
    x: Units | None
    y: Units | None
    n: int


def affordable(draws: int, width: int) -> int:
    """Return how many draws of a null are made: fewer for wide layers, whose cost is cubic."""
    return max(1, min(draws, int(draws * (CHEAP_WIDTH / max(width, 1)) ** 2)))


def paired(x: ArrayLike, y: ArrayLike, *, draws: int = 20, seed: int = 0) -> Paired:
    """Return every measure of two feature matrices of the same examples, and its null.

    Args:
        x: Shape (n, d1).
        y: Shape (n, d2).
        draws: Permutations of the examples of Y at most, see ``affordable``; 0: no nulls.
        seed: Of the permutations.

    Returns:
        Undefined values for n < 4, NaN or infinity, constant features; CCA and its kin also for
        n <= live units.

    Raises:
        ShapeMismatch: Not two matrices with the same number of rows.
    """
    left, right = pair(x, y)
    n = len(left)
    reason = pair_problem(left, right, least=4)
    if reason:
        blank = undefined(reason, n)
        none: Indices = np.zeros(0, dtype=np.intp)
        return Paired(dict.fromkeys(OF_ITSELF, blank), {}, np.zeros((0, 0)), none, none, None, None,
                      n)  # fmt: skip
    one, other = Side(left), Side(right)
    there = np.arange(n)
    correlations = _correlations(one, other, there)
    rows, columns = match_hungarian(np.abs(correlations))
    values = _values(one, other, there)
    random = np.random.default_rng(seed)
    makes = affordable(draws, max(one.width, other.width)) if draws else 0
    drawn = [_values(one, other, random.permutation(n)) for _ in range(makes)]
    nulls = {name: _null([each[name] for each in drawn]) for name in OF_ITSELF} if drawn else {}
    return Paired(values, nulls, correlations, rows, columns, one.units, other.units, n)


def self_test(x: ArrayLike) -> Mapping[str, Measured]:
    """Return every measure of a feature matrix and itself: ``OF_ITSELF``, up to rounding."""
    return paired(x, x, draws=0).values


def _values(one: Side, other: Side, order: Indices) -> dict[str, Measured]:
    """Return all measures with the examples of ``other`` in this order."""
    weights = np.abs(_correlations(one, other, order))
    return {
        MATCHED: _mean_matched(weights, match_hungarian, one.n),
        GREEDY: _mean_matched(weights, match_greedy, one.n),
        CKA: _cka(one, other, order),
        **_canonical(one, other, order),
        **_procrustes(one, other, order),
    }


def _correlations(one: Side, other: Side, order: Indices) -> Array:
    return np.clip(one.columns.T @ other.columns[order], -1.0, 1.0)


def _mean_matched(
    weights: Array, match: Callable[[Array], tuple[Indices, Indices]], n: int
) -> Measured:
    return defined(float(weights[match(weights)].mean()), n)


def _cka(one: Side, other: Side, order: Indices) -> Measured:
    if max(one.width, other.width) > one.n:
        return cka(one.centred, other.centred[order])
    cross = hsic_of_sums(sums_of(one.centred, other.centred[order]), one.n, "unbiased")
    return ratio(cross, one.own_hsic, other.own_hsic, one.n)


def _canonical(one: Side, other: Side, order: Indices) -> dict[str, Measured]:
    n, widest = one.n, max(one.width, other.width)
    reason = too_few(n, widest)
    if reason:
        return dict.fromkeys((SVCCA, PWCCA_X, PWCCA_Y), undefined(reason, n))
    product = one.basis.T @ other.basis[order]
    kept = np.linalg.svd(product[: one.components, : other.components], compute_uv=False)
    left, values, right = np.linalg.svd(product, full_matrices=False)
    values = np.clip(values, 0.0, 1.0)
    warnings = cca_warnings(n, widest, one.basis.shape[1] + other.basis.shape[1])
    found = {SVCCA: defined(float(np.clip(kept, 0.0, 1.0).mean()), n)}
    for name, turned in (
        (PWCCA_X, left.T @ one.loadings),
        (PWCCA_Y, right @ other.loadings),
    ):
        weights = np.abs(turned).sum(axis=1)
        found[name] = defined(float(values @ weights / weights.sum()), n, *warnings)
    return found


def _procrustes(one: Side, other: Side, order: Indices) -> dict[str, Measured]:
    """Return the distance over all examples, and over the odd ones after fitting the even ones."""
    a, b = one.scaled, other.scaled[order]
    nuclear = float(np.linalg.svd(a.T @ b, compute_uv=False).sum())
    held = held_out_procrustes(*(side[first::2] for first in (0, 1) for side in (a, b)))
    return {PROCRUSTES: defined(max(0.0, 2 - 2 * nuclear), one.n), HELD_OUT: held}


def _null(drawn: list[Measured]) -> Null:
    bad = next((each for each in drawn if each.value is None), None)
    if bad is not None:
        return Null(bad, None, None, len(drawn))
    values = [each.value for each in drawn if each.value is not None]
    mean = defined(math.fsum(values) / len(values), drawn[0].n)
    if len(values) < 2:
        return Null(mean, None, None, len(values))
    low, high = np.quantile(values, [0.025, 0.975])
    return Null(mean, float(low), float(high), len(values))
