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


class _Chunks:
    """The chunk table of one shard, with room for what changes from step to step."""

    def __init__(self, shard: Shard) -> None:
        rows = [
            (offset, min(CHUNK, piece.stop - offset), piece.parameter, index, offset - piece.start)
            for index, piece in enumerate(shard.pieces)
            for offset in range(piece.start, piece.stop, CHUNK)
        ]
        table = np.array(rows, dtype=np.int64).T.copy()
        self.count = len(rows)
        self.offset, self.scalars, self.owner = table[0].copy(), table[1].copy(), table[2].copy()
        self.piece, self.within = table[3].copy(), table[4] * 4
        self.gradient = np.zeros(self.count, dtype=np.int64)
        self.partial = np.zeros(self.count * len(COLUMNS))
        self.pointers = tuple(
            ctypes.c_void_p(array.ctypes.data)
            for array in (self.offset, self.scalars, self.owner, self.gradient)
        )
        self.partial_pointer = ctypes.c_void_p(self.partial.ctypes.data)

    def set_gradients(self, gradients: Sequence[Tensor | None]) -> None:
        """Note where each chunk's gradient begins; None has address 0."""
        addresses = [0 if gradient is None else gradient.data_ptr() for gradient in gradients]
        if self.count == len(addresses):
            self.gradient[:] = addresses
            return
        base = np.array(addresses, dtype=np.int64)[self.piece]
        np.add(base, self.within, out=self.gradient, where=base != 0)
        self.gradient[base == 0] = 0


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
        self._sums = np.zeros((len(flat.table), len(COLUMNS)))
        self._threads = torch.get_num_threads()

    def open(self, *, chord_from_last: bool, keep_last: bool) -> None:
        """See ``DriftPass``."""
        super().open(chord_from_last=chord_from_last, keep_last=keep_last)
        self._sums = np.zeros_like(self._sums)

    def after(self, k: int, gradients: Sequence[Tensor | None]) -> None:
        """See ``DriftPass``."""
        chunks = self._chunks[k]
        chunks.set_gradients(gradients)
        last = _address(self.last) if self._chord_from_last else None
        keep = _address(self.last) if self._keep_last else None
        self._function(
            ctypes.c_int64(chunks.count),
            *chunks.pointers,
            _address(self.flat.values),
            _address(self.start),
            _address(self.scratch),
            ctypes.c_int64(self.shards[k].start),
            last,
            keep,
            _address(self.ever_gradient),
            _address(self.ever_changed),
            chunks.partial_pointer,
            ctypes.c_void_p(self._sums.ctypes.data),
            ctypes.c_int(self._threads),
        )

    def close(self) -> Tensor:
        """See ``DriftPass``."""
        return torch.from_numpy(self._sums)


def _address(tensor: Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr() if tensor is not None else None)
