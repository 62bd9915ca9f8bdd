"""Rows that were measured on the device and are not on the host yet.

On the CPU a row is ready at once. On CUDA its numbers are copied to pinned memory behind an event,
so that training never waits: rows are read when their event has passed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(slots=True)
class Row:
    """One recorded step.

    Attributes:
        step: Updates done.
        metrics: What is known on the host.
        images: Images in the step's batch.
        seen: Images trained on so far.
        seconds: Training time so far.
        loss: Mean loss of the step's batch.
        hits: Right answers in the step's batch.
        sums: Sums of the drift pass. Shape: (L, len(COLUMNS)). None: metrics only.
    """

    step: int
    metrics: dict[str, float]
    images: int
    seen: int
    seconds: float
    loss: float | None = None
    hits: int | None = None
    sums: NDArray[np.float64] | None = None


class PendingRows:
    """A queue of rows, in step order, each readable once its numbers have arrived."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._rows: deque[tuple[Row, Tensor | None, torch.cuda.Event | None]] = deque()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Row, loss: Tensor | None, hits: Tensor | None, sums: Tensor | None) -> None:
        """Queue a row with the numbers that are still on the device."""
        if loss is None or hits is None:
            self._rows.append((row, None, None))
            return
        if not self._cuda:
            row.loss, row.hits = loss.item(), int(hits.item())
            row.sums = None if sums is None else sums.cpu().numpy()
            self._rows.append((row, None, None))
            return
        parts = [loss.detach().double().view(1), hits.double().view(1)]
        if sums is not None:
            parts.append(sums.view(-1))
        flat = torch.cat(parts)
        host = torch.empty(flat.shape, dtype=flat.dtype, pin_memory=True)
        host.copy_(flat, non_blocking=True)
        event = torch.cuda.Event()
        event.record()
        self._rows.append((row, host, event))

    def last(self) -> Row | None:
        """Return the newest row, whose metrics may still be added to."""
        return self._rows[-1][0] if self._rows else None

    def take(self, *, wait: bool, columns: int) -> list[Row]:
        """Remove and return the rows that are ready.

        Args:
            wait: Wait for all of them.
            columns: Width of ``sums``.
        """
        ready: list[Row] = []
        while self._rows:
            row, host, event = self._rows[0]
            if host is not None and event is not None:
                if wait:
                    event.synchronize()
                elif not event.query():
                    break
                numbers = host.numpy()
                row.loss, row.hits = float(numbers[0]), int(numbers[1])
                row.sums = numbers[2:].reshape(-1, columns) if numbers.size > 2 else None
            self._rows.popleft()
            ready.append(row)
        return ready
