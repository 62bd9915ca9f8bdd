"""Feature matrices: examples in rows, units in columns, float64, checked and centred.

A unit is constant if all its values are bit-equal; centring maps it to exact zeros, so that
rounding of its mean is never mistaken for variation. Matrices are rescaled by powers of two, which
is exact, so that squares of very large or very small features stay inside float64.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramdyn.errors import ShapeMismatch

Array = NDArray[np.float64]
Pixels = Literal["flatten", "average", "samples"]


def as_matrix(features: ArrayLike, *, pixels: Pixels) -> Array:
    """Return features of a layer as a matrix (examples, units), in float64.

    The three treatments of a convolution's positions give three different similarities; whoever
    prints one says which it was.

    Args:
        features: Shape (N, C), which is returned as it is, or (N, C, ...) with positions.
        pixels: ``flatten``: every position of a channel is a unit, (N, C·P). ``average``: the mean
            over positions, (N, C). ``samples``: every position is an example, (N·P, C); its rows
            are not independent, so n overstates what is known.

    Raises:
        ShapeMismatch: Fewer than two dimensions.
    """
    values = np.asarray(features)
    if values.ndim < 2:
        raise ShapeMismatch(
            f"features: found shape {values.shape}. Expected (N, C) or (N, C, ...). "
            "Pass one row for each example."
        )
    if values.ndim == 2:
        return values.astype(np.float64)
    flat = values.astype(np.float64).reshape(values.shape[0], values.shape[1], -1)
    if pixels == "flatten":
        return flat.reshape(len(flat), -1)
    if pixels == "average":
        return flat.mean(axis=2)
    return flat.transpose(0, 2, 1).reshape(-1, flat.shape[1])


def matrix(features: ArrayLike, name: str) -> Array:
    """Return features as a float64 matrix.

    Raises:
        ShapeMismatch: Not two dimensions.
    """
    values: NDArray[Any] = np.asarray(features)
    if values.ndim != 2:
        raise ShapeMismatch(
            f"{name}: found features of shape {values.shape}. Expected (examples, units). "
            "Reduce a convolution's positions with as_matrix."
        )
    return values.astype(np.float64, copy=False)


def pair(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return two feature matrices of the same examples, in float64.

    Raises:
        ShapeMismatch: Not two dimensions, or different numbers of rows.
    """
    left, right = matrix(x, "X"), matrix(y, "Y")
    if len(left) != len(right):
        raise ShapeMismatch(
            f"features: X has {len(left)} examples and Y has {len(right)}. Expected the same "
            "examples in the same order. Run both models over one set of probe images."
        )
    return left, right


def problem(features: Array, name: str, *, least: int) -> str:
    """Return why no similarity of these features is defined, or an empty text."""
    n, d = features.shape
    if n < least:
        return f"{n} examples, and the measure needs at least {least}"
    if d == 0:
        return f"{name} has no units"
    if not np.isfinite(features).all():
        bad = int((~np.isfinite(features)).any(axis=1).sum())
        return f"{name} holds NaN or infinity in {bad} of {n} examples"
    if not varies(features).any():
        return f"{name} is constant: all {d} units have one value over {n} examples"
    return ""


def pair_problem(x: Array, y: Array, *, least: int) -> str:
    """Return why no similarity of this pair is defined, or an empty text."""
    return problem(x, "X", least=least) or problem(y, "Y", least=least)


def varies(features: Array) -> NDArray[np.bool_]:
    """Return which units take more than one value. Shape (d,)."""
    result: NDArray[np.bool_] = features.min(axis=0) != features.max(axis=0)
    return result


def exponent(values: Array) -> int:
    """Return e with max |values| in [2^(e-1), 2^e); 0 for zeros."""
    return int(np.frexp(np.abs(values).max(initial=0.0))[1])


def scaled(values: Array, power: int) -> Array:
    """Return values · 2^-power, without an intermediate that overflows."""
    return np.ldexp(values, -power)


def middle(features: Array) -> Array:
    """Return the mean of each unit, which is exact for a constant one. Shape (d,).

    The mean of equal numbers may be off by a rounding; between their minimum and their maximum
    there is no room for one.
    """
    return np.clip(features.mean(axis=0), features.min(axis=0), features.max(axis=0))


def centred(features: Array) -> Array:
    """Return features with mean 0 in each column, rescaled so that the largest is near 1.

    The features must be finite. Every measure of this package ignores an isotropic scale.
    """
    near_one = scaled(features, exponent(features))
    moved = near_one - middle(near_one)
    return scaled(moved, exponent(moved))


def unit_columns(features: Array) -> Array:
    """Return each column centred and divided by its norm; a constant column becomes zeros.

    Products of such columns are Pearson correlations: numerator and denominator divide by the
    same n, whichever it is.
    """
    powers = np.frexp(np.abs(features).max(axis=0))[1]
    near_one = np.ldexp(features, -powers)
    moved = near_one - middle(near_one)
    moved = np.ldexp(moved, -np.frexp(np.abs(moved).max(axis=0))[1])
    norms = np.linalg.norm(moved, axis=0)
    return moved / np.where(norms > 0, norms, 1.0)
