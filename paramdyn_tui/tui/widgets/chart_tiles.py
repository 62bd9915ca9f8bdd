"""Which panes a grid of charts shows, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from paramdyn_tui.tui.cells import Span
from paramdyn_tui.tui.widgets.chart_pane import ChartPane
from paramdyn_tui.tui.widgets.tiles import Tiling, tiling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.geometry import Region, Size
    from textual.widget import Widget

    from paramdyn_tui.tui.widgets.chart_grid import ChartGrid

WIDE = 100
"""Columns from which on the companion stands at the side."""


class Page(NamedTuple):
    """The panes that are shown.

    Attributes:
        shown: Names of the charts, empty for the companion among them.
        plan: Where they stand.
        first: How many are above them.
        after: How many are below.
    """

    shown: list[str]
    plan: Tiling
    first: int
    after: int


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
        page = self._page_in(me.size)
        me.first = page.first
        self._place(page)
        self._say_more(page)

    def places_in(self, size: Size) -> dict[Widget, Region]:
        """Return where those panes that there are stand in a size."""
        return self._places(self._page_in(size), self._me.panes)

    def _page_in(self, size: Size) -> Page:
        """Return which charts are shown in a size, and where."""
        me = self._me
        order = me.order() if me.alone is None else [me.alone]
        at_side = "" in order and me.alone is None and size.width >= WIDE
        if at_side:
            order.remove("")
        side = size.width * me.settings.side // 100 if at_side else 0
        plan = tiling(size.width, size.height, len(order), side=side)
        most = max(len(plan.places), 1)
        first = min(max(me.first, 0), max(len(order) - most, 0))
        shown = order[first : first + most]
        return Page(shown, plan, first, len(order) - first - most)

    def pane_at(self, place: int) -> ChartPane:
        """Return one of the panes for charts, made when it is first wanted."""
        me = self._me
        while len(me.panes) <= place:
            pane = ChartPane(me, first=not me.panes)
            me.panes.append(pane)
            me.mount(pane)
        return me.panes[place]

    def _place(self, page: Page) -> None:
        me = self._me
        for place, name in enumerate(name for name in page.shown if name):
            self.pane_at(place).chart = name
        places = self._places(page, me.panes)
        me.layout.size = me.size
        if places != me.layout.places:
            me.layout.places = places
            for child in me.children:
                child.display = child in places
            for pane in list(places)[:1]:
                pane.refresh(layout=True)  # a child's: the grid's own leaves its last layout

    def _places(self, page: Page, panes: Iterable[ChartPane]) -> dict[Widget, Region]:
        """Return the regions of panes; those for charts are taken one after another."""
        places: dict[Widget, Region] = {}
        charts, companion = iter(panes), self._me.companion
        for name, region in zip(page.shown, page.plan.places, strict=False):
            pane = next(charts, None) if name else companion
            if pane is not None:
                places[pane] = region
        if page.plan.beside is not None and companion is not None:
            places[companion] = page.plan.beside
        return places

    def _say_more(self, page: Page) -> None:
        before, after = page.first, page.after
        panes = [pane for pane in self.tiles() if isinstance(pane, ChartPane)]
        for pane in panes:
            pane.foot = ()
        words = [f"{before} more above"] * (before > 0) + [f"{after} more below"] * (after > 0)
        if panes and words:
            panes[-1].foot = (Span(", ".join(words), "dim"),)

    @property
    def _me(self) -> ChartGrid:
        return cast("ChartGrid", self)
