"""The drift pass in C, for parameters on the CPU."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramdyn.measurements.kernels.drift_pass import COLUMNS, DriftPass
from paramdyn.native import native_library
from paramdyn.parameters import FlatParameters, Shard

CHUNK = 16_384
"""Scalars summed before sums are added up: fixed, so the thread count changes no bit."""
ROWS = 64
"""Rows allocated at a time: a fresh one for each record, none ever written twice."""


_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64


class _Pass(ctypes.Structure):
    """``drift_pass`` of drift.c: what one call reads and writes."""

    _fields_ = (
        ("sums", _POINTER), ("last", _POINTER), ("keep", _POINTER), ("carry", _POINTER),
        ("chunks", _NUMBER), ("offset", _POINTER), ("count", _POINTER), ("owner", _POINTER),
        ("piece", _POINTER), ("within", _POINTER), ("gradient", _POINTER), ("now", _POINTER),
        ("start", _POINTER), ("before", _POINTER), ("base", _NUMBER),
        ("ever_gradient", _POINTER), ("ever_changed", _POINTER), ("partial", _POINTER),
        ("threads", _NUMBER),
    )  # fmt: skip


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
        self._function.argtypes = [_POINTER]
        self._copy: Any = library.paramdyn_keep
        self._copy.restype = None
        self._copy.argtypes = [_POINTER, _POINTER, _NUMBER, _NUMBER]
        self._chunks = [_Chunks(shard) for shard in self.shards]
        self._passes = [self._pass(k) for k in range(len(self.shards))]
        self._addresses = [ctypes.addressof(each) for each in self._passes]
        self._copied = [
            (scratch.data_ptr(), values.data_ptr(), values.numel(), torch.get_num_threads())
            for scratch, values in self._copies
        ]
        self._rows: tuple[Tensor, ...] = ()
        self._row = self._row_address = 0
        self._ways: tuple[int | None, int | None, bool] | None = None
        self._row_bytes = 8 * len(flat.table) * len(COLUMNS)
        self.carries = len(self.shards) == 1 and flat.changed_by_the_optimizer_only()

    def _begin(self) -> None:
        self._row += 1
        self._row_address += self._row_bytes
        if self._row >= len(self._rows):
            rows = torch.zeros(ROWS, len(self.flat.table), len(COLUMNS), dtype=torch.float64)
            self._rows = rows.unbind()
            self._row = 0
            self._row_address = rows.data_ptr()
        for each in self._passes:
            each.sums = self._row_address
        last = None if self.last is None else self.last.data_ptr()
        ways = (self._chord_from_last and last, self._keep_last and last, self._carry)
        if ways != self._ways:
            self._ways = ways
            for each in self._passes:
                each.last, each.keep = ways[0] or None, ways[1] or None
                each.carry = each.before if self._carry else None

    def open_alike(self) -> bool:
        """See ``DriftPass``."""
        if not (self._carry and self.carried and self._has_before):
            return False
        if self._row + 1 >= len(self._rows):
            return False
        self.carried = False
        self._row += 1
        self._row_address += self._row_bytes
        self._passes[0].sums = self._row_address
        return True

    def before(self, k: int, kept: Tensor | None = None) -> None:
        """See ``DriftPass``."""
        if kept is not None:
            super().before(k, kept)
        elif not self._has_before:
            self._copy(*self._copied[k])

    def after(self, k: int, gradients: Sequence[Tensor | None]) -> None:
        """See ``DriftPass``."""
        self._chunks[k].gradients[:] = [0 if g is None else g.data_ptr() for g in gradients]
        self._function(self._addresses[k])
        self.carried = self._carry

    def close(self) -> Tensor:
        """See ``DriftPass``."""
        return self._rows[self._row]

    def _pass(self, k: int) -> _Pass:
        """Return the arguments of shard ``k``, those that are the same at every step filled in."""
        chunks = self._chunks[k]
        names = ("offset", "count", "owner", "piece", "within")
        columns = zip(names, (column.ctypes.data for column in chunks.columns), strict=True)
        return _Pass(
            **dict(columns),
            chunks=chunks.count,
            gradient=ctypes.addressof(chunks.gradients),
            now=self.flat.values.data_ptr(),
            start=self.start.data_ptr(),
            before=self.scratch.data_ptr(),
            base=self.shards[k].start,
            ever_gradient=self.ever_gradient.data_ptr(),
            ever_changed=self.ever_changed.data_ptr(),
            partial=chunks.partial.ctypes.data,
            threads=torch.get_num_threads(),
        )
