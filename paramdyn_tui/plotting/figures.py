"""Pictures of a run: curves, the layers' drift over time, and the partition, as one text.

What is not recorded yet is said in words in its place; a folder from which nothing can be drawn is
an error.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from paramdyn.errors import BadRequest, RunIncomplete, UnknownName
from paramdyn.registry import unknown_name
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import effective_status, read_state
from paramdyn_tui.formatting import count, number
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.sections import (
    Section,
    View,
    classes_section,
    curves_section,
    drift_section,
)

PARTS = ("curves", "drift", "classes")
USUAL_MEASUREMENT = "relative_displacement"
LEAST_WIDTH, LEAST_HEIGHT = 40, 12
LEAST_NAME = 12
ROOMY = 30
"""From this height on, a blank line parts the pictures."""


def run_figures(folder: RunFolder, *, width: int, height: int, color: bool) -> str:
    """Return the picture of a run at its end: loss, accuracy, drift of each layer, partition.

    Args:
        folder: The run, finished or not.
        width: No line is longer, from 40 on.
        height: Hoped-for number of lines; small ones are exceeded rather than unreadable.
        color: Whether escape sequences are welcome; without, there are none.

    Raises:
        RunIncomplete: Nothing can be drawn.
    """
    return plot_run(folder, what=PARTS, width=width, height=height, color=color)


def plot_run(
    folder: RunFolder,
    *,
    what: Sequence[str] = PARTS,
    x: str = "epoch",
    measurement: str = USUAL_MEASUREMENT,
    width: int,
    height: int,
    color: bool,
    log: bool = False,
) -> str:
    """Return pictures of a run, in the order asked for.

    Args:
        folder: The run, finished or not.
        what: Any of ``curves``, ``drift``, ``classes``.
        x: What runs from left to right: ``step``, ``epoch`` or ``time``.
        measurement: What the drift picture shows.
        width: As in ``run_figures``.
        height: As in ``run_figures``.
        color: As in ``run_figures``.
        log: Whether loss and drift are on a logarithmic scale.

    Raises:
        UnknownName: There is no such part, axis or measurement.
        RunIncomplete: Nothing can be drawn.
    """
    check_parts(what)
    width, height = max(width, LEAST_WIDTH), max(height, LEAST_HEIGHT)
    layout = folder.layout
    view = View(series.read_axis(layout, x), width, color, log, series.read_marks(layout))
    sections, missing = _sections(layout, what, measurement, view)
    if not sections:
        raise RunIncomplete(" ".join(missing))
    words = [line for sentence in missing for line in textwrap.wrap(sentence, width)]
    gap = [""] if height >= ROOMY else []
    # the header, and below the picture the prompt of the shell
    free = height - 2 - len(words) - len(gap) * len(sections)
    lines = [_header(folder, width)]
    for drawn in _drawn(sections, free):
        lines += [*gap, *drawn]
    return "\n".join([*lines, *words])


def check_parts(what: Sequence[str]) -> None:
    """Raise unless every name is a part of a picture.

    Raises:
        UnknownName: One is not.
        BadRequest: There is none.
    """
    if not what:
        raise BadRequest(f"--what: nothing was named. Expected any of {', '.join(PARTS)}.")
    for name in what:
        if name not in PARTS:
            listing = ", ".join(PARTS)
            raise UnknownName(
                unknown_name("picture", name, list(PARTS), where="--what", listing=listing)
            )


def _sections(
    layout: Layout, what: Sequence[str], measurement: str, view: View
) -> tuple[list[Section], list[str]]:
    """Return the parts that can be drawn, and what is missing for the others."""
    makers: dict[str, Callable[[], Section]] = {
        "curves": lambda: curves_section(layout, view),
        "drift": lambda: drift_section(layout, measurement, view),
        "classes": lambda: classes_section(layout, view),
    }
    sections, missing = [], []
    for name in what:
        try:
            sections.append(makers[name]())
        except RunIncomplete as error:
            missing.append(str(error))
    return sections, missing


def _drawn(sections: Sequence[Section], lines: int) -> list[list[str]]:
    """Draw the parts in about ``lines`` lines together; what one leaves, elastic ones get."""
    heights = [section.least for section in sections]
    spare = lines - sum(heights)
    while spare > 0 and any(h < s.most for h, s in zip(heights, sections, strict=True)):
        for index, section in enumerate(sections):
            # a heatmap needs lines for its rows more than a curve needs them for its shape
            more = min(1 if section.elastic else 2, spare, section.most - heights[index])
            heights[index] += more
            spare -= more
    fixed = {i: s.draw(heights[i]) for i, s in enumerate(sections) if not s.elastic}
    spare = sum(heights[index] - len(drawn) for index, drawn in fixed.items())
    return [
        fixed[index] if index in fixed else section.draw(min(heights[index] + spare, section.most))
        for index, section in enumerate(sections)
    ]


def _header(folder: RunFolder, width: int) -> str:
    """Return which run this is and how far it came, as much as fits."""
    try:
        state = read_state(folder.layout)
    except RunIncomplete:
        return shorten(folder.name, width)
    parts = [
        effective_status(state),
        f"epoch {number(state.epoch, 3)}",
        f"step {count(state.step)} of {count(state.total_steps)}",
    ]
    while True:
        text = "".join(f"  {part}" for part in parts)
        name = shorten(folder.name, max(width - len(text), LEAST_NAME))
        if len(name) + len(text) <= width or not parts:
            return name + text
        parts.pop()
