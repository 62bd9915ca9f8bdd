"""Pictures of runs as one text: curves, the layers' drift over time, the partition, histograms.

What is not recorded yet is said in words in its place; folders from which nothing can be drawn are
an error.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from paramdyn.errors import RunIncomplete
from paramdyn.store.present import present_state
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import effective_status
from paramdyn_tui.formatting import count, number
from paramdyn_tui.plotting.bar_sections import layers_section
from paramdyn_tui.plotting.curves import REFERENCE
from paramdyn_tui.plotting.frame import Line
from paramdyn_tui.plotting.histogram_section import histograms_section
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.panels import LOOKS
from paramdyn_tui.plotting.picture import Picture, read_picture
from paramdyn_tui.plotting.raster import paint, wrapped
from paramdyn_tui.plotting.request import USUAL_PARTS, Request
from paramdyn_tui.plotting.sections import (
    Section,
    View,
    classes_section,
    curves_section,
    drift_section,
)

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
    request = Request(what=USUAL_PARTS)
    return plot_runs([folder], request, width=width, height=height, color=color)


def plot_runs(
    folders: Sequence[RunFolder], request: Request, *, width: int, height: int, color: bool
) -> str:
    """Return pictures of runs, in the order asked for.

    Args:
        folders: The runs, finished or not.
        request: What to show.
        width: As in ``run_figures``.
        height: As in ``run_figures``.
        color: As in ``run_figures``.

    Raises:
        UnknownName: There is no such part, axis, metric, measurement or field.
        BadRequest: The request makes no sense.
        RunIncomplete: Nothing can be drawn.
    """
    return draw_picture(read_picture(folders, request), width=width, height=height, color=color)


def draw_picture(picture: Picture, *, width: int, height: int, color: bool) -> str:
    """Return a picture as text; sizes as in ``run_figures``."""
    width, height = max(width, LEAST_WIDTH), max(height, LEAST_HEIGHT)
    several = len(picture.runs) > 1
    own_legend = picture.request.compares(len(picture.runs))
    view = View(width, color, picture.request.log or picture.request.log_y, several)
    sections = _sections(picture, view, legend_in_charts=not own_legend)
    words = [line for text in _words(picture) for line in textwrap.wrap(text, width)]
    head = [_header(picture, width)]
    if own_legend and picture.panels:
        head += wrapped(_run_entries(picture, color=color), width)
    head += wrapped(_mark_entries(picture, color=color), width)
    gap = [""] if height >= ROOMY else []
    # below the picture comes the prompt of the shell
    free = height - 1 - len(head) - len(words) - len(gap) * len(sections)
    lines = head
    for drawn in _drawn(sections, free):
        lines += [*gap, *drawn]
    return "\n".join([*lines, *words])


def _sections(picture: Picture, view: View, *, legend_in_charts: bool) -> list[Section]:
    sections: list[Section] = []
    for part in picture.parts:
        if part == "curves" and picture.panels:
            sections.append(curves_section(picture.panels, view, legend_in_charts=legend_in_charts))
        elif part == "drift":
            sections += [drift_section(shown, view, picture.drifts) for shown in picture.drifts]
        elif part == "layers" and picture.drifts:
            sections.append(layers_section(picture.drifts, view))
        elif part == "classes":
            sections += [classes_section(each, run.name, view) for run, each in picture.classes]
        elif part == "histograms":
            sections += [histograms_section(r.name, each, view) for r, each in picture.histograms]
    return sections


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


def _words(picture: Picture) -> list[str]:
    """Return what has to be said below: what is missing, and what the charts note."""
    missing = [
        text if part in picture.parts else f"{part}: {text}"
        for part, text in picture.missing.items()
    ]
    notes = [note for panel in picture.panels for note in panel.notes]
    return [*dict.fromkeys(notes), *missing]


def _header(picture: Picture, width: int) -> str:
    if len(picture.runs) == 1:
        return _run_header(picture.runs[0].folder, width)
    statuses: dict[str, int] = {}
    for run in picture.runs:
        try:
            status = effective_status(present_state(run.folder.layout))
        except RunIncomplete:
            status = "broken"
        statuses[status] = statuses.get(status, 0) + 1
    parts = [f"{number_} {status}" for status, number_ in statuses.items()]
    base = picture.request.difference
    less = f" minus {base}" if base else ""
    return shorten(f"{len(picture.runs)} runs{less}  {', '.join(parts)}", width)


def _run_header(folder: RunFolder, width: int) -> str:
    """Return which run this is and how far it came, as much as fits."""
    try:
        state = present_state(folder.layout)
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


def _run_entries(picture: Picture, *, color: bool) -> list[str]:
    """Return the legend of lines: each name once, with all that tells it apart."""
    entries: dict[str, Line] = {}
    for panel in picture.panels:
        for line in panel.lines:
            if line.label:
                entries.setdefault(line.label, line)
    return [
        f"{paint('━' + line.glyph, foreground=line.color) if color else line.sign} {label}"
        for label, line in entries.items()
    ]


def _mark_entries(picture: Picture, *, color: bool) -> list[str]:
    """Return the legend of marks and reference lines that are in sight."""
    letters = dict.fromkeys(mark.letter for panel in picture.panels for mark in panel.marks)
    entries = [
        f"{paint(letter, foreground=ink) if color else letter} {kind.replace('-', ' ')}"
        for kind, (letter, ink) in LOOKS.items()
        if letter in letters
    ]
    if any(line.low is not None for panel in picture.panels for line in panel.lines):
        sign = "⡂⠔" if color else "⠂⠂"
        entries.append(f"{sign} mean and its 95% t-interval over runs")
    references = dict.fromkeys(
        f"{name} {number(value, 3)}" if "chance" in name else name
        for panel in picture.panels
        for name, value in panel.references.items()
    )
    return entries + [f"{REFERENCE}{REFERENCE} {name}" for name in references]
