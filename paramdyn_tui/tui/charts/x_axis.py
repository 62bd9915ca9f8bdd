"""What runs from left to right: steps, epochs, images, time, each a rising map from steps."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace

import numpy as np

from paramdyn_tui.formatting import count, duration, short_count
from paramdyn_tui.plotting.axes import Axis, ImagesAxis, time_axis
from paramdyn_tui.plotting.raster import tick_text
from paramdyn_tui.plotting.reduce import Floats

KINDS = ("epoch", "step", "images", "time", "relative")
"""In the order in which a key goes through them."""
MOST_STEPS = 1 << 48
SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


@dataclass(frozen=True, slots=True, eq=False)
class XAxis:
    """A horizontal axis of one run.

    Attributes:
        kind: One of ``KINDS``.
        axis: Positions of steps.
        start: Position that counts as zero: where a run itself began, on a relative axis.
    """

    kind: str
    axis: Axis
    start: float = 0.0

    @property
    def label(self) -> str:
        """What it is, with its unit."""
        return "epochs since start" if self.kind == "relative" else self.axis.label

    def of(self, steps: Floats) -> Floats:
        """Return the positions of steps; beyond the known ones at the same pace. Any shape."""
        return self.axis.of(steps) - self.start

    def at(self, step: float) -> float:
        """Return the position of one step."""
        return float(self.of(np.array([float(step)]))[0])

    def step_at(self, position: float) -> int:
        """Return the first step whose position is not before ``position``."""
        slack = 1e-9 * max(abs(position), 1.0)
        return bisect.bisect_left(range(MOST_STEPS), position - slack, key=self.at)

    def text(self, position: float) -> str:
        """Return a position in words, short.

        >>> epoch_axis(391).text(31.0), step_axis().text(14302.0)
        ('e31', 'step 14,302')
        """
        if self.kind in ("epoch", "relative"):
            sign = "+" if self.kind == "relative" else ""
            return f"{sign}e{tick_text(float(f'{position:.4g}'))}"
        if self.kind == "time":
            return duration(position * SECONDS.get(self.axis.label, 1.0))
        if self.kind == "images":
            return f"{short_count(position)} images"
        return f"step {count(round(position))}"


def step_axis() -> XAxis:
    """Return steps as they are."""
    return XAxis("step", Axis("step", np.array([0.0, 1.0]), np.array([0.0, 1.0])))


def epoch_axis(steps_per_epoch: float) -> XAxis:
    """Return passes over the images; with no known length of an epoch every step is one."""
    length = max(float(steps_per_epoch), 1.0)
    return XAxis("epoch", Axis("epoch", np.array([0.0, length]), np.array([0.0, 1.0])))


def images_axis(images: int, steps_per_epoch: float, batch: int = 0) -> XAxis:
    """Return how many images were trained on.

    Args:
        images: Images of an epoch.
        steps_per_epoch: Steps of an epoch.
        batch: Images of every batch but the last; 0 where it is not known: all are equally large.
    """
    length = max(float(steps_per_epoch), 1.0)
    ends = np.array([0.0, length]), np.array([0.0, float(images)])
    if batch and -(-images // batch) == length:
        return XAxis("images", ImagesAxis("images", *ends, batch))
    return XAxis("images", Axis("images", *ends))


def wall_time_axis(steps: Floats, seconds: Floats, *, longest: float | None = None) -> XAxis:
    """Return the time since training began, pauses left out, in the unit that suits it.

    Args:
        steps: When the clock was read. Shape (N,).
        seconds: What it said. Shape (N,).
        longest: Seconds by which the unit is chosen, the same for all runs of a chart.
    """
    return XAxis("time", time_axis(steps, seconds, longest=longest))


def relative_axis(axis: XAxis, first_step: float) -> XAxis:
    """Return an axis on which a run begins at zero, wherever its first record is."""
    return replace(axis, kind="relative", start=axis.at(first_step))


def next_kind(kind: str, by: int = 1) -> str:
    """Return the kind of axis so many further on, in a circle.

    >>> next_kind("epoch"), next_kind("epoch", -1)
    ('step', 'relative')
    """
    place = KINDS.index(kind) if kind in KINDS else 0
    return KINDS[(place + by) % len(KINDS)]
