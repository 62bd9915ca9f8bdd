"""Keeps parameters for later, without holding up training.

Three threads take part. The training thread calls ``keep`` and goes on with what only reads
parameters: scores, the next forward and backward pass. A second one copies them meanwhile, and
``settle``, called before anything changes them, waits until it has. A third one writes.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramdyn.native.memory_order import copy_in_order
from paramdyn.parameters import FlatParameters
from paramdyn.store.snapshots import write_snapshot

_Job = Future[Future[None]]
"""A copy, whose result is the writing of it."""
_QUEUED = 2  # when the disk is slower than training, training waits: nothing is dropped


class SnapshotKeeper:
    """Writes snapshots of one model in the background.

    Args:
        flat: The parameters.
    """

    def __init__(self, flat: FlatParameters) -> None:
        self._flat = flat
        self._jobs: deque[_Job] = deque()
        self._copying: list[_Job] = []
        self._copier = ThreadPoolExecutor(1, "snapshot-copies")
        self._writer = ThreadPoolExecutor(1, "snapshots")
        self._at_once = flat.values.device.type != "cpu" or not flat.changed_by_the_optimizer_only()

    def keep(self, path: Path, metadata: dict[str, str]) -> None:
        """Write the present parameters and buffers to ``path``, soon.

        Call ``settle`` before parameters change; buffers may change at once.

        Raises:
            StoreError: An earlier snapshot could not be written.
        """
        while self._jobs and (len(self._jobs) >= _QUEUED or _is_written(self._jobs[0])):
            self._jobs.popleft().result().result()
        values = self._flat.values.detach()
        staged = torch.empty_like(values, device="cpu")
        if self._at_once:
            staged.copy_(values)
        job = (path, staged, None if self._at_once else values, self._buffers(), metadata)
        # Last: a thread that wakes up takes the interpreter away from this one.
        self._jobs.append(self._copier.submit(self._copy, *job))
        self._copying.append(self._jobs[-1])

    def settle(self) -> None:
        """Return when no copy needs the present parameters any more: they may change."""
        while self._copying:
            self._copying.pop().result()

    def wait(self) -> None:
        """Return when everything kept so far is on the disk.

        Raises:
            StoreError: A snapshot could not be written.
        """
        while self._jobs:
            self._jobs.popleft().result().result()

    def close(self) -> None:
        """Write what is left and end the threads; calling it twice is harmless."""
        self._copier.shutdown()
        self._writer.shutdown()

    def _buffers(self) -> list[Tensor]:
        parameters = {id(parameter) for parameter in self._flat.parameters}
        state = self._flat.model.state_dict(keep_vars=True)
        return [
            tensor.detach().cpu().clone()
            for tensor in state.values()
            if id(tensor) not in parameters
        ]

    def _copy(
        self,
        path: Path,
        staged: Tensor,
        values: Tensor | None,
        buffers: list[Tensor],
        metadata: dict[str, str],
    ) -> Future[None]:
        if (
            values is not None
        ):  # numpy: torch would start threads of its own beside those that train
            np.copyto(staged.numpy(), values.numpy())
        return self._writer.submit(self._write, path, staged, buffers, metadata)

    def _write(
        self, path: Path, staged: Tensor, buffers: list[Tensor], metadata: dict[str, str]
    ) -> None:
        write_snapshot(path, self._arrays(staged, buffers), metadata, copy_in_order)

    def _arrays(self, staged: Tensor, buffers: list[Tensor]) -> dict[str, np.ndarray[Any, Any]]:
        index = {id(parameter): k for k, parameter in enumerate(self._flat.parameters)}
        remaining = iter(buffers)
        arrays = {}
        for name, tensor in self._flat.model.state_dict(keep_vars=True).items():
            position = index.get(id(tensor))
            kept = next(remaining) if position is None else self._flat.view(staged, position)
            arrays[name] = kept.numpy()
        return arrays


def _is_written(job: _Job) -> bool:
    return job.done() and (job.exception() is not None or job.result().done())
