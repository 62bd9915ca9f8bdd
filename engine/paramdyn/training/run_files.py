"""The open files of a run that is being written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter
from paramdyn.training.checkpoint import save_checkpoint
from paramdyn.training.snapshots import SnapshotKeeper

_RECORDS = ("metrics", "drift", "events", "timing")


class RunFiles:
    """Record files, snapshots and the checkpoint of one run.

    Args:
        layout: Where they are.
        keeper: Writes snapshots.
        metadata: Goes into every snapshot.

    Raises:
        StoreError: A file cannot be opened.
    """

    def __init__(self, layout: Layout, keeper: SnapshotKeeper, metadata: dict[str, str]) -> None:
        self._layout = layout
        self._keeper = keeper
        self._metadata = metadata
        with contextlib.ExitStack() as stack:
            writers = {
                name: stack.enter_context(RecordWriter(getattr(layout, name))) for name in _RECORDS
            }
            self._stack = stack.pop_all()
        self.metrics, self.drift = writers["metrics"], writers["drift"]
        self.events, self.timing = writers["events"], writers["timing"]
        self._writers = writers

    def event(self, step: int, event: str, **fields: Any) -> None:  # noqa: ANN401 - a JSON value
        """Append to events.jsonl."""
        self.events.append({"step": step, "event": event, **fields})

    def keep_snapshot(self, name: str, step: int) -> None:
        """Keep the present parameters as ``init``, ``epoch``, ``best`` or ``final``."""
        layout = self._layout
        path = layout.best_snapshot if name == "best" else layout.snapshot(step)
        self._keeper.keep(path, {**self._metadata, "step": str(step), "name": name})
        self.event(step, "snapshot", name=name, file=str(path.relative_to(layout.path)))

    def settle(self) -> None:
        """Return when parameters may change without changing a snapshot."""
        self._keeper.settle()

    def offsets(self) -> dict[str, int]:
        """Return the length of each record file."""
        return {name: writer.offset for name, writer in self._writers.items()}

    def truncate(self, offsets: dict[str, int]) -> None:
        """Cut each record file to the length that a checkpoint counted on."""
        for name, offset in offsets.items():
            self._writers[name].truncate(offset)

    def save_checkpoint(self, state: Callable[[], dict[str, Any]]) -> None:
        """Write a checkpoint once everything it counts on is on the disk."""
        self._keeper.wait()
        for writer in self._writers.values():
            writer.sync()
        save_checkpoint(self._layout.checkpoint, state())

    def finish(self) -> None:
        """Bring everything to the disk, and remove the checkpoint that no one needs any more."""
        self._keeper.wait()
        for writer in self._writers.values():
            writer.sync()
        self._layout.checkpoint.unlink(missing_ok=True)

    def close(self) -> None:
        """Close everything."""
        self._keeper.close()
        self._stack.close()
