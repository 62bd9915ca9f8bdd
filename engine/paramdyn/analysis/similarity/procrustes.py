"""Procrustes distances: how far two feature clouds stay apart after the best rotation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from paramdyn.analysis.similarity.features import Array, centred, pair, pair_problem
from paramdyn.analysis.similarity.measured import Measured, defined, undefined
from paramdyn.errors import ShapeMismatch


def procrustes(x: ArrayLike, y: ArrayLike) -> Measured:
    """Return the squared orthogonal Procrustes distance 2 - 2‖XᵀY‖_*, in [0, 2].

    Both matrices are centred and divided by their Frobenius norm; ‖·‖_* is the sum of singular
    values. 0 for a rotated, scaled, shifted copy. The narrower matrix counts as padded with zero
    units, which adds nothing to ‖XᵀY‖_*. The distance of noise falls as d/n grows, so compare it
    with ``nulls.independent_null``.

    Args:
        x: Shape (n, d1), n >= 2.
        y: Shape (n, d2).

    Returns:
        Undefined for constant features, whose norm is 0, for n < 2, NaN or infinity.

    Raises:
        ShapeMismatch: Not two matrices with the same number of rows.

    Reference:
        Ding, Denain & Steinhardt, "Grounding Representation Similarity Through Statistical
        Testing", NeurIPS 2021, arXiv:2108.01661.
    """
    found = _alignment(x, y)
    if found.value is None:
        return found
    return defined(max(0.0, 2 - 2 * found.value), found.n)


def angular_procrustes(x: ArrayLike, y: ArrayLike) -> Measured:
    """Return the angular Procrustes distance arccos‖XᵀY‖_* in radians, in [0, π/2].

    A metric on features up to rotation, shift and scale. ‖XᵀY‖_* is clipped to 1 before the arc
    cosine, which turns a rounding of 1e-16 there into 1e-8 here. Otherwise as ``procrustes``.

    Reference:
        Williams et al., "Generalized Shape Metrics on Neural Representations", NeurIPS 2021,
        arXiv:2110.14739.
    """
    found = _alignment(x, y)
    if found.value is None:
        return found
    return defined(math.acos(min(1.0, max(-1.0, found.value))), found.n)


def held_out_procrustes(
    x: ArrayLike, y: ArrayLike, x_held: ArrayLike, y_held: ArrayLike
) -> Measured:
    """Return the angular distance of held-out examples under the rotation fitted on the others.

    The rotation is fitted on (x, y); centres are each set's own. Independent features come out near
    π/2 however wide they are, where the distance without a held-out set shrinks with d/n.

    Args:
        x: Features to fit on. Shape (n, d1).
        y: Shape (n, d2).
        x_held: Features to score. Shape (m, d1).
        y_held: Shape (m, d2).

    Returns:
        In [0, π]; undefined as for ``procrustes``, for either pair, and for n <= the units of the
        narrower matrix, whose rotation the examples then leave open. ``n`` is m.

    Raises:
        ShapeMismatch: Rows differ within a pair, or widths between fitted and held out.
    """
    left, right = pair(x, y)
    left_held, right_held = pair(x_held, y_held)
    _check_widths(left, left_held, "X")
    _check_widths(right, right_held, "Y")
    reason = pair_problem(left, right, least=2) or pair_problem(left_held, right_held, least=2)
    narrow = min(left.shape[1], right.shape[1])
    if not reason and len(left) <= narrow:
        reason = f"{len(left)} examples cannot fit a rotation of {narrow} units"
    if reason:
        return undefined(reason, len(left_held))
    u, values, vt = np.linalg.svd(_scaled(left).T @ _scaled(right), full_matrices=False)
    # Directions that the fitted examples do not have could be rotated in any way.
    known = values > values[0] * max(left.shape) * np.finfo(np.float64).eps
    u, vt = u[:, known], vt[known]
    cosine = float(np.sum((_scaled(left_held) @ u) * (_scaled(right_held) @ vt.T)))
    return defined(math.acos(min(1.0, max(-1.0, cosine))), len(left_held))


def _alignment(x: ArrayLike, y: ArrayLike) -> Measured:
    """Return ‖XᵀY‖_* of the centred and scaled matrices."""
    left, right = pair(x, y)
    reason = pair_problem(left, right, least=2)
    if reason:
        return undefined(reason, len(left))
    a, b = _scaled(left), _scaled(right)
    product = a.T @ b if min(a.shape[1], b.shape[1]) <= len(a) else _corner(a) @ _corner(b).T
    return defined(float(np.linalg.svd(product, compute_uv=False).sum()), len(a))


def _corner(x: Array) -> Array:
    """Return R of Xᵀ = QR: XᵀY and R_x R_yᵀ, which is n x n, have the same singular values."""
    return np.linalg.qr(x.T).R


def _scaled(x: Array) -> Array:
    moved = centred(x)
    return moved / np.linalg.norm(moved)


def _check_widths(fitted: Array, held: Array, name: str) -> None:
    if fitted.shape[1] != held.shape[1]:
        raise ShapeMismatch(
            f"{name}: {fitted.shape[1]} units were fitted and {held.shape[1]} are held out. "
            "Expected the same units. Take both from one layer of one model."
        )
