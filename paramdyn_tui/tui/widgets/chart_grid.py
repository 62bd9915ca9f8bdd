"""A grid of charts that share axis, zoom, smoothing and cursor, for any screen.

A screen gives a ``ChartSource`` (``charted.py``) and yields the grid in its body::

    self.grid = ChartGrid(source)
    ...
    self.grid.show()        # whenever the source may say something else
    self.grid.step_out()    # in the screen's own step_out
    self.grid.copied()      # in the screen's own copied
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.actions.guard import Guarded
from paramdyn_tui.tui.cells import Picture, Span
from paramdyn_tui.tui.widgets.chart_actions import ChartActions
from paramdyn_tui.tui.widgets.chart_pane import NO_CHART, ChartPane
from paramdyn_tui.tui.widgets.chart_tiles import ChartTiles
from paramdyn_tui.tui.widgets.charted import ChartSource, Panel, chosen
from paramdyn_tui.tui.widgets.targets import with_target
from paramdyn_tui.tui.widgets.tiles import TileLayout

if TYPE_CHECKING:
    from textual.events import Resize

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.cell_widget import CellWidget
    from paramdyn_tui.tui.charts.viewport import Zoom
    from paramdyn_tui.tui.settings import Settings
    from paramdyn_tui.tui.widgets.chart_lines import Drawing, LineCache

MANY_LINES = 100
"""Charts with so many lines are drawn one at a time."""
TURN_SECONDS = 0.02
"""Between two of them a frame is sent, and keys are answered."""
COMPANION_PLACE = 2
"""Where the companion stands among the charts otherwise, if there are so many."""


class ChartGrid(ChartActions, ChartTiles, Guarded, Widget):
    """Panes with charts, and the keys of the scope ``charts``.

    Axis, smoothing, scales, pattern and references are kept in the application's settings.

    Args:
        source: What is drawn.
        companion: A pane that belongs to the charts (a heatmap): at the side of a wide screen, as
            wide as the setting ``side`` says, else one tile among the charts. If it has a method
            ``change_scale``, that is called when its scale is to change.
        legend: Whether charts say which line is which when they have several.

    Attributes:
        source: What is drawn; may be set to another source, followed by ``show``.
        cursor: Position on the axis that is inspected; None while the cursor is off.
        chart_zoom: What is shown from left to right; None: all.
        alone: Name of the chart that is shown alone, empty for the companion; None: all are shown.
        first: How many panes are above those that are shown.
    """

    SCOPE = "charts"
    BINDINGS: ClassVar[list[BindingType]] = bindings("charts")
    DEFAULT_CSS: ClassVar[str] = "ChartGrid { width: 1fr; height: 1fr; }"

    class Changed(Message):
        """The cursor, the zoom, the axis or the choice of charts has changed."""

    def __init__(
        self, source: ChartSource, *, companion: CellWidget | None = None, legend: bool = True
    ) -> None:
        self.source = source
        self.cursor: float | None = None
        self.chart_zoom: Zoom | None = None
        self.alone: str | None = None
        self.companion = companion
        self.first = 0
        self._page = 0
        self.panes: list[ChartPane] = []
        self._legend = legend
        self._cache: LineCache | None = None
        self._waiting: list[Widget] = []
        self._tiles = TileLayout(self.places_in)
        super().__init__(*([companion] if companion else []))

    @property
    def layout(self) -> TileLayout:
        """How the panes are put: as they have been told."""
        return self._tiles

    @property
    def settings(self) -> Settings:
        """What is remembered."""
        return cast("ParamdynApp", self.app).settings

    @property
    def axis(self) -> str:
        """The axis that is shown: the remembered one, if the source has it."""
        axes = self.source.axes()
        return self.settings.axis if self.settings.axis in axes else axes[0]

    @property
    def focused_pane(self) -> Widget | None:
        """The pane of the grid that has the focus, or had it last; None without any pane."""
        shown = self.tiles()
        return next((pane for pane in shown if pane.has_focus), shown[0] if shown else None)

    @property
    def focused_chart(self) -> str:
        """Name of the chart that has the focus; empty for the companion and without charts."""
        pane = self.focused_pane
        name = pane.chart if isinstance(pane, ChartPane) else ""
        return name if name != NO_CHART else ""

    def shown_names(self) -> list[str]:
        """Return the names of charts that the pattern chooses, on all pages."""
        pattern = self.settings.metrics
        if not pattern:
            return list(self.source.usual())
        try:
            return chosen(self.source.names(), pattern)
        except ValueError:
            return []

    def words(self) -> str:
        """Return why there is no chart, in words."""
        if not self.settings.metrics or not self.source.names():
            return self.source.nothing()
        return (
            f"No recorded metric matches '{self.settings.metrics}'. "
            f"Recorded: {', '.join(self.source.names())}."
        )

    def show(self) -> None:
        """Show what the source says now: new values, new charts, another run.

        The pane that has the focus comes first. Of charts with very many lines the others come one
        at a time, between the keys that are pressed meanwhile.
        """
        if self.is_mounted and self.size:
            self.put_panes()
            tiles = self.tiles()
            first = self.focused_pane
            waiting = bool(self._waiting)
            self._waiting = [first, *(tile for tile in tiles if tile is not first)] if first else []
            if not waiting:
                self._show_some()
            elif self._waiting:
                cast("CellWidget", self._waiting.pop(0)).repaint()

    def _show_some(self) -> None:
        """Draw panes that wait for it; of very many lines one pane, then keys have their turn."""
        while self._waiting:
            pane = self._waiting.pop(0)
            if pane.is_attached:
                cast("CellWidget", pane).repaint()
            many = isinstance(pane, ChartPane) and pane.lines >= MANY_LINES
            if self._waiting and many:
                self.set_timer(TURN_SECONDS, self._show_some)
                return

    def step_out(self) -> bool:
        """Leave, one at a time, the chart alone, the cursor, the zoom; tell whether one was on."""
        if self.alone is not None:
            self.show_alone(None)
            return True
        if self.cursor is not None:
            self.cursor = None
        elif self.chart_zoom is not None and not self.chart_zoom.is_all:
            self.chart_zoom = None
        else:
            return False
        self.changed()
        return True

    def copied(self) -> str:
        """Return the values of the focused chart at the cursor, or the last ones."""
        from paramdyn_tui.tui.widgets.chart_copies import values_in_words

        name = self.focused_chart
        return values_in_words(self.panel(name), self.cursor) if name else ""

    def panel(self, name: str) -> Panel:
        """Return a chart on the axis that is shown."""
        return with_target(self.source.panel(name, self.axis), self.settings.targets)

    def contents(self, panel: Panel) -> object:
        """Return something that is equal as long as a panel is drawn the same in its frame."""
        from paramdyn_tui.tui.widgets.chart_picture import contents_of

        return contents_of(panel, self.drawing())

    def picture(
        self, panel: Panel, width: int, height: int, *, focused: bool, foot: tuple[Span, ...]
    ) -> Picture:
        """Return a chart in its frame."""
        from paramdyn_tui.tui.widgets.chart_picture import Frame, chart_picture

        frame = Frame(width, height, focused, foot, self._legend)
        look = cast("ParamdynApp", self.app).look
        return chart_picture(panel, self.drawing(), self.cache(), frame, look)

    def drawing(self) -> Drawing:
        """Return how charts are drawn now."""
        from paramdyn_tui.tui.charts.viewport import Zoom
        from paramdyn_tui.tui.widgets.chart_lines import Drawing

        settings = self.settings
        return Drawing(
            axis=self.axis,
            smoothing=settings.smoothing,
            log=frozenset(settings.log),
            log_x=settings.log_x,
            zoom=self.chart_zoom or Zoom(),
            cursor=self.cursor,
            references=settings.references,
        )

    def cache(self) -> LineCache:
        """Return what is kept from one drawing to the next."""
        from paramdyn_tui.tui.widgets.chart_lines import LineCache

        if self._cache is None:
            self._cache = LineCache()
        return self._cache

    def window(self) -> tuple[float, float] | None:
        """Return the ends of what is shown from left to right; None when everything is."""
        zoom, name = self.chart_zoom, next(iter(self.shown_names()), "")
        if zoom is None or zoom.is_all or not name:
            return None
        from paramdyn_tui.tui.widgets.chart_lines import whole_of

        panel = self.panel(name)
        return zoom.window(whole_of(panel), panel.last)

    def stamp(self) -> object:
        """Return something that is equal as long as a chart would be drawn the same."""
        settings = self.settings
        return (
            self.source.revision(), self.axis, settings.smoothing, tuple(settings.log),
            settings.log_x, settings.references, tuple(settings.targets.items()),
            self.chart_zoom, self.cursor,
        )  # fmt: skip

    def changed(self) -> None:
        """Draw anew after something was chosen, and tell the screen."""
        self.show()
        self.post_message(self.Changed())

    def on_mount(self) -> None:
        """Make the first pane, so that it can have the focus."""
        self.pane_at(0)

    def on_resize(self, _event: Resize) -> None:
        """Put the panes where they fit; they stand there already, but others may be below."""
        self.put_panes()
        for pane in self.tiles():
            cast("CellWidget", pane).repaint()

    def order(self) -> list[str]:
        """Return the names of charts with the companion, the empty name, among them.

        Without any chart there is one pane all the same, which says why: ``NO_CHART``.
        """
        order = self.shown_names() or [NO_CHART]
        if self.companion is not None:
            order.insert(min(COMPANION_PLACE, len(order)), "")
        return order

    def show_alone(self, name: str | None) -> None:
        """Show one chart, or with the empty name the companion, alone; None: all of them."""
        before, self.alone = self.alone, name
        if before is None:
            self._page = self.first
        if name is None:
            self.first = self._page
            self.put_panes()
            if before is not None and before not in self._names() and before in self.order():
                self.first = self.order().index(before)  # another page
        self.changed()
        here = before if name is None else name
        for pane in self.tiles():
            if here == (pane.chart if isinstance(pane, ChartPane) else ""):
                pane.focus()

    def _names(self) -> list[str]:
        """Return the names of the panes that are shown; empty for the companion."""
        return [pane.chart if isinstance(pane, ChartPane) else "" for pane in self.tiles()]
