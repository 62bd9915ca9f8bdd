"""What measurements are computed from: the run's tensors, as measurements ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paramdyn.measurements import kernels
from paramdyn.measurements.kernels import DriftPass, unpack_flags
from paramdyn.measurements.measurement import ClassInputs, Context, DecayInfo, Sums
from paramdyn.measurements.quantity import COLUMNS, totals
from paramdyn.measurements.reach import Reach
from paramdyn.parameters import FlatParameters

_NORM = kernels.COLUMNS.index("squared_norm")
_DEFINED = kernels.COLUMNS.index("sign_defined")


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is known of parameters that are not stepped, and so not measured.

    Attributes:
        indices: Which parameters they are.
        squared_norm: Sum of the squares of each.
        sign_defined: How many scalars of each are neither zero nor NaN.
    """

    indices: list[int]
    squared_norm: list[float]
    sign_defined: list[int]


class MeasurementInputs:
    """Gives measurements their context.

    Args:
        flat: The parameters.
        start: Their values at step 0, laid out like ``flat.values``.
        drift: Holds the flags, or None when steps are not measured.
        reach: Which scalars can never get a gradient.
        buffers: The model's buffers.
        start_buffers: The same at step 0.
        decay: Gives what weight decay alone has done to parameter i after so many steps; None when
            it is off.

    Attributes:
        frozen: What is known of parameters that are not measured.
    """

    def __init__(
        self,
        *,
        flat: FlatParameters,
        start: Tensor | None,
        drift: DriftPass | None,
        reach: Reach,
        buffers: Sequence[Tensor],
        start_buffers: Sequence[Tensor],
        decay: Callable[[int, int], DecayInfo | None],
    ) -> None:
        self.table = flat.table
        self.device = flat.values.device
        self._flat = flat
        self._start = flat.values if start is None else start
        self._drift = drift
        self._reach = reach
        self._buffers = list(zip(buffers, start_buffers, strict=True))
        self._decay = decay
        self._counts = np.array([info.count for info in self.table], dtype=np.int64)
        # mps has no float64
        first = self._start.cpu() if self.device.type == "mps" else self._start
        norms = [
            torch.linalg.vector_norm(flat.segment(first, i), dtype=torch.float64)
            for i in range(len(self.table))
        ]
        self._squared_start = np.array([norm.item() ** 2 for norm in norms])
        frozen = [i for i, info in enumerate(self.table) if not info.trainable]
        self.frozen = Frozen(
            indices=frozen,
            squared_norm=self._squared_start[frozen].tolist(),
            sign_defined=[
                int(((values < 0) | (values > 0)).sum())
                for values in (flat.segment(self._start, i) for i in frozen)
            ],
        )

    def fill_frozen(self, sums: NDArray[Any]) -> None:
        """Put into the pass's sums, (R, L, len(COLUMNS)), what is known of frozen parameters."""
        sums[:, self.frozen.indices, _NORM] = self.frozen.squared_norm
        sums[:, self.frozen.indices, _DEFINED] = self.frozen.sign_defined

    def columns(self) -> NDArray[np.float64]:
        """Return room for a row's columns, shape (len(COLUMNS), L + 1).

        Those that are alike in all rows are filled in, the others are zero.
        """
        columns = np.zeros((len(COLUMNS), len(self.table) + 1))
        for name, values in (
            ("counts", self._counts),
            ("squared_norm_start", self._squared_start),
        ):
            columns[COLUMNS.index(name)] = [*values, *totals(values)]
        columns[COLUMNS.index("trainable")] = [*(info.trainable for info in self.table), True]
        return columns

    def context(
        self,
        *,
        steps: NDArray[Any],
        sums: dict[str, NDArray[Any]],
        path: NDArray[Any],
        path_total: NDArray[Any],
        chords: int,
    ) -> Context:
        """Return the context of R rows.

        Args:
            steps: Updates done at each row. Shape: (R,).
            sums: Fields of ``Sums`` that were measured. Shape of each: (R, L).
            path: Path length of each parameter. Shape: (R, L).
            path_total: Path length of the whole vector. Shape: (R,).
            chords: Chords in the last row's path.
        """
        return Context(
            steps=steps,
            table=self.table,
            sums=Sums(counts=self._counts, squared_norm_start=self._squared_start, **sums),
            path=path,
            path_total=path_total,
            chords=chords,
            values=lambda i: self._flat.segment(self._flat.values, i),
            start=lambda i: self._flat.segment(self._start, i),
            gradient=lambda i: self._flat.parameters[i].grad,
            class_inputs=lambda i: self._class_inputs(i, int(steps[-1])),
            buffers=self._buffers,
        )

    def _class_inputs(self, index: int, step: int) -> ClassInputs:
        """Return the masks of one parameter in memory order, as its values are."""
        info, first = self.table[index], self._flat.starts[index]
        mask = self._reach.mask(info.name)
        structural = None
        if mask is not None:
            structural = self._flat.in_memory_order(index, mask.to(self.device))
        if self._drift is None:
            nothing = torch.zeros(info.count, dtype=torch.bool, device=self.device)
            seen = changed = nothing
        else:
            seen = unpack_flags(self._drift.ever_gradient, first, info.count)
            changed = unpack_flags(self._drift.ever_changed, first, info.count)
        return ClassInputs(
            ever_gradient=seen,
            ever_changed=changed,
            structural=structural,
            trainable=info.trainable,
            decay=self._decay(index, step),
        )
