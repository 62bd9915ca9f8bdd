"""What a viewer knows about a run: read from its folder, a little more at each look."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from paramdyn.store.records import read
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, read_state

DRIFT_NAMES = ("relative_displacement", "displacement")


@dataclass
class Following:
    """A run, seen so far.

    Attributes:
        folder: The run.
        state: Its last state.
        metrics: Its metric records, in order.
        epochs: How many were asked for; 0 before the first look.
        drift: Measurement -> step -> total, in order, of those in ``DRIFT_NAMES``.
    """

    folder: RunFolder
    state: RunState | None = None
    metrics: list[dict[str, Any]] = field(default_factory=list)
    drift: dict[str, dict[int, float]] = field(default_factory=dict)
    epochs: int = 0
    _metrics_offset: int = 0
    _drift_offset: int = 0
    _anchor: tuple[float, int] | None = None

    def look(self) -> list[dict[str, Any]]:
        """Read what was added since the last look and return the new metric records."""
        layout = self.folder.layout
        if not self.epochs:
            spec = tomllib.loads(layout.spec.read_text(encoding="utf-8"))
            self.epochs = int(spec["training"]["epochs"])
        if layout.state.exists():
            self.state = read_state(layout)
            self._remember_start()
        added, self._metrics_offset = read(layout.metrics, self._metrics_offset)
        self.metrics += added
        drift, self._drift_offset = read(layout.drift, self._drift_offset)
        for record in drift:
            name, total = record.get("measurement"), record.get("total")
            if name in DRIFT_NAMES and isinstance(total, int | float):
                self.drift.setdefault(name, {})[int(record["step"])] = float(total)
        return added

    def series(self, name: str) -> list[float]:
        """Return the recorded values of a metric, in order."""
        return [float(record[name]) for record in self.metrics if record.get(name) is not None]

    def drift_series(self) -> tuple[str, dict[int, float]]:
        """Return the name and the totals by step of the first drift that was recorded."""
        for name in DRIFT_NAMES:
            if self.drift.get(name):
                return name, self.drift[name]
        return DRIFT_NAMES[0], {}

    def seconds_left(self) -> float | None:
        """Return the estimated time to the end; None while nothing is known.

        From the steps done since the first look, so that a resumed run is judged by its present.
        """
        if self.state is None or self._anchor is None:
            return None
        (since, first), state = self._anchor, self.state
        done, left = state.step - first, state.total_steps - state.step
        return (state.heartbeat - since) / done * left if done > 0 else None

    def _remember_start(self) -> None:
        if self.state is not None and self._anchor is None and self.state.status == "running":
            self._anchor = (self.state.heartbeat, self.state.step)
