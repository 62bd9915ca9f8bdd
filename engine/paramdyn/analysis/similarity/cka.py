"""Linear centred kernel alignment (CKA) of two feature matrices that fit into memory.

HSIC is computed through whichever is smaller: d x d moments or n x n Gram matrices. Both are
float64 and agree to rounding. Features that do not fit are for ``streaming_cka``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from paramdyn.analysis.similarity.features import Array, centred, matrix, pair, pair_problem
from paramdyn.analysis.similarity.hsic import (
    Estimator,
    centred_kernel,
    divisor,
    hsic_of_sums,
    least_examples,
    ratio,
    self_hsic_of_sums,
    sums_of,
    without_rounding,
)
from paramdyn.analysis.similarity.measured import Measured, undefined


def cka(x: ArrayLike, y: ArrayLike, *, estimator: Estimator = "unbiased") -> Measured:
    """Return the linear CKA of two feature matrices of the same examples.

    CKA = HSIC(K, L) / sqrt(HSIC(K, K) · HSIC(L, L)) with K = X Xᵀ, L = Y Yᵀ.
    Unbiased: HSIC₁(K, L) = [tr K̃L̃ + (1ᵀK̃1)(1ᵀL̃1)/((n-1)(n-2)) - 2/(n-2)·1ᵀK̃L̃1] / (n(n-3)), where
    the tilde sets the diagonal to 0. Independent features have 0 on average, so a value may be
    slightly negative; it is not clipped. Range [-1, 1].
    Biased: HSIC₀(K, L) = tr KHLH / (n-1)², H the centring matrix. Range [0, 1]; independent
    features have about sqrt(d1·d2 / ((n+d1)(n+d2))), which is d/(n+d) for equal widths, so a high
    value of few examples of wide layers says nothing.

    Args:
        x: Shape (n, d1).
        y: Shape (n, d2).
        estimator: ``unbiased`` needs n >= 4, ``biased`` n >= 2.

    Returns:
        Undefined for too few examples, features that are all constant, NaN or infinity, and
        features whose HSIC with themselves is 0 (one unit for each example).

    Raises:
        ShapeMismatch: Not two matrices with the same number of rows.

    Reference:
        Kornblith et al., "Similarity of Neural Network Representations Revisited", ICML 2019,
        arXiv:1905.00414. Song et al., "Feature Selection via Dependence Maximization", JMLR 2012.
        Nguyen et al., "Do Wide and Deep Networks Learn the Same Things?", arXiv:2010.15327.
    """
    left, right = pair(x, y)
    reason = pair_problem(left, right, least=least_examples(estimator))
    if reason:
        return undefined(reason, len(left))
    return _of_layers([left], [right], estimator)[0][0]


def cka_table(
    xs: Sequence[ArrayLike], ys: Sequence[ArrayLike], *, estimator: Estimator = "unbiased"
) -> list[list[Measured]]:
    """Return the CKA of each layer in ``xs`` (rows) with each layer in ``ys`` (columns).

    What belongs to one layer is computed once, whatever the number of its partners; each value is
    what ``cka`` returns for the pair. One undefined layer leaves the others as they are.

    Args:
        xs: Layers of one model, each of shape (n, its width).
        ys: Layers of the other model, for the same n examples.
        estimator: As for ``cka``.

    Raises:
        ShapeMismatch: Not matrices, or different numbers of rows.
    """
    left = [matrix(x, f"X[{index}]") for index, x in enumerate(xs)]
    right = [matrix(y, f"Y[{index}]") for index, y in enumerate(ys)]
    for layer in [*left, *right]:
        pair((left or right)[0], layer)
    least = least_examples(estimator)
    reasons = [[pair_problem(x, y, least=least) for y in right] for x in left]
    rows = [index for index, row in enumerate(reasons) if not all(row)]
    columns = [index for index in range(len(right)) if not all(row[index] for row in reasons)]
    n = len(left[0]) if left else 0
    table = [[undefined(why or "-", n) for why in row] for row in reasons]
    values = _of_layers([left[i] for i in rows], [right[j] for j in columns], estimator)
    for i, row in zip(rows, values, strict=True):
        for j, value in zip(columns, row, strict=True):
            table[i][j] = value
    return table


def _of_layers(xs: list[Array], ys: list[Array], estimator: Estimator) -> list[list[Measured]]:
    """Return the table of layers that are all fit for it."""
    left = [_Layer(x, estimator) for x in xs]
    right = [_Layer(y, estimator) for y in ys]
    return [[_cka_of(x, y) for y in right] for x in left]


class _Layer:
    """One centred layer and what its partners share."""

    def __init__(self, features: Array, estimator: Estimator) -> None:
        self.features = centred(features)
        self.estimator = estimator
        self.n, self.width = features.shape
        self._kernel: tuple[Array, float] | None = None
        self.own = self._own()

    def kernel(self) -> tuple[Array, float]:
        """Return the centred kernel (n, n) and its size before; computed once."""
        if self._kernel is None:
            self._kernel = centred_kernel(self.features, self.estimator)
        return self._kernel

    def _own(self) -> float:
        if self.width <= self.n:
            sums = sums_of(self.features, self.features)
            return self_hsic_of_sums(sums, self.n, self.estimator)
        (kernel, size), by = self.kernel(), divisor(self.n, self.estimator)
        return without_rounding(float(np.vdot(kernel, kernel)) / by, size / by)


def _cka_of(x: _Layer, y: _Layer) -> Measured:
    n, estimator = x.n, x.estimator
    if max(x.width, y.width) > n:
        cross = float(np.vdot(x.kernel()[0], y.kernel()[0])) / divisor(n, estimator)
    else:
        cross = hsic_of_sums(sums_of(x.features, y.features), n, estimator)
    return ratio(cross, x.own, y.own, n)
