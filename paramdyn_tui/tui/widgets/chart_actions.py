"""What the keys of charts do."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paramdyn_tui.tui.widgets.charted import chosen
from paramdyn_tui.tui.widgets.tiles import neighbour

if TYPE_CHECKING:
    from textual.widget import Widget

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.widgets.chart_grid import ChartGrid

ZOOM = 0.5
"""A key shows so much of the stretch."""
PAN = 0.25
"""A key moves the stretch by so much of itself."""


class ChartActions:
    """The methods of the scope ``charts``."""

    def action_move(self, where: str) -> None:
        """Move the cursor in time, if it is on; else go to a pane, or to the next page."""
        grid = self._grid
        forward = where in ("right", "down")
        if grid.cursor is not None and where in ("left", "right"):
            self._move_cursor(1 if forward else -1)
            return
        if grid.alone is not None:
            order = grid.order()
            here = order.index(grid.alone) if grid.alone in order else 0
            grid.show_alone(order[(here + (1 if forward else -1)) % len(order)])
            return
        tiles = grid.tiles()
        pane = grid.focused_pane
        if pane is None:
            return
        found = neighbour([grid.place_of(tile) for tile in tiles], tiles.index(pane), where)
        if found is not None:
            tiles[found].focus()
        else:
            self._turn_page(where)

    def action_full(self) -> None:
        """Show the chart alone, or all of them."""
        grid = self._grid
        if grid.alone is not None:
            grid.show_alone(None)
        elif grid.focused_pane is not None:
            grid.show_alone(getattr(grid.focused_pane, "chart", ""))

    def action_log_y(self) -> None:
        """Change the vertical scale of the focused chart's quantity."""
        grid = self._grid
        name = grid.focused_chart
        if not name:
            change = getattr(grid.companion, "change_scale", None)
            if grid.focused_pane is grid.companion and change is not None:
                change()
            return
        quantity, log = grid.panel(name).quantity, grid.settings.log
        if quantity in log:
            log.remove(quantity)
        else:
            log.append(quantity)
        grid.changed()

    def action_log_x(self) -> None:
        """Change the horizontal scale of all charts."""
        self._grid.settings.log_x = not self._grid.settings.log_x
        self._grid.changed()

    def action_axis(self) -> None:
        """Go on to the next axis; the zoom and the cursor do not fit it."""
        grid = self._grid
        axes = list(grid.source.axes())
        if len(axes) < 2:
            self._say(f"Only '{axes[0]}' is recorded.")
            return
        grid.settings.axis = axes[(axes.index(grid.axis) + 1) % len(axes)]
        grid.chart_zoom = None
        if grid.cursor is not None:
            grid.cursor = None
            self.action_inspect()
        else:
            grid.changed()
        self._say(f"x axis: {grid.axis}")

    def action_smoother(self) -> None:
        """Smooth more."""
        self._smooth(1)

    def action_rougher(self) -> None:
        """Smooth less."""
        self._smooth(-1)

    def action_raw(self) -> None:
        """Show all, as it was recorded."""
        self._grid.settings.smoothing = 0.0
        self._grid.chart_zoom = None
        self._grid.changed()

    def action_zoom_in(self) -> None:
        """Show a shorter stretch, around the cursor if it is on."""
        self.zoom(ZOOM)

    def action_zoom_out(self) -> None:
        """Show a longer stretch."""
        self.zoom(1 / ZOOM)

    def action_pan_left(self) -> None:
        """Move the stretch to the left."""
        self.pan(-PAN)

    def action_pan_right(self) -> None:
        """Move the stretch to the right."""
        self.pan(PAN)

    def action_reset(self) -> None:
        """Show everything again."""
        self._grid.chart_zoom = None
        self._grid.changed()

    def action_inspect(self) -> None:
        """Turn the cursor on at the newest record, or off."""
        grid = self._grid
        if grid.cursor is not None:
            grid.cursor = None
        else:
            self._move_cursor(0)
            if grid.cursor is None:
                self._say("Nothing is recorded yet that the cursor could be on.")
        grid.changed()

    def action_filter(self) -> None:
        """Ask for a pattern of the metrics that have charts."""
        from paramdyn_tui.tui.dialogs.prompt import Prompt

        grid = self._grid
        names = list(grid.source.names())

        def check(text: str) -> str:
            try:
                found = chosen(names, text)
            except ValueError as error:
                return str(error)
            return "" if found or not names else f"no metric matches '{text}'"

        def show(text: str | None) -> None:
            if text is not None:
                grid.settings.metrics = text.strip()
                grid.first = 0
                grid.changed()

        prompt = Prompt(
            "metrics with charts: parts of names, globs, /expressions/, !without; empty: the usual",
            grid.settings.metrics, check=check, propose=lambda text: _endings(text, names),
            changed=show,
        )  # fmt: skip
        cast("ParamdynApp", grid.app).push_screen(prompt, show)

    def action_references(self) -> None:
        """Show or hide chance level and target."""
        self._grid.settings.references = not self._grid.settings.references
        self._grid.changed()

    def action_target(self) -> None:
        """Ask for a value that the focused chart's quantity is to reach."""
        from paramdyn_tui.tui.widgets.targets import ask_for_target

        ask_for_target(self._grid)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show ``factor`` times as much.

        Args:
            factor: Below 1 to see less.
            at: Share of the stretch, from the left, that stays where it is; None: the cursor, the
                newest record, or the middle.
        """
        from paramdyn_tui.tui.charts.viewport import Zoom, zoomed
        from paramdyn_tui.tui.widgets.chart_lines import viewport_of, whole_of

        grid = self._grid
        if (name := self._some_chart()) == "":
            return
        panel, drawing = grid.panel(name), grid.drawing()
        place = grid.cursor if at is None else viewport_of(panel, drawing).x_at(at)
        grid.chart_zoom = zoomed(
            grid.chart_zoom or Zoom(), whole_of(panel), factor,
            at=place, last=panel.last, log=drawing.log_x,
        )  # fmt: skip
        grid.changed()

    def pan(self, shares: float) -> None:
        """Move the stretch by shares of itself, below 0 to the left."""
        from paramdyn_tui.tui.charts.viewport import panned
        from paramdyn_tui.tui.widgets.chart_lines import whole_of

        grid = self._grid
        name = self._some_chart()
        if not name or grid.chart_zoom is None or grid.chart_zoom.is_all:
            self._say("Everything is shown already: zoom in first.")
            return
        panel = grid.panel(name)
        grid.chart_zoom = panned(
            grid.chart_zoom, whole_of(panel), shares, last=panel.last, log=grid.settings.log_x
        )
        grid.changed()

    def point_at(self, share: float) -> None:
        """Move the cursor, if it is on, to a share of the stretch from the left."""
        from paramdyn_tui.tui.widgets.chart_lines import viewport_of

        grid = self._grid
        if grid.cursor is not None and (name := self._some_chart()):
            grid.cursor = viewport_of(grid.panel(name), grid.drawing()).x_at(share)
            grid.changed()

    def _move_cursor(self, by: int) -> None:
        from paramdyn_tui.tui.charts.cursor import moved_cursor
        from paramdyn_tui.tui.widgets.chart_lines import chart_of

        grid = self._grid
        name = self._some_chart()
        if not name:
            return
        chart = chart_of(grid.panel(name), grid.drawing(), grid.cache())
        cells = max(self._width_of(grid.focused_pane) - 8, 8)
        grid.cursor = moved_cursor(chart.lines, chart.viewport, grid.cursor, by, cells=cells)
        if by:
            grid.changed()

    def _smooth(self, by: int) -> None:
        from paramdyn_tui.tui.charts.smoothing import next_weight

        settings = self._grid.settings
        settings.smoothing = next_weight(settings.smoothing, by)
        self._grid.changed()

    def _turn_page(self, where: str) -> None:
        grid = self._grid
        page = max(sum(tile is not grid.companion for tile in grid.tiles()), 1)
        before = grid.first
        grid.first += {"down": page, "up": -page}.get(where, 0)
        grid.show()
        if grid.first != before:
            grid.changed()

    def _some_chart(self) -> str:
        """Return the focused chart, or the first one; empty without any."""
        grid = self._grid
        return grid.focused_chart or next(iter(grid.shown_names()), "")

    def _width_of(self, pane: Widget | None) -> int:
        return pane.size.width if pane is not None else 0

    def _say(self, text: str) -> None:
        cast("ParamdynApp", self._grid.app).say(text)

    @property
    def _grid(self) -> ChartGrid:
        return cast("ChartGrid", self)


def _endings(text: str, names: list[str]) -> list[str]:
    """Return a pattern with its last word completed to names and their common parts."""
    head, space, last = text.rpartition(" ")
    sign = "!" if last.startswith("!") else ""
    parts = dict.fromkeys(
        [*names, *(f"{name.rpartition('/')[0]}/*" for name in names if "/" in name)]
    )
    return [f"{head}{space}{sign}{name}" for name in parts if name.startswith(last[len(sign) :])]
