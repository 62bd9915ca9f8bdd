"""A widget that draws itself as a picture and repaints only the rows that have changed.

Textual repaints the regions it is told of; of these ``wire`` sends the cells that differ. A chart
that grows by a point changes a few; sent whole it would cost a hundred times the bytes, which a
slow link feels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, cast

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from paramdyn_tui.tui.actions.guard import Guarded
from paramdyn_tui.tui.cells import Look, Picture, fitted

if TYPE_CHECKING:
    from textual.events import Resize

    from paramdyn_tui.tui.inks import Inks


class InkedApp(Protocol):
    """An application that knows its terminal and its theme."""

    @property
    def look(self) -> Look:
        """What the terminal can show."""

    @property
    def inks(self) -> Inks:
        """The open theme."""


class CellWidget(Guarded, Widget):
    """Base of all panes. Subclasses override ``draw`` and call ``repaint`` when it would change."""

    DEFAULT_CSS: ClassVar[str] = "CellWidget { width: 1fr; height: 1fr; }"

    _picture: Picture
    _strips: list[Strip]
    _asked_rows: Picture

    def draw(self, width: int, height: int) -> Picture:
        """Return what is shown: ``height`` rows of ``width`` cells.

        Fewer rows are filled up, more are cut; so are cells.

        Args:
            width: At least 1.
            height: At least 1.
        """
        raise NotImplementedError

    @property
    def look(self) -> Look:
        """What the terminal can show."""
        return self._inked.look

    @property
    def inks(self) -> Inks:
        """The open theme."""
        return self._inked.inks

    @property
    def _inked(self) -> InkedApp:
        return cast("InkedApp", self.app)

    def repaint(self) -> None:
        """Draw anew, and send what differs from what is on the screen."""
        width, height = self.size
        if not width or not height:
            return
        before, strips_before = self._known()
        if not self._draw(width, height):
            return
        if len(before) != height or not strips_before or strips_before[0].cell_length != width:
            self.refresh()
            return
        dirty = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._picture, strict=True))
            if old != new  # which of its cells differ is seen when they are sent
        ]
        if dirty:
            self.refresh(*dirty)

    def restyle(self) -> None:
        """Draw all of it anew: the theme has changed."""
        self._picture, self._strips, self._asked_rows = [], [], []
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one row of the last picture."""
        width, height = self.size
        strips = self._known()[1]
        if len(strips) != height or (strips and strips[0].cell_length != width):
            self._draw(width, height)
            strips = self._strips
        return strips[y] if y < len(strips) else Strip.blank(width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return a part of the last picture.

        It fills the widget, in colours of the terminal: what Textual does to every line, to add
        borders and blend grounds, would change nothing.
        """
        if not self.look.color or self.look.ascii_only:
            return super().render_lines(crop)
        rows = [self.render_line(y) for y in crop.line_range]
        first, last = crop.column_span
        whole = (first, last) == (0, self.size.width)
        return rows if whole else [row.crop(first, last) for row in rows]

    def on_resize(self, _event: Resize) -> None:
        """Draw for the new size."""
        self.repaint()

    def _known(self) -> tuple[Picture, list[Strip]]:
        return getattr(self, "_picture", []), getattr(self, "_strips", [])

    def _draw(self, width: int, height: int) -> bool:
        """Make the rows anew that are drawn otherwise than the last time; tell if any is."""
        drawn = self.draw(width, height)[:height]
        drawn += [()] * (height - len(drawn))
        before, strips_before = self._known()
        rows_before = getattr(self, "_asked_rows", [])
        fits = len(before) == height and strips_before[0].cell_length == width
        if fits and drawn == rows_before:
            return False
        as_before = dict(zip(rows_before, before, strict=True)) if fits else {}
        picture = [as_before.get(row) or fitted(row, width) for row in drawn]
        known = dict(zip(before, strips_before, strict=True))
        self._strips = [known.get(row) or self.inks.strip(row, width) for row in picture]
        if any(strip.cell_length != width for strip in self._strips):
            self._strips = [self.inks.strip(row, width) for row in picture]
        self._picture, self._asked_rows = picture, drawn
        return True
