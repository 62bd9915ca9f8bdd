"""CKA of features that arrive in batches: one exact, one by batches, both in flat memory.

``MomentCka`` equals the full-batch value whatever the batches, in d1·d2 memory for each pair.
``MinibatchCka`` is for layers too wide for that (flattened convolutions): its memory is the square
of a batch. Both take the same batch of many layers of two models, and share what can be shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramdyn.analysis.similarity.features import Array, exponent, middle, scaled
from paramdyn.analysis.similarity.hsic import (
    Estimator,
    PairSums,
    centred_kernel,
    divisor,
    hsic_of_sums,
    least_examples,
    ratio,
    self_hsic_of_sums,
    without_rounding,
)
from paramdyn.analysis.similarity.layer_stream import LayerStream, Layout, checked_batch
from paramdyn.analysis.similarity.measured import Measured, undefined


class MomentCka:
    """Exact streaming CKA: equals the value of all examples at once, whatever the batches.

    Linear HSIC needs only sums over examples (see ``hsic``). Memory: d1·d2 float64 for each pair of
    layers and d² for each layer, whatever the number of examples. Batches may have any size.

    Args:
        estimator: ``unbiased`` or ``biased``, as for ``cka``.

    Reference:
        Song et al., "Feature Selection via Dependence Maximization", JMLR 2012; Kornblith et al.,
        ICML 2019, arXiv:1905.00414.
    """

    def __init__(self, *, estimator: Estimator = "unbiased") -> None:
        self.estimator: Estimator = estimator
        self.n = 0
        self._x: LayerStream | None = None
        self._y: LayerStream | None = None

    def update(self, xs: Sequence[ArrayLike], ys: Sequence[ArrayLike]) -> None:
        """Add one batch of the layers of both models.

        Args:
            xs: One matrix (b, width) for each layer of the first model; the same b everywhere.
            ys: The same for the second model, for the same examples in the same order.

        Raises:
            ShapeMismatch: Rows differ, or layers or widths are not those of the first batch.
        """
        left, right = checked_batch(xs, ys)
        size = len(left[0]) if left else 0
        if size == 0:
            return
        if self._x is None or self._y is None:
            self._x, self._y = LayerStream(left), LayerStream(right)
            shape = (self._x.layout.total, self._y.layout.total)
            self._cross = np.zeros(shape)
            self._norms = np.zeros((len(left), len(right)))
            self._weighted_x = np.zeros((shape[0], len(right)))
            self._weighted_y = np.zeros((shape[1], len(left)))
        with np.errstate(over="ignore", invalid="ignore"):
            x, a = self._x.add(left)
            y, b = self._y.add(right)
            self._cross += x.T @ y
            self._norms += a.T @ b
            self._weighted_x += x.T @ b
            self._weighted_y += y.T @ a
        self.n += size

    def results(self) -> list[list[Measured]]:
        """Return the CKA of each first layer (rows) with each second layer (columns) so far."""
        if self._x is None or self._y is None:
            return []
        least = least_examples(self.estimator)
        why_x, why_y = self._x.problems("X", least), self._y.problems("Y", least)
        with np.errstate(over="ignore", invalid="ignore"):
            own_x, own_y = self._own(self._x, why_x), self._own(self._y, why_y)
            return [
                [
                    undefined(p or q, self.n)
                    if p or q
                    else ratio(self._hsic(i, j), own_x[i], own_y[j], self.n)
                    for j, q in enumerate(why_y)
                ]
                for i, p in enumerate(why_x)
            ]

    def _own(self, stream: LayerStream, problems: list[str]) -> list[float]:
        return [
            0.0 if why else self_hsic_of_sums(stream.own_sums(i), self.n, self.estimator)
            for i, why in enumerate(problems)
        ]

    def _hsic(self, i: int, j: int) -> float:
        """Return HSIC of layer i of the first model with layer j of the second."""
        if self._x is None or self._y is None:
            raise RuntimeError("no batch was added")
        rows, columns = self._x.layout.slices[i], self._y.layout.slices[j]
        sums = PairSums(
            cross=self._cross[rows, columns],
            x=self._x.sums[rows],
            y=self._y.sums[columns],
            norm_x=float(self._x.norms[i]),
            norm_y=float(self._y.norms[j]),
            norms=float(self._norms[i, j]),
            weighted_x=self._weighted_x[rows, j],
            weighted_y=self._weighted_y[columns, i],
        )
        return hsic_of_sums(sums, self.n, self.estimator)


class MinibatchCka:
    """Unbiased CKA by batches: HSIC₁ of each batch is summed, and divided once at the end.

    A batch counts by its number of examples, so a short last one does not count like a full one.
    A batch of fewer than 4 examples waits for the next one and joins it; what still waits at the
    end is left out, and the results say so. The value estimates the same quantity as full-batch
    CKA; it equals it in expectation of each HSIC, not in each sample. Both models must be given
    the same batches: shuffling is harmless as long as both see the same order.

    Memory: (layers of both models)·b² for a batch of b, whatever the widths.

    Reference:
        Nguyen, Raghu & Kornblith, "Do Wide and Deep Networks Learn the Same Things?", ICLR 2021,
        arXiv:2010.15327.
    """

    def __init__(self) -> None:
        self.n = 0
        self._waiting: tuple[list[Array], list[Array]] | None = None
        self._layouts: tuple[Layout, Layout] | None = None

    def update(self, xs: Sequence[ArrayLike], ys: Sequence[ArrayLike]) -> None:
        """Add one batch of the layers of both models, as for ``MomentCka.update``.

        Raises:
            ShapeMismatch: Rows differ, or layers or widths are not those of the first batch.
        """
        left, right = checked_batch(xs, ys)
        if not left or len(left[0]) == 0:
            return
        if self._layouts is None:
            self._layouts = Layout.of(left), Layout.of(right)
            self._sides = _Kernels(left), _Kernels(right)
            self._cross = np.zeros((len(left), len(right)))
        for layout, layers in zip(self._layouts, (left, right), strict=True):
            layout.check(layers)
        if self._waiting is not None:
            left, right = (
                [np.concatenate(both) for both in zip(old, more, strict=True)]
                for old, more in zip(self._waiting, (left, right), strict=True)
            )
        size = len(left[0])
        self._waiting = (left, right) if size < 4 else None
        if size >= 4:
            with np.errstate(over="ignore", invalid="ignore"):
                x, y = self._sides[0].add(left), self._sides[1].add(right)
                self._cross += size / divisor(size, "unbiased") * (x @ y.T)
            self.n += size

    def results(self) -> list[list[Measured]]:
        """Return the CKA of each first layer (rows) with each second layer (columns) so far."""
        if self._layouts is None:
            return []
        late = len(self._waiting[0][0]) if self._waiting else 0
        warning = [f"the last {late} examples are fewer than 4 and left out"] if late else []
        if self.n == 0:
            blank = undefined(f"{late} examples, and the measure needs at least 4", late)
            return [[blank for _ in row] for row in self._cross]
        why_x, why_y = self._sides[0].problems("X"), self._sides[1].problems("Y")
        own_x, own_y = self._sides[0].own(), self._sides[1].own()
        return [
            [
                undefined(p or q, self.n, *warning)
                if p or q
                else ratio(float(self._cross[i, j]), own_x[i], own_y[j], self.n, *warning)
                for j, q in enumerate(why_y)
            ]
            for i, p in enumerate(why_x)
        ]


class _Kernels:
    """The layers of one model in batches: their centred kernels, and HSIC with themselves."""

    def __init__(self, first: list[Array]) -> None:
        self._powers = [exponent(np.where(np.isfinite(x), x, 0.0)) for x in first]
        self._own = np.zeros(len(first))
        self._size = np.zeros(len(first))
        self._range = [(x[0].copy(), x[0].copy()) for x in first]
        self._is_broken: NDArray[np.bool_] = np.zeros(len(first), dtype=bool)

    def add(self, layers: list[Array]) -> Array:
        """Add a batch and return its centred kernels. Shape (layers, b²)."""
        size = len(layers[0])
        kernels = np.zeros((len(layers), size * size))
        weight = size / divisor(size, "unbiased")
        for i, x in enumerate(layers):
            if not np.isfinite(x).all():
                self._is_broken[i] = True
                continue
            low, high = self._range[i]
            np.minimum(low, x.min(axis=0), out=low)
            np.maximum(high, x.max(axis=0), out=high)
            moved = scaled(x, self._powers[i])
            kernel, length = centred_kernel(moved - middle(moved), "unbiased")
            kernels[i] = kernel.ravel()
            self._own[i] += weight * float(np.vdot(kernel, kernel))
            self._size[i] += weight * length
        return kernels

    def own(self) -> list[float]:
        """Return HSIC of each layer with itself, 0 where it is only rounding."""
        return [
            without_rounding(float(value), float(size))
            for value, size in zip(self._own, self._size, strict=True)
        ]

    def problems(self, name: str) -> list[str]:
        """Return for each layer why it has no CKA, or an empty text."""
        return [
            f"{name} holds NaN or infinity"
            if broken
            else f"{name} is constant: all {len(low)} units have one value"
            if np.array_equal(low, high)
            else ""
            for broken, (low, high) in zip(self._is_broken, self._range, strict=True)
        ]
