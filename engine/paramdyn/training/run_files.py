"""The open files of a run that is being written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from paramdyn.checkpoints import save_checkpoint
from paramdyn.store.atomic import store_error
from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter
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

    def truncate(self, offsets: Mapping[str, int]) -> None:
        """Cut each record file to the length that a checkpoint counted on; 0 if not named.

        Raises:
            RunIncomplete: One is shorter than that; none was cut.
            StoreError: One cannot be cut.
        """
        for name, writer in self._writers.items():
            if offsets.get(name, 0) > writer.offset:
                writer.truncate(offsets[name])  # says what is lost
        for name, writer in self._writers.items():
            writer.truncate(offsets.get(name, 0))

    def save_checkpoint(self, state: Callable[[], dict[str, Any]]) -> None:
        """Write a checkpoint once everything it counts on is on the disk."""
        self.finish()
        save_checkpoint(self._layout.checkpoint, state())

    def finish(self) -> None:
        """Bring everything to the disk.

        Raises:
            StoreError: Something cannot be written.
        """
        self._keeper.wait()
        for writer in self._writers.values():
            writer.sync()

    def drop_checkpoint(self) -> None:
        """Remove the checkpoint that no one needs any more."""
        with contextlib.suppress(OSError):
            self._layout.checkpoint.unlink()

    def close(self) -> None:
        """Close everything.

        Raises:
            StoreError: The disk refused what was written before, as network file systems may.
        """
        self._keeper.close()
        try:
            self._stack.close()
        except OSError as error:
            raise store_error(self._layout.path, "written", error) from error
