"""Tells the outside how far a run is: state.json, at most once a second."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import RunState, write_state

INTERVAL_SECONDS = 1.0


class Reporter:
    """Writes the state of one run.

    Args:
        layout: Its files.
        total_steps: Updates in all.
        summary: What a list of runs shows.
    """

    def __init__(self, layout: Layout, *, total_steps: int, summary: dict[str, Any]) -> None:
        me = this_process()
        self._layout = layout
        self._written = 0.0
        self._state = RunState(
            status="running",
            total_steps=total_steps,
            started=time.time(),
            pid=me.pid,
            process_start=me.process_start,
            boot_id=me.boot_id,
            host=me.host,
            summary=summary,
        )

    @property
    def is_due(self) -> bool:
        """Whether the last report is a second old."""
        return time.monotonic() - self._written >= INTERVAL_SECONDS

    def report(
        self,
        status: str,
        *,
        reason: str = "",
        step: int | None = None,
        epoch: float | None = None,
        metrics: dict[str, float] | None = None,
        images_per_s: float | None = None,
    ) -> None:
        """Write the state; what is not given stays as it was.

        Raises:
            StoreError: It cannot be written.
        """
        self._written = time.monotonic()
        old = self._state
        self._state = replace(
            old,
            status=status,
            reason=reason,
            step=old.step if step is None else step,
            epoch=old.epoch if epoch is None else epoch,
            metrics=old.metrics if metrics is None else dict(metrics),
            images_per_s=old.images_per_s if images_per_s is None else images_per_s,
            heartbeat=time.time(),
        )
        write_state(self._layout, self._state)
