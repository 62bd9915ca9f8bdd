"""Spectrum of a weight matrix's displacement: how many directions it moved in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = NDArray[np.float32] | NDArray[np.float64]
TOP = 10
"""Directions whose share of the energy is reported."""
SMALL = 2**20
"""Matrices of at most so many scalars are shuffled ``SHUFFLES`` times, larger ones once."""
SHUFFLES = 5
BLOCK = 2**23
"""Scalars that are widened to float64 together."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What singular values say.

    Attributes:
        effective_rank: (sum s)^2 / sum s^2, in [1, min(m, n)].
        stable_rank: sum s^2 / s_1^2, in [1, min(m, n)].
        top_energy: Share of sum s^2 in the ``TOP`` largest, in (0, 1].
    """

    effective_rank: float
    stable_rank: float
    top_energy: float


@dataclass(frozen=True, slots=True)
class DisplacementSpectrum:
    """The displacement of one weight matrix, out x (in * taps), structural columns removed.

    Attributes:
        parameter: Its name.
        rows: m.
        columns: n, of those that some input can move.
        found: Of the displacement; None where it is undefined.
        shuffled: Of the same values in random places: mean of ``shuffles`` draws.
        shuffles: How many.
        independent: Of independent values, by the law of Marchenko and Pastur.
        reason: Why it is undefined; empty when it is not.
    """

    parameter: str
    rows: int
    columns: int
    found: Spectrum | None = None
    shuffled: Spectrum | None = None
    shuffles: int = 0
    independent: Spectrum | None = None
    reason: str = ""


def displacement_spectrum(
    name: str,
    start: Values,
    end: Values,
    mask: NDArray[np.bool_] | None,
    *,
    rng: np.random.Generator,
) -> DisplacementSpectrum:
    """Return the spectrum of end - start and of its two nulls.

    Args:
        name: The parameter.
        start: Its first values. Shape: (out, ...), at least two axes.
        end: Its last ones.
        mask: True for scalars that no input can move; rows and columns of nothing else are left
            out, and others are zero there as they are.
        rng: For shuffling.

    Returns:
        Undefined when nothing moved, a value is not finite, or one row or column is left.
    """
    moved = (end - start).reshape(len(end), -1)
    if mask is not None:
        dead = mask.reshape(len(mask), -1)
        moved = moved[~dead.all(1)][:, ~dead.all(0)]
    rows, columns = moved.shape
    reason = _why_not(moved)
    if reason:
        return DisplacementSpectrum(name, rows, columns, reason=reason)
    found = spectrum_of(moved)
    draws = SHUFFLES if moved.size <= SMALL else 1
    shuffled = [spectrum_of(rng.permutation(moved.reshape(-1)).reshape(moved.shape))
                for _ in range(draws)]  # fmt: skip
    mean = Spectrum(
        math.fsum(each.effective_rank for each in shuffled) / draws,
        math.fsum(each.stable_rank for each in shuffled) / draws,
        math.fsum(each.top_energy for each in shuffled) / draws,
    )
    return DisplacementSpectrum(
        name, rows, columns, found, mean, draws, marchenko_pastur(rows, columns)
    )


def spectrum_of(matrix: Values) -> Spectrum:
    """Return the spectrum of a matrix that is finite and not zero.

    The squares of the singular values are the eigenvalues of the smaller Gram matrix, in float64:
    singular values below 1e-8 of the largest are lost, and carry no energy. The matrix is widened
    block by block.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    scale = max(float(wide.max()), -float(wide.min()))
    gram = np.zeros((len(wide), len(wide)))
    columns = max(1, BLOCK // len(wide))
    for begin in range(0, wide.shape[1], columns):
        part = wide[:, begin : begin + columns].astype(np.float64) / scale
        gram += part @ part.T
    return _spectrum(np.clip(np.linalg.eigvalsh(gram), 0.0, None)[::-1])


def marchenko_pastur(rows: int, columns: int, *, points: int = 4096) -> Spectrum:
    """Return the spectrum of independent values of equal variance, for large matrices.

    Args:
        rows: m.
        columns: n.
        points: Quantiles of the law that the sums are taken over.

    Reference:
        Marchenko & Pastur, "Distribution of eigenvalues for some sets of random matrices", 1967.
    """
    small, large = sorted((rows, columns))
    ratio = small / large
    low, high = (1 - math.sqrt(ratio)) ** 2, (1 + math.sqrt(ratio)) ** 2
    # With x = mid - half cos(t) the density's square-root ends become smooth.
    angle = (np.arange(points * 8) + 0.5) * (math.pi / (points * 8))
    value = (low + high) / 2 - (high - low) / 2 * np.cos(angle)
    weight = np.sin(angle) ** 2 / value
    below = np.cumsum(weight) / weight.sum()
    quantiles = np.interp((np.arange(points) + 0.5) / points, below, value)[::-1]
    mean_root, mean = float(np.sqrt(quantiles).mean()), float(quantiles.mean())
    top = min(TOP, small) / small
    upper = quantiles[: max(1, round(top * points))]
    return Spectrum(
        effective_rank=small * mean_root**2 / mean,
        stable_rank=small * mean / high,
        top_energy=min(1.0, top * float(upper.mean()) / mean),
    )


def _spectrum(squares: Floats) -> Spectrum:
    total = float(squares.sum())
    return Spectrum(
        effective_rank=float(np.sqrt(squares).sum()) ** 2 / total,
        stable_rank=total / float(squares[0]),
        top_energy=float(squares[:TOP].sum()) / total,
    )


def _why_not(moved: Values) -> str:
    if min(moved.shape) < 2:
        return "fewer than two rows or columns can move"
    if not np.isfinite(moved).all():
        return "a value is not finite"
    return "" if moved.any() else "it did not move"
