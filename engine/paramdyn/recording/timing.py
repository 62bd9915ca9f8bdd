"""How fast a run went, in a file of its own: two equal runs share every other byte."""

from __future__ import annotations

from paramdyn.store.records import RecordWriter

TIMING_SECONDS = 0.2
"""Seconds of training from one line of timing.jsonl to the next, at least."""


class TimingLines:
    """Writes timing.jsonl.

    Args:
        writer: Its open file.
    """

    def __init__(self, writer: RecordWriter) -> None:
        self._writer = writer
        self._written = 0.0
        self._newest: tuple[int, int, float] | None = None

    def reached(self, step: int, seen: int, seconds: float) -> None:
        """Tell that training reached ``step``, after ``seen`` images and so many seconds."""
        self._newest = (step, seen, seconds)
        if seconds - self._written > TIMING_SECONDS:
            self.write()

    def write(self) -> None:
        """Write how long training took until the newest step, unless that is written."""
        if self._newest is not None:
            step, seen, seconds = self._newest
            speed = seen / seconds if seconds else 0.0
            self._writer.append({"step": step, "time": seconds, "images_per_s": speed})
            self._written, self._newest = seconds, None
