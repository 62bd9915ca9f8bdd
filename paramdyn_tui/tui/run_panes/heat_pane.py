"""The heatmap beside the charts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paramdyn.store.state import ENDED
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look, Picture, Span, boxed, shortened, width_of
from paramdyn_tui.tui.run_panes.heat_choice import HeatChoice
from paramdyn_tui.tui.run_panes.measures import chosen_measure, formula
from paramdyn_tui.tui.run_panes.run_charts import drawn_revision

if TYPE_CHECKING:
    from textual.events import Click

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.watching.view import RunView


LEAST_BELOW = 4
"""Rows that have to be left below a heatmap for the classes of scalars."""


class HeatPane(CellWidget):
    """Shows how every layer of a run moves.

    Attributes:
        view: The run.
        cursor: Position that is inspected, as in the charts.
        axis: Name of the axis, as in the charts.
        window: What is shown from left to right, as in the charts; None: all.
    """

    can_focus = True

    def __init__(self) -> None:
        super().__init__()
        self.view: RunView | None = None
        self.cursor: float | None = None
        self.axis = "epoch"
        self.window: tuple[float, float] | None = None
        self._pictured: tuple[object, Picture] = (None, [])

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed heatmap."""
        app = cast("ParamdynApp", self.app)
        settings = app.settings
        view = self.view
        if view is None:
            return boxed([], width, height, title=(Span("layers", "title"),),
                         focused=self.has_focus)  # fmt: skip
        measure = chosen_measure(view, settings.measure)
        if measure and app.watcher is not None:
            for each in (measure, "weight_norm", "classes"):  # norms say what a layer weighs
                app.watcher.want(view.path, each)
        choice = HeatChoice(measure, self.axis, settings.normalise, settings.heat_log, self.window)
        stamp = (drawn_revision(view), choice, width, height, self.cursor, self.has_focus)
        if stamp != self._pictured[0]:
            drawn = heat_picture(
                view, choice, width, height, self.look, cursor=self.cursor, focused=self.has_focus
            )
            self._pictured = (stamp, drawn)
        return list(self._pictured[1])

    def change_scale(self) -> None:
        """Let levels be equal steps or equal ratios."""
        settings = cast("ParamdynApp", self.app).settings
        settings.heat_log = not settings.heat_log
        self.repaint()

    async def on_click(self, event: Click) -> None:
        """Go to the layers by a double click."""
        if event.chain == 2:
            await self.run_action("app.screen_layers")


def heat_picture(
    view: RunView,
    choice: HeatChoice,
    width: int,
    height: int,
    look: Look,
    *,
    cursor: float | None = None,
    focused: bool = False,
) -> Picture:
    """Return a framed heatmap of all layers, grouped if they do not fit.

    Args:
        view: The run.
        choice: What is shown and how.
        width: At least 2.
        height: At least 2.
        look: What the terminal can show.
        cursor: Position that is inspected.
        focused: Whether it has the focus.
    """
    inner = (max(width - 2, 1), max(height - 2, 1))
    most = max(inner[1] - 1, 1)
    room = inner[0] * 3 // 10
    heat = None
    if choice.measure in view.drift:
        from paramdyn_tui.tui.charts.heat import draw_heat, heat_legend
        from paramdyn_tui.tui.run_panes.heat_rows import heat_of

        heat = heat_of(view, choice, most, room)
    sign = formula(choice.measure, ascii_only=look.ascii_only)
    name = choice.measure.replace("_", " ") or "layers"
    title = [Span(shortened(name, max(width - 6, 1)), "title")]
    if sign and width_of(tuple(title)) + len(sign) + 8 <= width:
        title.append(Span(f" {sign}", "dim"))
    if heat is None:
        words = _why_none(view, choice.measure)
        rows: Picture = [(), *((Span(f"  {line}", "dim"),) for line in _wrapped(words, inner[0]))]
        return boxed(rows, width, height, title=title, focused=focused)
    notes = [word for word, on in (("log", choice.log), ("own scale", choice.normalise)) if on]
    note = (Span(" ".join(notes), "dim"),) if notes else ()
    lines = min(len(heat.labels) + 1, inner[1])
    drawn = draw_heat(heat, inner[0], lines, look, cursor)
    return boxed(
        [*drawn, *partition_below(view, inner[0], inner[1] - lines, look)],
        width,
        height,
        title=title,
        note=note,
        foot=heat_legend(heat, look),
        focused=focused,
    )


def partition_below(view: RunView, width: int, height: int, look: Look) -> Picture:
    """Return the classes of all scalars for the room that a heatmap leaves; nothing in too little.

    Args:
        view: The run.
        width: Cells.
        height: Rows that are left.
        look: What the terminal can show.
    """
    partition = view.classes_partition
    if partition is None or height < LEAST_BELOW:
        return []
    from paramdyn_tui.formatting import count
    from paramdyn_tui.tui.run_panes.inspector import partition_rows

    shown = {name: number for name, number in partition.total.items() if number > 0}
    if not shown:
        return []
    rows = partition_rows(shown, f"of all scalars at step {count(partition.step)}", width, look)
    return [(), *rows][:height]


def _why_none(view: RunView, measure: str) -> str:
    if not measure:
        return "This run does not record how its layers move."
    if view.metrics or not view.complete:
        known = view.complete and measure in view.looked_for
        return f"No record of {measure}." if known else f"Reading {measure} ..."
    ended = view.status in ENDED or view.status in ("crashed", "broken", "removed")
    return "Nothing was recorded." if ended else "Nothing is recorded yet."


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, max(width - 4, 8))
