"""Layers of one model in batches: concatenated, shifted, scaled, and their own sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramdyn.analysis.similarity.features import Array, exponent, matrix, middle, scaled
from paramdyn.analysis.similarity.hsic import PairSums, row_norms
from paramdyn.errors import ShapeMismatch


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each layer lies in the concatenation of all."""

    widths: tuple[int, ...]
    slices: tuple[slice, ...]
    total: int

    @classmethod
    def of(cls, layers: Sequence[Array]) -> Layout:
        """Return the layout of these layers."""
        widths = tuple(layer.shape[1] for layer in layers)
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        slices = tuple(slice(end - width, end) for end, width in zip(ends, widths, strict=True))
        return cls(widths, slices, sum(widths))

    def check(self, layers: Sequence[Array]) -> None:
        """Raise if a batch has other layers than the first one.

        Raises:
            ShapeMismatch: The widths differ.
        """
        widths = tuple(layer.shape[1] for layer in layers)
        if widths != self.widths:
            raise ShapeMismatch(
                f"features: a batch has layers of widths {list(widths)}. Expected "
                f"{list(self.widths)} as in the first batch. Give every batch the same layers."
            )


def checked_batch(
    xs: Sequence[ArrayLike], ys: Sequence[ArrayLike]
) -> tuple[list[Array], list[Array]]:
    """Return the layers of both models as float64 matrices of the same examples.

    Raises:
        ShapeMismatch: A layer is no matrix, has another number of rows, or a model has no layers.
    """
    left = [matrix(x, f"X[{i}]") for i, x in enumerate(xs)]
    right = [matrix(y, f"Y[{i}]") for i, y in enumerate(ys)]
    rows = [len(layer) for layer in [*left, *right]]
    if not left or not right or len(set(rows)) > 1:
        raise ShapeMismatch(
            f"features: a batch has layers of {rows} examples. Expected the same number for "
            "every layer of both models, and at least one layer of each. Hook both models on "
            "the same images."
        )
    return left, right


class LayerStream:
    """Sums over the examples of the layers of one model.

    Every layer is shifted and scaled by constants of its first batch: near the mean, so that
    little cancels, and exact for a unit that is constant.

    Attributes:
        layout: The widths and places of the layers, D units in total.
        sums: Σ xᵢ of the shifted units. Shape (D,).
        norms: Σ aᵢ, aᵢ the squared norm of example i in a layer. Shape (layers,).
    """

    def __init__(self, first: list[Array]) -> None:
        self.layout = Layout.of(first)
        self.sums = np.zeros(self.layout.total)
        self.norms = np.zeros(len(first))
        clean = [np.where(np.isfinite(x), x, 0.0) for x in first]
        self._powers = [exponent(x) for x in clean]
        self._shifts = [middle(scaled(x, e)) for x, e in zip(clean, self._powers, strict=True)]
        self._gains = [
            exponent(scaled(x, e) - shift)
            for x, e, shift in zip(clean, self._powers, self._shifts, strict=True)
        ]
        self._squares = np.zeros(len(first))
        self._weighted = np.zeros(self.layout.total)
        self._own = [np.zeros((width, width)) for width in self.layout.widths]
        self._varies: NDArray[np.bool_] = np.zeros(len(first), dtype=bool)
        self._broken = np.zeros(len(first), dtype=np.int64)
        self._first_row = [x[0].copy() for x in first]
        self._n = 0

    def add(self, layers: list[Array]) -> tuple[Array, Array]:
        """Add a batch; return its units (b, D), shifted, and its squared norms (b, layers).

        Raises:
            ShapeMismatch: The widths are not those of the first batch.
        """
        self.layout.check(layers)
        units = np.zeros((len(layers[0]), self.layout.total))
        norms = np.zeros((len(layers[0]), len(layers)))
        for i, (x, place) in enumerate(zip(layers, self.layout.slices, strict=True)):
            bad = int((~np.isfinite(x)).any(axis=1).sum())
            self._broken[i] += bad
            if bad:
                continue
            self._varies[i] |= bool((x != self._first_row[i]).any())
            moved = scaled(scaled(x, self._powers[i]) - self._shifts[i], self._gains[i])
            units[:, place] = moved
            norms[:, i] = row_norms(moved)
            self._own[i] += moved.T @ moved
            self._weighted[place] += moved.T @ norms[:, i]
        self.sums += units.sum(axis=0)
        self.norms += norms.sum(axis=0)
        self._squares += (norms**2).sum(axis=0)
        self._n += len(units)
        return units, norms

    def own_sums(self, index: int) -> PairSums:
        """Return the sums of a layer with itself."""
        place = self.layout.slices[index]
        total, weighted = self.sums[place], self._weighted[place]
        norm, squares = float(self.norms[index]), float(self._squares[index])
        return PairSums(self._own[index], total, total, norm, norm, squares, weighted, weighted)

    def problems(self, name: str, least: int) -> list[str]:
        """Return for each layer why it has no CKA, or an empty text."""
        return [self._problem(i, name, least) for i in range(len(self.layout.widths))]

    def _problem(self, index: int, name: str, least: int) -> str:
        width = self.layout.widths[index]
        if self._n < least:
            return f"{self._n} examples, and the measure needs at least {least}"
        if width == 0:
            return f"{name} has no units"
        if self._broken[index]:
            return f"{name} holds NaN or infinity in {self._broken[index]} of {self._n} examples"
        if not self._varies[index]:
            return f"{name} is constant: all {width} units have one value over {self._n} examples"
        return ""
