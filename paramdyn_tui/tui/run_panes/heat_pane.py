"""The heatmap beside the charts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look, Picture, Span, boxed, shortened, width_of
from paramdyn_tui.tui.run_panes.measures import chosen_measure, formula

if TYPE_CHECKING:
    from textual.events import Click

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.run_panes.heat_rows import HeatChoice
    from paramdyn_tui.watching.view import RunView


class HeatPane(CellWidget):
    """Shows how every layer of a run moves.

    Attributes:
        view: The run.
        cursor: Position that is inspected, as in the charts.
        axis: Name of the axis, as in the charts.
    """

    can_focus = True

    def __init__(self) -> None:
        super().__init__()
        self.view: RunView | None = None
        self.cursor: float | None = None
        self.axis = "epoch"

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
            for each in (measure, "weight_norm"):  # the norms say what a layer weighs
                app.watcher.want(view.path, each)
        from paramdyn_tui.tui.run_panes.heat_rows import HeatChoice

        choice = HeatChoice(measure, self.axis, settings.normalise, settings.heat_log)
        return heat_picture(
            view, choice, width, height, self.look, cursor=self.cursor, focused=self.has_focus
        )

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
    from paramdyn_tui.tui.charts.heat import draw_heat, heat_legend
    from paramdyn_tui.tui.run_panes.heat_rows import heat_of

    inner = (max(width - 2, 1), max(height - 2, 1))
    pairs = look.color and not look.ascii_only
    heat = heat_of(view, choice, max(inner[1] - 1, 1), pairs=pairs) if choice.measure else None
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
    return boxed(
        draw_heat(heat, *inner, look, cursor),
        width,
        height,
        title=title,
        note=note,
        foot=heat_legend(heat, look),
        focused=focused,
    )


def _why_none(view: RunView, measure: str) -> str:
    if not measure:
        return "This run does not record how its layers move."
    if not view.metrics and view.alive:
        return "Nothing is recorded yet."
    return f"Reading {measure} ..." if view.alive or view.metrics else "Nothing was recorded."


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, max(width - 4, 8))
