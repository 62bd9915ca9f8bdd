"""The Hilbert-Schmidt independence criterion (HSIC) of linear kernels, by moments or by kernels.

For K = X Xᵀ and L = Y Yᵀ every term of HSIC is a sum over examples, so n x n matrices are not
needed: with C = XᵀY, column sums s, squared row norms a (of X) and b (of Y),

    tr K̃L̃   = |C|² - Σ aᵢbᵢ
    1ᵀK̃1    = |s_x|² - Σ aᵢ
    1ᵀK̃L̃1   = s_xᵀ C s_y - s_xᵀ Σ bᵢxᵢ - s_yᵀ Σ aᵢyᵢ + Σ aᵢbᵢ

where the tilde sets the diagonal to 0. Memory is d1·d2, flat in the number of examples.
Features are shifted near their mean beforehand: HSIC does not change, cancellation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from paramdyn.analysis.similarity.features import Array
from paramdyn.analysis.similarity.measured import Measured, defined, undefined

Estimator = Literal["unbiased", "biased"]

# HSIC(K, K) is a squared norm. Below this share of |K|² only rounding is left of it.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums over the examples of two layers, of widths d1 and d2.

    Attributes:
        cross: Σ xᵢyᵢᵀ. Shape (d1, d2).
        x: Σ xᵢ. Shape (d1,).
        y: Σ yᵢ. Shape (d2,).
        norm_x: Σ aᵢ with aᵢ = |xᵢ|².
        norm_y: Σ bᵢ with bᵢ = |yᵢ|².
        norms: Σ aᵢbᵢ.
        weighted_x: Σ bᵢxᵢ. Shape (d1,).
        weighted_y: Σ aᵢyᵢ. Shape (d2,).
    """

    cross: Array
    x: Array
    y: Array
    norm_x: float
    norm_y: float
    norms: float
    weighted_x: Array
    weighted_y: Array


def least_examples(estimator: Estimator) -> int:
    """Return how many examples the estimator needs."""
    return 4 if estimator == "unbiased" else 2


def divisor(n: int, estimator: Estimator) -> float:
    """Return what the inner product of two kernels is divided by: n(n-3), biased (n-1)²."""
    return n * (n - 3.0) if estimator == "unbiased" else (n - 1.0) ** 2


def hsic_of_sums(sums: PairSums, n: int, estimator: Estimator) -> float:
    """Return HSIC of n examples from their sums."""
    if estimator == "biased":
        inner = float(np.sum((sums.cross - np.outer(sums.x, sums.y / n)) ** 2))
        return inner / divisor(n, estimator)
    trace = float(np.vdot(sums.cross, sums.cross)) - sums.norms
    total_x = float(sums.x @ sums.x) - sums.norm_x
    total_y = float(sums.y @ sums.y) - sums.norm_y
    rows = float(sums.x @ sums.cross @ sums.y) + sums.norms
    rows -= float(sums.x @ sums.weighted_x) + float(sums.y @ sums.weighted_y)
    inner = trace + total_x * total_y / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)
    return inner / divisor(n, estimator)


def self_hsic_of_sums(sums: PairSums, n: int, estimator: Estimator) -> float:
    """Return HSIC(K, K); 0 where it is only rounding."""
    value = hsic_of_sums(sums, n, estimator)
    size = float(np.vdot(sums.cross, sums.cross)) / divisor(n, estimator)
    return without_rounding(value, size)


def without_rounding(value: float, size: float) -> float:
    """Return HSIC(K, K), or 0 if it is no more than rounding beside |K|² of the same divisor."""
    return 0.0 if value <= ROUNDING * size else value


def sums_of(x: Array, y: Array) -> PairSums:
    """Return the sums over two matrices (n, d1) and (n, d2)."""
    a, b = row_norms(x), row_norms(y)
    return PairSums(
        cross=x.T @ y,
        x=x.sum(axis=0),
        y=y.sum(axis=0),
        norm_x=float(a.sum()),
        norm_y=float(b.sum()),
        norms=float(a @ b),
        weighted_x=x.T @ b,
        weighted_y=y.T @ a,
    )


def row_norms(x: Array) -> Array:
    """Return the squared norm of each row. Shape (n,)."""
    norms: Array = np.einsum("ij,ij->i", x, x)
    return norms


def centred_kernel(x: Array, estimator: Estimator) -> tuple[Array, float]:
    """Return the centred kernel of features that are centred themselves, and |K|² before it.

    HSIC is the inner product of two such kernels, of shape (n, n), divided by ``divisor``.
    Unbiased: U-centred, with zero diagonal (Székely & Rizzo, "Partial distance correlation with
    methods for dissimilarities", Annals of Statistics 2014).
    """
    kernel: Array = x @ x.T
    size = float(np.vdot(kernel, kernel))
    if estimator == "biased":
        return kernel, size
    n = len(kernel)
    np.fill_diagonal(kernel, 0.0)
    rows = kernel.sum(axis=0) / (n - 2)
    kernel -= rows
    kernel -= rows[:, None]
    kernel += rows.sum() / (n - 1)
    np.fill_diagonal(kernel, 0.0)
    return kernel, size


def ratio(cross: float, of_x: float, of_y: float, n: int, *warnings: str) -> Measured:
    """Return CKA of three HSICs: undefined if one of the layers has none with itself."""
    numbers = np.array([cross, of_x, of_y])
    if not np.isfinite(numbers).all():
        return undefined("the arithmetic overflowed float64", n, *warnings)
    for name, value in (("X", of_x), ("Y", of_y)):
        if value <= 0:
            why = f"HSIC({name}, {name}) is {value:.3g}, which is not above 0"
            return undefined(why, n, *warnings)
    return defined(float(cross / np.sqrt(of_x) / np.sqrt(of_y)), n, *warnings)
