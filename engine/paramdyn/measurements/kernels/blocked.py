"""The drift pass in plain torch, for any device: a fixed number of operations a shard, no sync."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from paramdyn.measurements.kernels.drift_pass import COLUMNS, DriftPass
from paramdyn.parameters import ALIGNMENT, FlatParameters, Shard


class BlockedDriftPass(DriftPass):
    """See ``DriftPass``. Sums rows of ``ALIGNMENT`` scalars, then the rows of each parameter."""

    name = "blocked"

    def __init__(self, flat: FlatParameters, start: Tensor, shards: Sequence[Shard]) -> None:
        super().__init__(flat, start, shards)
        self._at = start.device
        if self._at.type == "mps":  # it has no float64: shards are copied and summed on the CPU
            self._at = torch.device("cpu")
        device = self._at
        self._gradient = torch.zeros_like(self.scratch)
        self._rows = [_rows_of(shard) for shard in self.shards]
        self._weights = torch.tensor([1, 2, 4, 8, 16, 32, 64, 128], dtype=torch.uint8).to(device)
        self._sums = torch.zeros(0)

    def _begin(self) -> None:
        shape = (len(self.flat.table), len(COLUMNS))
        self._sums = torch.zeros(shape, dtype=torch.float64, device=self._at)

    def after(self, k: int, gradients: Sequence[Tensor | None]) -> None:
        """See ``DriftPass``."""
        shard = self.shards[k]
        place = slice(shard.start, shard.stop)
        now = self.flat.values[place].to(self._at)
        start = self.start[place].to(self._at)
        before = self.scratch[: now.numel()].to(self._at)
        gradient = self._gather(shard, gradients).to(self._at)
        wide = now.double()
        columns = [_row_squares(wide), _row_squares(wide - start), _row_squares(wide - before)]
        if self._chord_from_last and self.last is not None:
            columns.append(_row_squares(wide - self.last[place].to(self._at)))
        else:
            columns.append(torch.zeros_like(columns[0]))
        columns.append(_row_squares(gradient.double()))
        differs = now.view(torch.int32) != start.view(torch.int32)
        columns.append(_row_counts(differs))
        columns.append(_row_counts(((now > 0) & (start < 0)) | ((now < 0) & (start > 0))))
        columns.append(_row_counts(((now > 0) | (now < 0)) & ((start > 0) | (start < 0))))
        table = torch.stack(columns, dim=1)
        for parameter, rows in self._rows[k]:  # a sum of its own runs in parallel on a GPU
            self._sums[parameter] += table[rows].sum(0)
        flags = slice(shard.start // 8, shard.stop // 8)
        self.ever_changed[flags] |= self._pack(differs)
        self.ever_gradient[flags] |= self._pack(gradient != 0)
        if self._keep_last and self.last is not None:
            self.last[place] = now

    def close(self) -> Tensor:
        """See ``DriftPass``."""
        return self._sums

    def _gather(self, shard: Shard, gradients: Sequence[Tensor | None]) -> Tensor:
        """Return the gradients laid out like the shard, zero in the padding."""
        flat = self._gradient[: shard.stop - shard.start]
        flat.zero_()
        for piece, gradient in zip(shard.pieces, gradients, strict=True):
            if gradient is not None:
                part = gradient.as_strided((gradient.numel(),), (1,), gradient.storage_offset())
                flat[piece.start - shard.start : piece.stop - shard.start] = part
        return flat

    def _pack(self, flags: Tensor) -> Tensor:
        weighted = flags.view(-1, 8).to(torch.uint8) * self._weights
        return weighted.sum(1, dtype=torch.uint8).to(self.start.device)


def _rows_of(shard: Shard) -> list[tuple[int, slice]]:
    """Return which rows of ``ALIGNMENT`` scalars of a shard are whose: parameter, rows."""
    found, first = [], 0
    for piece in shard.pieces:
        last = first - (piece.start - piece.stop) // ALIGNMENT
        found.append((piece.parameter, slice(first, last)))
        first = last
    return found


def _row_squares(values: Tensor) -> Tensor:
    rows = values.view(-1, ALIGNMENT)
    return (rows * rows).sum(1)


def _row_counts(flags: Tensor) -> Tensor:
    return flags.view(-1, ALIGNMENT).sum(1).double()
