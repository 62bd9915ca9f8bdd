"""A run as it was at one moment: what screens draw. Nothing in it changes later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn.store.manifest import Manifest, ParameterInfo
from paramdyn.store.run_summary import ALIVE, RunSummary
from paramdyn_tui.watching.events import Event
from paramdyn_tui.watching.log import LogView

if TYPE_CHECKING:
    from paramdyn_tui.plotting.axes import Axis
    from paramdyn_tui.plotting.series import Classes
    from paramdyn_tui.watching.axes import Axes
    from paramdyn_tui.watching.drift import Drift
    from paramdyn_tui.watching.series import Floats, Series


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RunView:
    """One run.

    Attributes:
        name: Its id.
        path: Its folder.
        status: One of ``paramdyn.store.run_summary.STATUSES``, or ``removed``; empty before the
            first look.
        reason: Why it ended, in words; maybe empty.
        problem: What cannot be read, in words, a line each; maybe empty. What was good before
            stays in the other fields.
        summary: The run as lists show it; None while its state was never readable.
        epochs: How many were asked for; 0 while unknown.
        epoch: Epochs done.
        step: Updates done.
        total_steps: Updates in all; 0 while unknown.
        steps_per_epoch: Updates an epoch; 0 while unknown.
        seconds_left: Estimated time to the end, None while unknown and while it does not run.
        images_per_s: Training images a second, of the whole run; 0 while unknown.
        heartbeat: When its state was written last, in seconds since 1970; 0 while unknown.
        silence: Seconds from then to this look; None when the run has ended.
        request: What was asked of it and is still to come: ``stop-after-epoch``, or empty.
        checkpoint_step: Updates after which its newest checkpoint was taken; -1 before the first.
        learning_rate: Of the last recorded step; None while unknown.
        classes: Classes of the data set; 0 while unknown. Guessing gets 1 / classes right, at a
            loss of ln classes.
        parameters: The table that the rows of a drift belong to.
        buffers: The same for measurements that begin with ``buffer``.
        manifest: All that run.json holds; None while it cannot be read.
        spec: All that spec.toml holds, as nested tables; empty while it cannot be read.
        metrics: Metric -> what it was at each step: ``train/loss``, ``learning_rate``, ..., and
            ``images_per_s``.
        drift: Measurement -> how every parameter moved, of those that were asked for.
        classes_partition: The last partition of all scalars into classes, if asked for and there.
        events: What happened, in the order in which it was written.
        log: Its log.
        looked_for: Measurements that were looked for; of others nothing is known yet.
        complete: Whether all there was to read has been read; until then long files are sampled.
        revision: Another one whenever anything else here is different.
        axes: Makes the axes.
    """

    name: str
    path: Path
    status: str
    reason: str
    problem: str
    summary: RunSummary | None
    epochs: int
    epoch: float
    step: int
    total_steps: int
    steps_per_epoch: int
    seconds_left: float | None
    images_per_s: float
    heartbeat: float
    silence: float | None
    request: str
    checkpoint_step: int
    learning_rate: float | None
    classes: int
    parameters: tuple[ParameterInfo, ...]
    buffers: tuple[ParameterInfo, ...]
    manifest: Manifest | None
    spec: Mapping[str, Any]
    metrics: Mapping[str, Series]
    drift: Mapping[str, Drift]
    classes_partition: Classes | None
    events: tuple[Event, ...]
    log: LogView
    looked_for: frozenset[str]
    complete: bool
    revision: int
    axes: Axes

    @property
    def alive(self) -> bool:
        """Whether a process works on it, as far as can be seen."""
        return self.status in ALIVE

    def axis(self, kind: str) -> Axis:
        """Return what runs from left to right.

        Args:
            kind: ``step``, ``epoch``, ``images``, ``time`` (since training began, without pauses)
                or ``relative`` (epochs since its start).

        Returns:
            The axis; ``axis.of(steps)`` are positions. While what it needs is not recorded, the
            one of steps: its label says which it is.
        """
        return self.axes.axis(kind)

    def positions(self, kind: str, steps: Floats) -> Floats:
        """Return where steps lie on an axis, computed once for the same array. Any shape."""
        return self.axes.positions(kind, steps)
