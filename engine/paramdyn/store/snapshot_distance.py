"""How far two snapshots are apart: block by block over mapped files, summed in float64.

All distances come from explicit differences: a float32 cosine, or ‖a‖² + ‖b‖² - 2ab, loses
everything when little has moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

BLOCK = 65_536
"""Scalars looked at together: their float64 copies stay in the second-level cache."""


@dataclass(frozen=True, slots=True)
class Distance:
    """Two equally shaped groups of values, a and b.

    Attributes:
        scalars: How many each has.
        squared_a: ‖a‖².
        squared_b: ‖b‖².
        squared: ‖b - a‖².
        equal_bits: Scalars whose bits are the same in both.
        opposite_signs: Scalars that are negative in one and positive in the other.
        signed: Scalars that are zero in neither.
    """

    scalars: int = 0
    squared_a: float = 0.0
    squared_b: float = 0.0
    squared: float = 0.0
    equal_bits: int = 0
    opposite_signs: int = 0
    signed: int = 0

    def __add__(self, other: Distance) -> Distance:
        """Return the distance of both groups together."""
        return Distance(
            self.scalars + other.scalars,
            self.squared_a + other.squared_a,
            self.squared_b + other.squared_b,
            self.squared + other.squared,
            self.equal_bits + other.equal_bits,
            self.opposite_signs + other.opposite_signs,
            self.signed + other.signed,
        )

    @property
    def l2(self) -> float:
        """L2 distance ‖b - a‖; NaN when a value is NaN."""
        return math.sqrt(self.squared)

    @property
    def relative(self) -> float | None:
        """L2 distance over ‖a‖; None where that is zero."""
        return self.l2 / math.sqrt(self.squared_a) if self.squared_a else None

    @property
    def direction_change(self) -> float | None:
        """1 - cos(a, b) in [0, 2]; None where a or b is zero.

        (‖b - a‖² - (‖a‖ - ‖b‖)²) / (2 ‖a‖ ‖b‖), as the measurement of that name.
        """
        a, b = math.sqrt(self.squared_a), math.sqrt(self.squared_b)
        if not a or not b:
            return None
        turned = (self.squared - (a - b) ** 2) / (2.0 * a * b)
        return turned if math.isnan(turned) else min(max(turned, 0.0), 2.0)

    @property
    def equal_share(self) -> float | None:
        """Share of the scalars with the same bits; None without scalars."""
        return self.equal_bits / self.scalars if self.scalars else None

    @property
    def opposite_share(self) -> float | None:
        """Share of the scalars that are zero in neither whose signs differ; None without any."""
        return self.opposite_signs / self.signed if self.signed else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What could be compared of two snapshots, and what could not.

    Attributes:
        tensors: Name -> its distance.
        only_a: Tensors that the second one lacks.
        only_b: Tensors that the first one lacks.
        misfits: Tensors of both whose shape or type differs.
    """

    tensors: dict[str, Distance]
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    def total(self, names: Iterable[str]) -> Distance:
        """Return the distance of the named tensors together; those not compared are left out."""
        return sum((self.tensors[n] for n in names if n in self.tensors), Distance())


def compare(
    a: Mapping[str, np.ndarray[Any, Any]], b: Mapping[str, np.ndarray[Any, Any]]
) -> Comparison:
    """Return how far each tensor of ``a`` is from its namesake in ``b``.

    Args:
        a: Name to values, such as ``read_snapshot`` gives: mapped files are read block by block.
        b: The other one.
    """
    both = [name for name in a if name in b]
    fit = [n for n in both if a[n].shape == b[n].shape and a[n].dtype == b[n].dtype]
    return Comparison(
        {name: distance(a[name], b[name]) for name in fit},
        tuple(name for name in a if name not in b),
        tuple(name for name in b if name not in a),
        tuple(name for name in both if name not in fit),
    )


def distance(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> Distance:
    """Return how far two arrays of the same shape and type are apart.

    Values that are not finite make the sums NaN or infinite; counts stay exact. The sums of
    integers, too, are float64.
    """
    flat_a, flat_b = a.reshape(-1), b.reshape(-1)
    found = Distance()
    for start in range(0, flat_a.size, BLOCK):
        found += _block(flat_a[start : start + BLOCK], flat_b[start : start + BLOCK])
    return found


def _block(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> Distance:
    bits = np.dtype(f"u{a.dtype.itemsize}") if a.dtype.itemsize <= 8 else a.dtype
    equal = int(np.count_nonzero(a.view(bits) == b.view(bits)))
    if np.iscomplexobj(a):
        a, b = a.view(a.real.dtype), b.view(b.real.dtype)
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        squared_a, squared_b = float(wide_a @ wide_a), float(wide_b @ wide_b)
        wide_b -= wide_a
        squared = float(wide_b @ wide_b)
    signed = int(np.count_nonzero((a != 0) & (b != 0)))
    opposite = int(np.count_nonzero(((a > 0) & (b < 0)) | ((a < 0) & (b > 0))))
    return Distance(a.size, squared_a, squared_b, squared, equal, opposite, signed)
