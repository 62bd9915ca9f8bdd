"""The drift pass in C, for parameters on the CPU."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramdyn.measurements.kernels import native_library
from paramdyn.measurements.kernels.drift_pass import COLUMNS, DriftPass
from paramdyn.parameters import FlatParameters, Shard

CHUNK = 16_384
"""Scalars summed before sums are added up: fixed, so the thread count changes no bit."""
ROWS = 64
"""Rows allocated at a time: a fresh one for each record, none ever written twice."""


class _Chunks:
    """The chunk table of one shard, and room for its gradients' addresses and partial sums."""

    def __init__(self, shard: Shard) -> None:
        rows = [
            (offset, min(CHUNK, piece.stop - offset), piece.parameter, index, offset - piece.start)
            for index, piece in enumerate(shard.pieces)
            for offset in range(piece.start, piece.stop, CHUNK)
        ]
        self.count = len(rows)
        self.columns = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]
        self.gradients = (ctypes.c_int64 * len(shard.pieces))()
        self.partial = np.zeros(self.count * len(COLUMNS))


class NativeDriftPass(DriftPass):
    """See ``DriftPass``. Needs ``native_library.load()`` to succeed."""

    name = "native"

    def __init__(self, flat: FlatParameters, start: Tensor, shards: Sequence[Shard]) -> None:
        super().__init__(flat, start, shards)
        library = native_library.load()
        if library is None:
            raise RuntimeError("the native kernel is not available: ask kernel_name() first")
        self._function: Any = library.paramdyn_drift
        self._function.restype = None
        self._chunks = [_Chunks(shard) for shard in self.shards]
        self._rows = torch.zeros(0)
        self._row = self._first_row = 0
        self._arguments = [self._fixed(k) for k in range(len(self.shards))]

    def open(self, *, chord_from_last: bool, keep_last: bool) -> None:
        """See ``DriftPass``."""
        super().open(chord_from_last=chord_from_last, keep_last=keep_last)
        self._row += 1
        if self._row >= len(self._rows):
            self._rows = torch.zeros(ROWS, len(self.flat.table), len(COLUMNS), dtype=torch.float64)
            self._row = 0
            self._first_row = self._rows.data_ptr()

    def after(self, k: int, gradients: Sequence[Tensor | None]) -> None:
        """See ``DriftPass``."""
        self._chunks[k].gradients[:] = [0 if g is None else g.data_ptr() for g in gradients]
        last = self.last.data_ptr() if self.last is not None else None
        row = self._first_row + 8 * self._row * len(self.flat.table) * len(COLUMNS)
        self._function(
            ctypes.c_void_p(row),
            ctypes.c_void_p(last if self._chord_from_last else None),
            ctypes.c_void_p(last if self._keep_last else None),
            *self._arguments[k],
        )

    def close(self) -> Tensor:
        """See ``DriftPass``."""
        return self._rows[self._row]

    def _fixed(self, k: int) -> list[Any]:
        """Return the arguments that are the same at every step."""
        chunks = self._chunks[k]
        tensors = (self.flat.values, self.start, self.scratch)
        flags = (self.ever_gradient, self.ever_changed)
        return [
            ctypes.c_int64(chunks.count),
            *[ctypes.c_void_p(column.ctypes.data) for column in chunks.columns],
            chunks.gradients,
            *[ctypes.c_void_p(tensor.data_ptr()) for tensor in tensors],
            ctypes.c_int64(self.shards[k].start),
            *[ctypes.c_void_p(tensor.data_ptr()) for tensor in flags],
            ctypes.c_void_p(chunks.partial.ctypes.data),
            ctypes.c_int(torch.get_num_threads()),
        ]
