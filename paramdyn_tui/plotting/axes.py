"""What runs from left to right in a picture: steps, and where each of them lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paramdyn_tui.plotting.reduce import Floats


@dataclass(frozen=True, slots=True)
class Axis:
    """What runs from left to right: some steps and their positions on it, both rising."""

    label: str
    steps: Floats
    positions: Floats

    def of(self, steps: Floats) -> Floats:
        """Return the position of each step; beyond the known ones at the same pace. Any shape."""
        inside = np.interp(steps, self.steps, self.positions)
        if len(self.steps) < 2:
            return inside
        pace = (self.positions[-1] - self.positions[0]) / (self.steps[-1] - self.steps[0])
        return inside + np.maximum(steps - self.steps[-1], 0.0) * pace


@dataclass(frozen=True, slots=True)
class ImagesAxis(Axis):
    """Images trained on: an epoch's last batch may be a short one.

    Attributes:
        batch: Images of every other batch.
    """

    batch: int

    def of(self, steps: Floats) -> Floats:
        """Return how many images the updates up to each step have used. Any shape."""
        (_, per_epoch), (_, images) = self.steps, self.positions
        epochs, rest = np.divmod(steps, per_epoch)
        return epochs * images + np.minimum(rest * self.batch, images)


def step_axis() -> Axis:
    """Return the axis on which a step lies at itself."""
    return Axis("step", np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def epoch_axis(kind: str, steps_per_epoch: int) -> Axis:
    """Return passes over the images.

    Args:
        kind: ``epoch``, or ``relative`` for one that says since when.
        steps_per_epoch: Updates an epoch.
    """
    label = "epoch" if kind == "epoch" else "epochs since its start"
    return Axis(label, np.array([0.0, _length(steps_per_epoch)]), np.array([0.0, 1.0]))


def images_axis(steps_per_epoch: int, images: float, batch: int) -> Axis:
    """Return how many images were trained on.

    Args:
        steps_per_epoch: Updates an epoch.
        images: Images an epoch.
        batch: Images of a batch; 0: unknown, then equally many a step.
    """
    length = _length(steps_per_epoch)
    ends = np.array([0.0, length]), np.array([0.0, float(images)])
    if batch and -(-images // batch) == length:
        return ImagesAxis("images", *ends, batch)
    return Axis("images", *ends)  # equally many a step, as far as can be told


def time_axis(steps: Floats, seconds: Floats, longest: float | None = None) -> Axis:
    """Return the time since training began, in the unit that suits a run.

    Args:
        steps: Shape (T,), at least one.
        seconds: When each was done. Shape (T,).
        longest: Seconds by which the unit is chosen; None: by those given.
    """
    steps, seconds = np.append(0.0, steps), np.append(0.0, seconds)
    last = float(seconds[-1]) if longest is None else longest
    unit, size = (
        ("hours", 3600) if last > 7200 else ("minutes", 60) if last > 120 else ("seconds", 1)
    )
    return Axis(unit, *_rising(steps, seconds / size))


def _length(steps_per_epoch: int) -> float:
    return max(float(steps_per_epoch), 1.0)


def _rising(steps: Floats, positions: Floats) -> tuple[Floats, Floats]:
    """Return both by rising step, as interpolation needs them, the last of equal steps kept."""
    unique, from_end = np.unique(steps[::-1], return_index=True)
    return unique, positions[::-1][from_end]
