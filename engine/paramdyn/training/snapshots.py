"""Keeps parameters for later: staged by the training thread, written by another."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from paramdyn.errors import StoreError
from paramdyn.parameters import FlatParameters
from paramdyn.store.snapshots import write_snapshot

_QUEUED = 2  # when the disk is slower than training, training waits: nothing is dropped

Job = tuple[Path, Tensor, list[Tensor], dict[str, str]]


class SnapshotKeeper:
    """Writes snapshots of one model in the background.

    Args:
        flat: The parameters.
    """

    def __init__(self, flat: FlatParameters) -> None:
        self._flat = flat
        self._jobs: queue.Queue[Job | None] = queue.Queue(_QUEUED)
        self._failure: StoreError | None = None
        self._thread = threading.Thread(target=self._work, name="snapshots", daemon=True)
        self._thread.start()

    def keep(self, path: Path, metadata: dict[str, str]) -> None:
        """Write the present parameters and buffers to ``path``, soon.

        Raises:
            StoreError: An earlier snapshot could not be written.
        """
        self._raise_failure()
        values = self._flat.values.detach()
        staged = values.clone() if values.device.type == "cpu" else values.cpu()
        self._jobs.put((path, staged, self._buffers(), metadata))

    def wait(self) -> None:
        """Return when everything kept so far is on the disk.

        Raises:
            StoreError: A snapshot could not be written.
        """
        self._jobs.join()
        self._raise_failure()

    def close(self) -> None:
        """Write what is left and end the thread; calling it twice is harmless."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()

    def _buffers(self) -> list[Tensor]:
        parameters = {id(parameter) for parameter in self._flat.parameters}
        state = self._flat.model.state_dict(keep_vars=True)
        return [
            tensor.detach().cpu().clone()
            for tensor in state.values()
            if id(tensor) not in parameters
        ]

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                path, staged, buffers, metadata = job
                write_snapshot(path, self._arrays(staged, buffers), metadata)
            except StoreError as error:
                self._failure = error
            finally:
                self._jobs.task_done()
        self._jobs.task_done()

    def _arrays(self, staged: Tensor, buffers: list[Tensor]) -> dict[str, np.ndarray[Any, Any]]:
        index = {id(parameter): k for k, parameter in enumerate(self._flat.parameters)}
        remaining = iter(buffers)
        arrays = {}
        for name, tensor in self._flat.model.state_dict(keep_vars=True).items():
            position = index.get(id(tensor))
            kept = next(remaining) if position is None else self._flat.view(staged, position)
            arrays[name] = kept.numpy()
        return arrays

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
