"""The horizontal axes of one run, made when somebody asks and kept while they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramdyn_tui.plotting.axes import Axis
    from paramdyn_tui.watching.series import Floats, Series

_KEPT = 64


class Axes:
    """What is known about the length of an epoch, and of time.

    Args:
        steps_per_epoch: Updates an epoch; 0 while unknown.
        images: Training images an epoch; 0 while unknown.
        batch: Images of a batch; 0 while unknown.
        time: Seconds of training at some steps; None while nothing is recorded.
    """

    def __init__(
        self, steps_per_epoch: int = 0, images: int = 0, batch: int = 0, time: Series | None = None
    ) -> None:
        self._steps_per_epoch = steps_per_epoch
        self._images = images
        self._batch = batch
        self._time = time
        self._axes: dict[str, Axis] = {}
        self._positions: dict[tuple[str, int], tuple[Floats, Floats]] = {}

    def holds(self, steps_per_epoch: int, images: int, batch: int, time: Series | None) -> bool:
        """Tell whether these axes were made of the same facts."""
        mine = (self._steps_per_epoch, self._images, self._batch)
        return mine == (steps_per_epoch, images, batch) and self._time is time

    def axis(self, kind: str) -> Axis:
        """Return an axis; the one of steps where what it needs is not recorded."""
        if kind not in self._axes:
            self._axes[kind] = self._made(kind)
        return self._axes[kind]

    def positions(self, kind: str, steps: Floats) -> Floats:
        """Return where steps lie on an axis, computed once for the same array. Any shape."""
        place = (kind, id(steps))
        known = self._positions.get(place)
        if known is not None and known[0] is steps:
            return known[1]
        if len(self._positions) >= _KEPT:
            self._positions.clear()
        found = self.axis(kind).of(steps)
        self._positions[place] = (steps, found)
        return found

    def _made(self, kind: str) -> Axis:
        import numpy as np  # here, so that axes nobody asks for do not load it

        from paramdyn_tui.plotting.axes import epoch_axis, images_axis, step_axis, time_axis

        if kind in ("epoch", "relative") and self._steps_per_epoch:
            return epoch_axis(kind, self._steps_per_epoch)
        if kind == "images" and self._steps_per_epoch and self._images:
            return images_axis(self._steps_per_epoch, self._images, self._batch)
        if kind == "time" and self._time is not None:
            known = np.isfinite(self._time.values)
            if known.any():
                return time_axis(self._time.steps[known], self._time.values[known])
        return step_axis()
