"""Which panes a grid of charts shows, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paramdyn_tui.tui.cells import Span
from paramdyn_tui.tui.widgets.chart_pane import ChartPane
from paramdyn_tui.tui.widgets.tiles import Tiling, tiling

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.widget import Widget

    from paramdyn_tui.tui.widgets.chart_grid import ChartGrid

WIDE = 100
"""Columns from which on the companion stands at the side."""


class ChartTiles:
    """The part of ``ChartGrid`` that puts panes where they stand."""

    def tiles(self) -> list[Widget]:
        """Return the panes that are shown, in the order of their places."""
        return list(self._me.layout.places)

    def place_of(self, pane: Widget) -> Region:
        """Return where a shown pane stands in the grid."""
        return self._me.layout.places[pane]

    def put_panes(self) -> None:
        """Decide which charts are shown and where; lay out anew only if that has changed."""
        me = self._me
        width, height = me.size
        order = me.order()
        if me.alone is not None:
            order = [me.alone]
        at_side = "" in order and me.alone is None and width >= WIDE
        if at_side:
            order.remove("")
        side = width * me.settings.side // 100 if at_side else 0
        plan = tiling(width, height, len(order), side=side)
        page = max(len(plan.places), 1)
        me.first = min(max(me.first, 0), max(len(order) - page, 0))
        self._place(order[me.first : me.first + page], plan)
        self._say_more(len(order), page)

    def pane_at(self, place: int) -> ChartPane:
        """Return one of the panes for charts, made when it is first wanted."""
        me = self._me
        while len(me.panes) <= place:
            pane = ChartPane(me, first=not me.panes)
            me.panes.append(pane)
            me.mount(pane)
        return me.panes[place]

    def _place(self, shown: list[str], plan: Tiling) -> None:
        me = self._me
        places: dict[Widget, Region] = {}
        free = 0
        for name, region in zip(shown, plan.places, strict=False):
            if name:
                pane: Widget | None = self.pane_at(free)
                me.panes[free].chart = name
                free += 1
            else:
                pane = me.companion
            if pane is not None:
                places[pane] = region
        if plan.beside is not None and me.companion is not None:
            places[me.companion] = plan.beside
        if places != me.layout.places:
            me.layout.places = places
            for child in me.children:
                child.display = child in places
            for pane in list(places)[:1]:
                pane.refresh(layout=True)  # a child's: the grid's own leaves its last layout

    def _say_more(self, count: int, page: int) -> None:
        before, after = self._me.first, count - self._me.first - page
        panes = [pane for pane in self.tiles() if isinstance(pane, ChartPane)]
        for pane in panes:
            pane.foot = ()
        words = [f"{before} more above"] * (before > 0) + [f"{after} more below"] * (after > 0)
        if panes and words:
            panes[-1].foot = (Span(", ".join(words), "dim"),)

    @property
    def _me(self) -> ChartGrid:
        return cast("ChartGrid", self)
