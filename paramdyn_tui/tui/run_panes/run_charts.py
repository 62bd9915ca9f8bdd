"""The charts of one run, with another one behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.tui.run_panes.measures import recorded_measures
from paramdyn_tui.tui.widgets.charted import AXES, Curve, Panel

if TYPE_CHECKING:
    from paramdyn_tui.watching.view import RunView

MANY_MARKS = 12
"""More snapshots or steps of the learning rate than this are not marked: they say nothing."""
USUAL_STEP = 1e-3
"""An update of about a thousandth of the weights' norm is usual (Bottou 2015; Karpathy, CS231n)."""
ROOM = 1.05
"""The time axis of a run that goes on ends at least so many times beyond its estimate."""
STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.4, 8.0)

STEPWISE = ("learning_rate", "images_per_s")


class RunCharts:
    """The ``ChartSource`` of the run screen.

    Args:
        want: Called with a measurement whose total a chart needs, to have it read.
        color_of: Gives the series colour of a run by its name.

    Attributes:
        view: The run; None while nothing is known.
        baseline: The run behind it; None for none.
        why: Why there is nothing to draw, in words, while that is so.
    """

    def __init__(self, want: Callable[[str], object], color_of: Callable[[str], int]) -> None:
        self.view: RunView | None = None
        self.baseline: RunView | None = None
        self.why = ""
        self._want = want
        self._color_of = color_of

    def names(self) -> Sequence[str]:
        """Return every metric and every total of a measurement."""
        view = self.view
        if view is None:
            return []
        return list(dict.fromkeys([*view.metrics, *recorded_measures(view)]))

    def usual(self) -> Sequence[str]:
        """Return what a person looks at first, as far as it is recorded."""
        view = self.view
        names = self.names()
        if view is None or not view.metrics:
            return []  # nothing recorded yet: why says so
        split = "validation" if "validation/loss" in view.metrics else "test"
        wanted = [
            "train/loss", f"{split}/accuracy", "gradient_norm", _distance(names), f"{split}/loss",
            "train/epoch_accuracy", "update_ratio", "learning_rate", "images_per_s",
        ]  # fmt: skip
        if _is_constant(view, "learning_rate"):
            wanted.remove("learning_rate")
        return [name for name in wanted if name in names] or names[:4]

    def axes(self) -> Sequence[str]:
        """Return the axes that the run can have: each by its own name."""
        return axes_of(self.view)

    def revision(self) -> object:
        """Return what tells whether anything on a chart of both runs is new."""
        return tuple(drawn_revision(view) for view in (self.view, self.baseline))

    def nothing(self) -> str:
        """Return why there is no chart."""
        return self.why or "Nothing is recorded yet."

    def panel(self, name: str, axis: str) -> Panel:
        """Return one chart."""
        view = self.view
        if view is None:
            return Panel(name, problem=self.why)
        if name not in view.metrics:
            self._want(name)
        behind = self.baseline if self.baseline and self.baseline.path != view.path else None
        curves = [
            curve
            for each, label in ((behind, "baseline"), (view, "this run"))
            if each is not None
            for curve in [self._curve(each, name, axis, label, dashed=each is behind)]
            if curve is not None
        ]
        return Panel(
            title=name,
            curves=tuple(curves),
            whole=self._whole(view, axis, curves),
            last=_newest(view, axis),
            marks=marks_of(view, axis),
            references=references_of(name, view),
            better={"accuracy": "max", "loss": "min"}.get(_kind(name), ""),
            best=name.startswith(("test/", "validation/")),
            quantity=_kind(name),
            axis=view.axis(axis).label,
            baseline=0 if behind is not None and len(curves) > 1 else None,
            problem="" if curves else "not recorded yet",
        )

    def _curve(
        self, view: RunView, name: str, axis: str, label: str, *, dashed: bool
    ) -> Curve | None:
        series = view.metrics.get(name)
        if series is not None:
            steps, values = series.steps, series.values
        elif name in view.drift:
            steps, values = view.drift[name].totals.steps, view.drift[name].totals.values
        else:
            return None
        return Curve(
            key=f"{view.path}:{name}",
            label=label,
            x=view.positions(axis, steps),
            y=values,
            color=self._color_of(view.name),
            dashed=dashed,
            steps=name in STEPWISE,
        )

    def _whole(self, view: RunView, axis: str, curves: Sequence[Curve]) -> tuple[float, float]:
        """Return the planned stretch, or that of the data where it is longer."""
        ends = [float(curve.x[-1]) for curve in curves if len(curve.x)]
        left, right = stretch(view, axis)
        return left, max([right, *(end for end in ends if math.isfinite(end))])


def axes_of(view: RunView | None) -> list[str]:
    """Return the axes that a run can have, each what it is called; never empty."""
    if view is None or not (view.metrics or view.drift or view.complete):
        return ["step"]  # nothing to draw: no axis is made for it, which takes numpy
    found = [each for each in AXES if _has_axis(view, each)]
    return found or ["step"]


def drawn_revision(view: RunView | None) -> object:
    """Return something that is equal as long as a run's records and events are the same.

    A heartbeat gives a view another revision; it changes no picture.
    """
    if view is None:
        return None
    metrics = tuple((name, series.revision) for name, series in view.metrics.items())
    drift = tuple((name, each.revision) for name, each in view.drift.items())
    return (
        view.path, metrics, drift, len(view.events), view.step, view.total_steps, view.alive,
        view.complete, id(view.manifest), id(view.classes_partition), id(view.axes),
    )  # fmt: skip


def stretch(view: RunView, axis: str) -> tuple[float, float]:
    """Return the ends of an axis: as planned, so that what is drawn of a live run stays put.

    The planned time is an estimate: it is rounded up, so that it seldom changes.
    """
    if axis != "time":
        right = _position(view, axis, view.total_steps or view.step)
    elif not view.alive:
        right = _position(view, axis, view.step)
    else:
        right = rounded_up(_position(view, axis, view.total_steps or view.step) * ROOM)
    return 0.0, right if right > 0 and math.isfinite(right) else 1.0


def rounded_up(value: float) -> float:
    """Return the next of 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8, 10, ... from a value on.

    >>> rounded_up(47.0), rounded_up(0.2)
    (50.0, 0.2)
    """
    if not (value > 0 and math.isfinite(value)):
        return value
    unit = 10.0 ** math.floor(math.log10(value))
    return next((step * unit for step in STEPS if step * unit >= value * (1 - 1e-9)), 10.0 * unit)


def marks_of(view: RunView, axis: str) -> tuple[tuple[float, str], ...]:
    """Return where things happened, with their letters; not what happened all the time."""
    counts: dict[str, int] = {}
    for event in view.events:
        counts[event.letter] = counts.get(event.letter, 0) + 1
    found = {
        (_position(view, axis, event.step), event.letter): None
        for event in view.events
        if event.letter and counts[event.letter] <= MANY_MARKS
    }
    return tuple(found)


def references_of(name: str, view: RunView) -> Mapping[str, float]:
    """Return the lines across a chart: what guessing would reach, what is usual."""
    if view.classes > 1 and _kind(name) == "accuracy":
        return {"chance": 1.0 / view.classes}
    if view.classes > 1 and _kind(name) == "loss":
        return {"chance": math.log(view.classes)}
    return {"usual": USUAL_STEP} if name == "update_ratio" else {}


def _kind(name: str) -> str:
    return name.rpartition("/")[2].removeprefix("epoch_")


def _distance(names: Sequence[str]) -> str:
    return "relative_displacement" if "relative_displacement" in names else "displacement"


def _is_constant(view: RunView, name: str) -> bool:
    series = view.metrics.get(name)
    return series is None or not len(series) or bool((series.values == series.values[0]).all())


def _has_axis(view: RunView, axis: str) -> bool:
    """Tell whether an axis is what it is called: without its facts it would be that of steps."""
    return axis == "step" or view.axis(axis).label != "step"


def _newest(view: RunView, axis: str) -> float | None:
    return _position(view, axis, view.step) if view.alive else None


def _position(view: RunView, axis: str, step: int) -> float:
    import numpy as np

    return float(view.axis(axis).of(np.array([float(step)]))[0])
