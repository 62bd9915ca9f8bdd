"""What a grid of charts is fed with: curves as recorded, before axis, smoothing and zoom.

Pure data. A screen that wants charts writes a ``ChartSource``; the grid does the rest.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a chart, as recorded.

    Attributes:
        key: The same for the same line at every look, so that smoothing goes on where it was.
        label: What the legend and the cursor call it; may be empty.
        x: Positions on the axis that was asked for, rising. Shape (N,).
        y: Values, NaN and infinities too. Shape (N,).
        color: Number of the series colour, 0 to 9.
        faint: Whether it lies behind the others without a label: a member of a group.
        dashed: Whether it has gaps: a baseline.
        low: Lower edge of a band around it. Shape (N,), or None.
        high: Upper edge of the band. Shape (N,), or None.
        steps: Whether it holds its value until the next record (a learning rate): never smoothed.
    """

    key: str
    label: str
    x: Floats
    y: Floats
    color: int = 0
    faint: bool = False
    dashed: bool = False
    low: Floats | None = None
    high: Floats | None = None
    steps: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Everything that one chart can show.

    Attributes:
        title: Its name, such as ``train/loss``.
        curves: Its lines, the last on top; the title line speaks of that one.
        whole: Ends of the axis that are shown without a zoom: those planned while a run goes on,
            so that a growing line changes few cells; None: those of the data.
        last: Position of the newest record of a run that goes on; None when none does.
        marks: Positions of what happened, each with its letter.
        references: Name -> value of a line across (chance level, target).
        better: ``max``, ``min``, or empty when neither end is better.
        best: Whether the best value so far is told.
        quantity: What scale and target are remembered for: ``loss`` for ``train/loss`` and
            ``test/loss``.
        axis: What runs to the right, in words, such as ``epoch`` or ``minutes``.
        baseline: Index of the curve that the others are compared with at the cursor, if any.
        problem: Why there is nothing to draw, in words; empty when there is.
        is_difference: Whether its values are differences to others.
    """

    title: str
    curves: tuple[Curve, ...] = ()
    whole: tuple[float, float] | None = None
    last: float | None = None
    marks: tuple[tuple[float, str], ...] = ()
    references: Mapping[str, float] = field(default_factory=dict)
    better: str = ""
    best: bool = False
    quantity: str = ""
    axis: str = "epoch"
    baseline: int | None = None
    problem: str = ""
    is_difference: bool = False


class ChartSource(Protocol):
    """Gives a grid its charts. Called often: it should keep what it has computed."""

    def names(self) -> Sequence[str]:
        """Return the names of all charts that there can be, in their order."""

    def usual(self) -> Sequence[str]:
        """Return those that are shown when no pattern chooses, the most important ones first."""

    def axes(self) -> Sequence[str]:
        """Return the axes that there are, among ``AXES``; never empty."""

    def panel(self, name: str, axis: str) -> Panel:
        """Return a chart by its name, its curves on one of ``axes``."""

    def revision(self) -> object:
        """Return something that is equal as long as every panel is the same."""

    def nothing(self) -> str:
        """Return why there is no chart, in words, for when ``names`` is empty."""


AXES = ("epoch", "step", "images", "time", "relative")
"""Names of axes; ``relative``: epochs since the run's own start, ``time``: of training."""


def chosen(names: Sequence[str], pattern: str) -> list[str]:
    """Return the names that a pattern chooses, in their order.

    Args:
        names: What there is.
        pattern: Words apart by spaces or commas: a part of a name, a glob with ``*``, or a
            ``/regular expression/``; one with ``!`` before it takes away. Empty: all.

    Raises:
        ValueError: A regular expression is none.

    >>> chosen(["train/loss", "test/loss", "test/accuracy"], "loss !train")
    ['test/loss']
    """
    words = [word for word in re.split(r"[\s,]+", pattern) if word]
    wanted = [word for word in words if not word.startswith("!")]
    unwanted = [word[1:] for word in words if word.startswith("!") and len(word) > 1]
    return [
        name
        for name in names
        if (not wanted or any(_fits(name, word) for word in wanted))
        and not any(_fits(name, word) for word in unwanted)
    ]


def _fits(name: str, word: str) -> bool:
    if len(word) > 1 and word.startswith("/") and word.endswith("/"):
        try:
            return re.search(word[1:-1], name) is not None
        except re.error as error:
            raise ValueError(f"{word} is no regular expression: {error}.") from None
    if any(sign in word for sign in "*?["):
        return fnmatch.fnmatchcase(name.lower(), word.lower())
    return word.lower() in name.lower()
