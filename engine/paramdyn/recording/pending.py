"""Rows that were measured on the device and are not on the host yet.

On the CPU a row is ready at once. On CUDA its numbers are copied to pinned memory behind an event,
so that training never waits: rows are read when their event has passed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import torch
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
        sums: Sums of the drift pass, on the host. Shape: (L, len(COLUMNS)). None: metrics only, or
            its lines in drift.jsonl are written already.
        chord: Which column of ``sums`` is the way from the record before.
    """

    step: int
    metrics: dict[str, float]
    images: int
    seen: int
    seconds: float
    loss: float | None = None
    hits: int | None = None
    sums: Tensor | None = None
    chord: int = 0


_Waiting = tuple[Row, tuple[Tensor, ...] | None, torch.cuda.Event | None]
"""A row, the tensors that complete it (loss, hits, sums), and the event that they have arrived."""


class PendingRows:
    """A queue of rows, in step order, each readable once its numbers have arrived."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._rows: deque[_Waiting] = deque()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Row, loss: Tensor | None, hits: Tensor | None, sums: Tensor | None) -> None:
        """Queue a row with the numbers that are still on the device."""
        if loss is None or hits is None:
            self._rows.append((row, None, None))
            return
        numbers = (loss, hits) if sums is None else (loss, hits, sums)
        self._rows.append((row, *_on_the_way(numbers)) if self._cuda else (row, numbers, None))

    def last(self) -> Row | None:
        """Return the newest row, whose metrics may still be added to."""
        return self._rows[-1][0] if self._rows else None

    def take(self, *, wait: bool) -> list[Row]:
        """Remove and return the rows that are ready.

        Args:
            wait: Wait for all of them.
        """
        ready: list[Row] = []
        while self._rows:
            row, numbers, event = self._rows[0]
            if event is not None:
                if wait:
                    event.synchronize()
                elif not event.query():
                    break
            if numbers is not None:
                row.loss, row.hits = numbers[0].item(), int(numbers[1].item())
                row.sums = numbers[2].cpu() if len(numbers) > 2 else None
            self._rows.popleft()
            ready.append(row)
        return ready


def _on_the_way(numbers: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], torch.cuda.Event]:
    """Start the copies to pinned memory; return where they arrive and the event behind them."""
    arriving = tuple(torch.empty(n.shape, dtype=n.dtype, pin_memory=True) for n in numbers)
    for there, here in zip(arriving, numbers, strict=True):
        there.copy_(here, non_blocking=True)
    event = torch.cuda.Event()
    event.record()
    return arriving, event
