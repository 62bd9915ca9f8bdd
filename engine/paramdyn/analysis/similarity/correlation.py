"""Pearson correlations of units: between two models, matched one to one, and within one.

A unit that takes one value over all examples has no correlation. Such units are excluded and
counted, the dead ones (always exactly 0) apart from other constant ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramdyn.analysis.similarity.features import (
    Array,
    centred,
    matrix,
    pair,
    pair_problem,
    problem,
    unit_columns,
    varies,
)
from paramdyn.analysis.similarity.matching import Indices, match_greedy, match_hungarian
from paramdyn.analysis.similarity.measured import Measured, defined, undefined

Method = Literal["hungarian", "greedy"]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Which units of a layer have a correlation at all.

    Attributes:
        live: Places of the units that vary. Shape (live,).
        dead: Units that are exactly 0 on every example.
        constant: Units with one other value on every example.
        total: Units of the layer: live + dead + constant.
    """

    live: Indices
    dead: int
    constant: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class UnitCorrelations:
    """Pearson correlations of the live units of X with those of Y.

    Attributes:
        values: Correlations in [-1, 1]. Shape (live units of X, live units of Y).
        x: Which units of X these are.
        y: Which units of Y these are.
        reason: Why there are none; empty where there are.
        n: Examples.
    """

    values: Array
    x: Units
    y: Units
    reason: str
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Units of two layers matched one to one.

    Attributes:
        mean: Mean |r| of the matched pairs, in [0, 1]; undefined with its reason.
        x: Matched units of X, as places in the layer. Shape (min of the live units,).
        y: Their partners in Y.
        correlations: The signed r of each pair.
        found: All correlations, with the counts of what was excluded.
    """

    mean: Measured
    x: Indices
    y: Indices
    correlations: Array
    found: UnitCorrelations


@dataclass(frozen=True, slots=True)
class WithinModel:
    """How correlated the live units of one layer are with one another.

    Attributes:
        mean: Mean r over pairs of different units, in [-1, 1]; needs two live units.
        mean_absolute: Mean |r|, in [0, 1].
        share_above_half: Share of pairs with r > .5, in [0, 1].
        participation_ratio: (Σλ)²/Σλ² of the covariance, in [1, live units].
        standardized_participation_ratio: The same of the correlation matrix, which gives every
            live unit the same variance.
        live: Units that entered.
        dead: Units left out that are exactly 0 on every example.
        constant: Units left out that have one other value.
    """

    mean: Measured
    mean_absolute: Measured
    share_above_half: Measured
    participation_ratio: Measured
    standardized_participation_ratio: Measured
    live: int
    dead: int
    constant: int


def units_of(features: ArrayLike) -> Units:
    """Return which units of a layer vary, and how many are dead or constant.

    Args:
        features: Finite. Shape (n, d), n >= 1.

    Raises:
        ShapeMismatch: Not two dimensions.
    """
    values = matrix(features, "features")
    moving = varies(values)
    dead = int((~moving & (values[0] == 0)).sum())
    live = np.flatnonzero(moving)
    return Units(live, dead, values.shape[1] - len(live) - dead, values.shape[1])


def correlation_matrix(x: ArrayLike, y: ArrayLike) -> UnitCorrelations:
    """Return Pearson's r of every live unit of X with every live unit of Y.

    Covariance and standard deviations are sums over the same n, so |r| <= 1 and r(x, x) = 1;
    rounding above 1 is cut.

    Args:
        x: Shape (n, d1), n >= 2.
        y: Shape (n, d2).

    Returns:
        With a reason and no values for n < 2, NaN or infinity, or a layer without live units.

    Raises:
        ShapeMismatch: Not two matrices with the same number of rows.
    """
    left, right = pair(x, y)
    reason = pair_problem(left, right, least=2)
    if reason:
        sides = [_unknown_units(side) for side in (left, right)]
        return UnitCorrelations(np.zeros((0, 0)), sides[0], sides[1], reason, len(left))
    units_x, units_y = units_of(left), units_of(right)
    a, b = unit_columns(left[:, units_x.live]), unit_columns(right[:, units_y.live])
    return UnitCorrelations(np.clip(a.T @ b, -1.0, 1.0), units_x, units_y, "", len(left))


def match_units(x: ArrayLike, y: ArrayLike, *, method: Method = "hungarian") -> Matching:
    """Return units of X and Y matched one to one by |r|, and their mean |r|.

    Independent features match at about .9·sqrt(2 ln d / n), not at 0: compare with
    ``nulls.independent_null``. Where one layer has more live units, its least like ones stay
    unmatched.

    Args:
        x: Shape (n, d1), n >= 2.
        y: Shape (n, d2).
        method: ``hungarian`` maximizes the sum of |r|. ``greedy`` takes the largest |r| left,
            again and again, and never has a larger sum.

    Returns:
        Undefined as for ``correlation_matrix``.

    Raises:
        ShapeMismatch: Not two matrices with the same number of rows.

    Reference:
        Li et al., "Convergent Learning: Do different neural networks learn the same
        representations?", ICLR 2016, arXiv:1511.07543.
    """
    found = correlation_matrix(x, y)
    if found.reason:
        none: Indices = np.zeros(0, dtype=np.intp)
        return Matching(undefined(found.reason, found.n), none, none, np.zeros(0), found)
    match = match_hungarian if method == "hungarian" else match_greedy
    rows, columns = match(np.abs(found.values))
    values = found.values[rows, columns]
    mean = defined(float(np.abs(values).mean()), found.n)
    return Matching(mean, found.x.live[rows], found.y.live[columns], values, found)


def matched_correlation(x: ArrayLike, y: ArrayLike) -> Measured:
    """Return the mean |r| of Hungarian-matched units, in [0, 1]; see ``match_units``."""
    return match_units(x, y).mean


def greedy_correlation(x: ArrayLike, y: ArrayLike) -> Measured:
    """Return the mean |r| of greedily matched units, in [0, 1]; see ``match_units``."""
    return match_units(x, y, method="greedy").mean


def within_model(features: ArrayLike) -> WithinModel:
    """Return how correlated the units of one layer are with one another.

    Independent features have mean r 0 and a participation ratio of d(n-1)/(n+d), below d. The
    untrained net is the control to print beside. Off-diagonal numbers need two live units; all
    need n >= 2.

    Args:
        features: Shape (n, d).

    Raises:
        ShapeMismatch: Not two dimensions.

    Reference:
        Gao et al., "A theory of multineuronal dimensionality, dynamics and measurement", 2017,
        for the participation ratio.
    """
    values = matrix(features, "features")
    reason, n = problem(values, "features", least=2), len(values)
    if reason:
        blank, units = undefined(reason, n), _unknown_units(values)
        return WithinModel(blank, blank, blank, blank, blank, 0, units.dead, units.constant)
    units = units_of(values)
    live = values[:, units.live]
    columns = unit_columns(live)
    mean, mean_absolute, share = _off_diagonal(columns.T @ columns, n)
    return WithinModel(
        mean,
        mean_absolute,
        share,
        defined(_participation(centred(live)), n),
        defined(_participation(columns), n),
        live=len(units.live),
        dead=units.dead,
        constant=units.constant,
    )


def _off_diagonal(correlations: Array, n: int) -> list[Measured]:
    """Return mean r, mean |r| and the share above .5 over pairs of different units."""
    if len(correlations) < 2:
        return [undefined("one live unit has no pair", n)] * 3
    off = np.clip(correlations[~np.eye(len(correlations), dtype=bool)], -1.0, 1.0)
    numbers = (off.mean(), np.abs(off).mean(), (off > 0.5).mean())
    return [defined(float(number), n) for number in numbers]


def participation_ratio(features: ArrayLike) -> Measured:
    """Return (Σλ)²/Σλ² of the covariance: d for equal variances, 1 for one direction.

    The number of examples by which the covariance is divided cancels. Undefined for constant
    features, n < 2, NaN or infinity.

    Raises:
        ShapeMismatch: Not two dimensions.
    """
    values = matrix(features, "features")
    reason, n = problem(values, "features", least=2), len(values)
    return undefined(reason, n) if reason else defined(_participation(centred(values)), n)


def _participation(x: Array) -> float:
    """Return (tr S)² / |S|² of S = XᵀX, by the smaller of XᵀX and XXᵀ."""
    gram = x.T @ x if x.shape[1] <= len(x) else x @ x.T
    return float(np.trace(gram) ** 2 / np.vdot(gram, gram))


def _unknown_units(values: Array) -> Units:
    """Return the counts of a layer that has no correlations: none is live."""
    n, d = values.shape
    nothing: Indices = np.zeros(0, dtype=np.intp)
    still: NDArray[np.bool_] = ~varies(values) if n else np.ones(d, dtype=bool)
    dead = int((still & (values[0] == 0)).sum()) if n else 0
    return Units(nothing, dead, int(still.sum()) - dead, d)
