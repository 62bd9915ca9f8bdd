"""Canonical correlation analysis of two feature matrices: CCA, SVCCA and PWCCA.

These measures look at subspaces: they demand more examples than units, because with n <= d any two
feature matrices span the same space and every correlation is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from paramdyn.analysis.similarity.features import Array, centred, pair, pair_problem
from paramdyn.analysis.similarity.measured import Measured, defined, undefined

ENOUGH = 10  # examples for each unit; with fewer, noise alone correlates visibly


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalCorrelations:
    """The canonical correlations of two feature matrices.

    Attributes:
        values: Correlations, largest first, in [0, 1]. Shape (min of the ranks,); empty where
            undefined.
        mean: Their mean; undefined with its reason.
        ranks: Directions of X and of Y that entered: fewer than units where units are constant,
            linearly dependent, or cut off by a PCA.
        ridge: κ, which was added to the variances (see ``cca``).
        directions: Canonical variables of X, orthonormal columns over examples, in the order of
            ``values``. Shape (n, min of the ranks).
    """

    values: Array
    mean: Measured
    ranks: tuple[int, int]
    ridge: float
    directions: Array


@dataclass(frozen=True, slots=True)
class Pwcca:
    """Projection-weighted CCA in both directions, which differ.

    Attributes:
        by_x: Weighted by how much of X each canonical direction accounts for.
        by_y: The same for Y.
    """

    by_x: Measured
    by_y: Measured


def cca(
    x: ArrayLike, y: ArrayLike, *, ridge: float = 0.0, variance: float = 1.0
) -> CanonicalCorrelations:
    """Return the canonical correlations of two feature matrices of the same examples.

    The singular values of UₓᵀU_y, where Uₓ is an orthonormal basis of the centred columns of X (by
    QR and SVD). Linearly dependent and constant units drop out. Independent Gaussian features do
    not give 0: the mean is .27 for n = 1000, d = 100 (``nulls.wachter_mean``).

    Args:
        x: Shape (n, d1), n > d1.
        y: Shape (n, d2), n > d2.
        ridge: κ >= 0, relative to the mean variance of the directions of each matrix: a direction
            of variance v counts v/(v + κ·mean v). 0 is CCA proper; above it X has no
            correlation of 1 with itself.
        variance: Share of variance that a PCA keeps of each matrix, in (0, 1]; 1 keeps all.

    Returns:
        Undefined for n <= d of either matrix, constant features, NaN or infinity. Warned of below
        10 examples for each unit.

    Raises:
        ValueError: ``ridge`` or ``variance`` is out of range.
        ShapeMismatch: Not two matrices with the same number of rows.

    Reference:
        Hotelling, "Relations between two sets of variates", Biometrika 1936.
    """
    if ridge < 0 or not 0 < variance <= 1:
        raise ValueError("ridge must be >= 0 and variance in (0, 1]")
    left, right = pair(x, y)
    n, widest = len(left), max(left.shape[1], right.shape[1])
    reason = pair_problem(left, right, least=2) or too_few(n, widest)
    if reason:
        return _undefined(reason, n, ridge)
    u, v = basis(centred(left), ridge, variance), basis(centred(right), ridge, variance)
    rotation, values, _ = np.linalg.svd(u.T @ v, full_matrices=False)
    values = np.clip(values, 0.0, 1.0)
    mean = defined(float(values.mean()), n, *cca_warnings(n, widest, u.shape[1] + v.shape[1]))
    return CanonicalCorrelations(values, mean, (u.shape[1], v.shape[1]), ridge, u @ rotation)


def mean_cca(x: ArrayLike, y: ArrayLike, *, ridge: float = 0.0) -> Measured:
    """Return the mean canonical correlation, in [0, 1], over the smaller of the two ranks.

    Args, edge cases and errors are those of ``cca``.

    Reference:
        Raghu et al., "SVCCA", NeurIPS 2017, arXiv:1706.05806.
    """
    return cca(x, y, ridge=ridge).mean


def svcca(x: ArrayLike, y: ArrayLike, *, variance: float = 0.99) -> Measured:
    """Return singular-vector CCA: the mean CCA of principal components, in [0, 1].

    Each matrix is first reduced to the fewest principal components that hold ``variance`` of its
    variance. n must exceed the width before that cut: with n <= d the components of noise fill the
    space of examples as well. Other edge cases and errors are those of ``cca``.

    Reference:
        Raghu et al., "SVCCA: Singular Vector Canonical Correlation Analysis for Deep Learning
        Dynamics and Interpretability", NeurIPS 2017, arXiv:1706.05806.
    """
    return cca(x, y, variance=variance).mean


def pwcca(x: ArrayLike, y: ArrayLike, *, ridge: float = 0.0) -> Pwcca:
    """Return projection-weighted CCA, in [0, 1], weighted by X and weighted by Y.

    Σ αᵢρᵢ / Σ αᵢ with αᵢ = Σⱼ |<hᵢ, xⱼ>|, where hᵢ is the canonical variable (a vector over
    examples) of correlation ρᵢ and xⱼ are the centred units of the side that weights. The widths
    may differ; there are as many ρᵢ as the smaller rank. Edge cases and errors: ``cca``.

    Reference:
        Morcos, Raghu & Bengio, "Insights on representational similarity in neural networks with
        canonical correlation", NeurIPS 2018, arXiv:1806.05759.
    """
    return Pwcca(_weighted(x, y, ridge), _weighted(y, x, ridge))


def pwcca_by_x(x: ArrayLike, y: ArrayLike) -> Measured:
    """Return projection-weighted CCA weighted by the first matrix alone; see ``pwcca``."""
    return _weighted(x, y, 0.0)


def _weighted(x: ArrayLike, y: ArrayLike, ridge: float) -> Measured:
    found = cca(x, y, ridge=ridge)
    if not found.mean.is_defined:
        return found.mean
    weights = np.abs(found.directions.T @ centred(pair(x, y)[0])).sum(axis=1)
    if not weights.sum() > 0:
        return undefined("no canonical direction touches the units", found.mean.n)
    return defined(
        float(found.values @ weights / weights.sum()), found.mean.n, *found.mean.warnings
    )


def basis(x: Array, ridge: float = 0.0, variance: float = 1.0) -> Array:
    """Return the orthonormal basis of the columns of X, shrunk by the ridge. Shape (n, rank).

    Args:
        x: Centred. Shape (n, d).
        ridge: As for ``cca``.
        variance: Share of variance that its components keep.
    """
    q, r = np.linalg.qr(x)
    left, values, _ = np.linalg.svd(r)
    rank = int((values > values[0] * max(x.shape) * np.finfo(np.float64).eps).sum())
    if variance < 1:
        shares = np.cumsum(values**2) / np.sum(values**2)
        rank = min(rank, int(np.searchsorted(shares, variance)) + 1)
    power = values[:rank] ** 2
    shrink = np.sqrt(power / (power + ridge * power.mean()))
    found: Array = (q @ left[:, :rank]) * shrink
    return found


def too_few(n: int, widest: int) -> str:
    """Return why n examples cannot tell so many units apart, or an empty text."""
    if n > widest:
        return ""
    return f"{n} examples for {widest} units, and CCA needs more examples than units"


def cca_warnings(n: int, widest: int, directions: int) -> list[str]:
    """Return what limits a value of n examples."""
    found = []
    if n < ENOUGH * widest:
        found.append(f"{n} examples are fewer than {ENOUGH} for each of {widest} units")
    forced = directions - (n - 1)
    if forced > 0:
        found.append(f"{forced} correlations are 1 whatever the features: n - 1 < d1 + d2")
    return found


def _undefined(reason: str, n: int, ridge: float) -> CanonicalCorrelations:
    nothing = np.zeros(0)
    blank = undefined(reason, n)
    return CanonicalCorrelations(nothing, blank, (0, 0), ridge, np.zeros((n, 0)))
