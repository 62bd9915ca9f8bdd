"""The charts of compared runs, for a grid of charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paramdyn_tui.tui.widgets.charted import AXES, Curve, Panel

if TYPE_CHECKING:
    from paramdyn_tui.tui.widgets.comparing.curves import Points
    from paramdyn_tui.tui.widgets.comparing.subjects import Subject

USUAL = (
    "train/loss", "test/accuracy", "validation/accuracy", "drift/total", "test/loss",
    "validation/loss", "train/epoch_accuracy", "train/accuracy", "train/epoch_loss",
)  # fmt: skip
"""Charts that are shown when no pattern chooses, the most important ones first."""
DRIFT = "drift/total"
"""Name of the chart of how far all parameters together have moved."""
MOST_MARKS = 24


@dataclass(frozen=True, slots=True)
class Mode:
    """How runs are laid over each other.

    Attributes:
        difference: Whether differences to the baseline are drawn instead of values.
        bands: Whether means and intervals over seeds are drawn instead of each run.
        measure: Measurement of the chart of drift.
        only: Name of the only chart; empty: all.
    """

    difference: bool = False
    bands: bool = False
    measure: str = "relative_displacement"
    only: str = ""


class ComparedCharts:
    """The charts. Made without numpy; charts load it when they are drawn.

    Attributes:
        subjects: The runs, the baseline first.
        mode: How they are laid over each other.
        words: Why there is nothing to draw.
    """

    def __init__(self) -> None:
        self.subjects: Sequence[Subject] = ()
        self.mode = Mode()
        self.words = "No run is chosen."
        self._panels: dict[tuple[str, str], tuple[object, Panel]] = {}

    def names(self) -> Sequence[str]:
        """Return every quantity that a run has recorded, the usual ones first."""
        if self.mode.only:
            return [self.mode.only] if self.subjects else []
        found: dict[str, None] = {}
        for subject in self.subjects:
            found.update(dict.fromkeys(subject.view.metrics))
            if self.mode.measure in subject.view.drift:
                found[DRIFT] = None
        usual = [name for name in USUAL if name in found]
        return [*usual, *(name for name in found if name not in usual)]

    def usual(self) -> Sequence[str]:
        """Return the charts that are shown when no pattern chooses."""
        names = self.names()
        return [name for name in USUAL if name in names] or names

    def axes(self) -> Sequence[str]:
        """Return all axes: where a run lacks what one needs it is drawn by steps."""
        return AXES

    def revision(self) -> object:
        """Return something that is equal as long as every panel is the same."""
        runs = tuple(
            (each.name, each.view.revision, each.color, each.label, each.is_baseline)
            for each in self.subjects
        )
        return runs, self.mode

    def nothing(self) -> str:
        """Return why there is no chart."""
        if not self.subjects:
            return self.words
        if any(not each.view.complete for each in self.subjects):
            return "reading the records ..."
        return "None of these runs has recorded anything yet."

    def panel(self, name: str, axis: str) -> Panel:
        """Return one chart."""
        stamp = self.revision()
        known = self._panels.get((name, axis))
        if known is None or known[0] != stamp:
            known = (stamp, compared_panel(self.subjects, name, axis, self.mode))
            self._panels[name, axis] = known
        return known[1]


def compared_panel(subjects: Sequence[Subject], name: str, axis: str, mode: Mode) -> Panel:
    """Return one chart of compared runs.

    Args:
        subjects: The runs, the baseline first.
        name: A metric, or ``drift/total``.
        axis: One of ``charted.AXES``.
        mode: How they are laid over each other.
    """
    from paramdyn_tui.tui.widgets.comparing.curves import points_of

    found = {each.name: points_of(each, name, axis, mode.measure) for each in subjects}
    points = {run: each for run, each in found.items() if each is not None}
    curves, problem = _curves(subjects, points, name, mode)
    shares = name.endswith("accuracy")
    return Panel(
        title=f"{_title(name, mode)}{' - baseline' if mode.difference else ''}",
        curves=tuple(curves),
        whole=_whole(subjects, axis, points),
        last=_last(subjects, points),
        marks=_marks(subjects, axis),
        references={"baseline": 0.0} if mode.difference else _chance(subjects, name),
        better="max" if shares else "min" if name.endswith("loss") else "",
        quantity="difference" if mode.difference else _quantity(name, mode),
        axis=_label(subjects, axis, points),
        baseline=_place_of_baseline(curves, mode),
        problem=problem,
        is_difference=mode.difference,
    )


def _curves(
    subjects: Sequence[Subject], points: dict[str, Points], name: str, mode: Mode
) -> tuple[list[Curve], str]:
    """Return the curves, and why there are none."""
    from paramdyn_tui.tui.widgets.comparing import curves as of

    base = next((each for each in subjects if each.is_baseline), None)
    groups = of.grouped(subjects) if mode.bands else {}
    if mode.difference:
        if base is None:
            return [], "There is no baseline. Choose one on the list of runs."
        if len(subjects) < 2:
            return [], "There is no run beside the baseline. Mark some on the list of runs."
        if not mode.bands and base.name not in points:
            return [], f"The baseline recorded no {name}."
        pairs = of.partners(groups, base) if groups else dict.fromkeys(points, base)
        points = {
            run: of.difference(own, points[pairs[run].name])
            for run, own in points.items()
            if run in pairs and pairs[run].name in points and pairs[run].name != run
        }
        points = {run: each for run, each in points.items() if len(each[0])}
        if not points:
            return [], "No other run has a stretch in common with the baseline on this axis."
    key = f"{name}{' difference' if mode.difference else ''}"
    drawn = [each for each in subjects if each.name in points]
    if mode.bands:
        return of.band_curves(groups, points, key), "nothing recorded" if not drawn else ""
    return of.single_curves(subjects, points, key), "" if drawn else f"no {name} recorded"


def _quantity(name: str, mode: Mode) -> str:
    return mode.measure if name == DRIFT else name.rpartition("/")[2]


def _title(name: str, mode: Mode) -> str:
    from paramdyn_tui.tui.run_panes.measures import SHORT

    if name != DRIFT:
        return name
    return f"drift {SHORT.get(mode.measure, mode.measure)}"


def _place_of_baseline(curves: Sequence[Curve], mode: Mode) -> int | None:
    if mode.difference:
        return None
    return next((place for place, each in enumerate(curves) if each.dashed), None)


def _label(subjects: Sequence[Subject], axis: str, points: dict[str, Points]) -> str:
    """Return what runs to the right: of a run that has not begun only its steps are known."""
    begun = [each for each in subjects if each.name in points] or subjects
    return begun[0].view.axis(axis).label if begun else axis


def _whole(
    subjects: Sequence[Subject], axis: str, points: dict[str, Points]
) -> tuple[float, float] | None:
    """Return the ends of what the runs did, or are to do; of what is drawn where that is more.

    A run begins before its first record: at the step of which nothing but its start is known.
    """
    import numpy as np

    from paramdyn_tui.tui.widgets.comparing.curves import offset_of

    places = [float(x[end]) for x, _ in points.values() if len(x) for end in (0, -1)]
    label = _label(subjects, axis, points)
    for each in subjects:
        if each.view.axis(axis).label != label:
            continue  # its steps are no epochs
        steps = each.view.total_steps if each.view.alive and axis != "time" else each.view.step
        way = each.view.axis(axis).of(np.array([0.0, float(steps)]))
        places += (way + offset_of(each, axis)).tolist()
    places = [place for place in places if math.isfinite(place)]
    return (min(places), max(places)) if places else None


def _last(subjects: Sequence[Subject], points: dict[str, Points]) -> float | None:
    ends = [
        float(points[each.name][0][-1])
        for each in subjects
        if each.view.alive and each.name in points and len(points[each.name][0])
    ]
    return max(ends, default=None)


def _marks(subjects: Sequence[Subject], axis: str) -> tuple[tuple[float, str], ...]:
    """Return what happened to any of the runs, each place and letter once."""
    import numpy as np

    from paramdyn_tui.tui.widgets.comparing.curves import offset_of

    found: dict[tuple[float, str], None] = {}
    for subject in subjects:
        told = [event for event in subject.view.events if event.letter in ("P", "L", "D")]
        if told:
            steps = np.array([float(event.step) for event in told])
            at = subject.view.axis(axis).of(steps) + offset_of(subject, axis)
            for x, event in zip(at.tolist(), told, strict=True):
                found[round(x, 9), event.letter] = None
    return tuple(found) if len(found) <= MOST_MARKS else ()


def _chance(subjects: Sequence[Subject], name: str) -> dict[str, float]:
    classes = {each.view.classes for each in subjects}
    if len(classes) != 1 or not (number := classes.pop()):
        return {}
    if name.endswith("accuracy"):
        return {"chance": 1.0 / number}
    return {"chance": math.log(number)} if name.endswith("loss") else {}
