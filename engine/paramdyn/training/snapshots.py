"""Keeps parameters for later: staged by the training thread, written by another."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from paramdyn.parameters import FlatParameters
from paramdyn.store.snapshots import write_snapshot

_QUEUED = 2  # when the disk is slower than training, training waits: nothing is dropped


class SnapshotKeeper:
    """Writes snapshots of one model in the background.

    Args:
        flat: The parameters.
    """

    def __init__(self, flat: FlatParameters) -> None:
        self._flat = flat
        self._jobs: deque[Future[None]] = deque()
        self._writer = ThreadPoolExecutor(1, "snapshots")

    def keep(self, path: Path, metadata: dict[str, str]) -> None:
        """Write the present parameters and buffers to ``path``, soon.

        Raises:
            StoreError: An earlier snapshot could not be written.
        """
        while self._jobs and (len(self._jobs) >= _QUEUED or self._jobs[0].done()):
            self._jobs.popleft().result()
        values = self._flat.values.detach()
        staged = values.clone() if values.device.type == "cpu" else values.cpu()
        buffers = self._buffers()
        self._jobs.append(self._writer.submit(self._write, path, staged, buffers, metadata))

    def wait(self) -> None:
        """Return when everything kept so far is on the disk.

        Raises:
            StoreError: A snapshot could not be written.
        """
        while self._jobs:
            self._jobs.popleft().result()

    def close(self) -> None:
        """Write what is left and end the thread; calling it twice is harmless."""
        self._writer.shutdown()

    def _buffers(self) -> list[Tensor]:
        parameters = {id(parameter) for parameter in self._flat.parameters}
        state = self._flat.model.state_dict(keep_vars=True)
        return [
            tensor.detach().cpu().clone()
            for tensor in state.values()
            if id(tensor) not in parameters
        ]

    def _write(
        self, path: Path, staged: Tensor, buffers: list[Tensor], metadata: dict[str, str]
    ) -> None:
        write_snapshot(path, self._arrays(staged, buffers), metadata)

    def _arrays(self, staged: Tensor, buffers: list[Tensor]) -> dict[str, np.ndarray[Any, Any]]:
        index = {id(parameter): k for k, parameter in enumerate(self._flat.parameters)}
        remaining = iter(buffers)
        arrays = {}
        for name, tensor in self._flat.model.state_dict(keep_vars=True).items():
            position = index.get(id(tensor))
            kept = next(remaining) if position is None else self._flat.view(staged, position)
            arrays[name] = kept.numpy()
        return arrays
