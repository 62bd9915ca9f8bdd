"""What goes over the link: of each update only the cells that differ from those on the terminal.

Textual sends a widget's line from its left edge to the last cell that has changed, and says the
whole style of every piece of it anew. A heatmap that grows by a column would cost kilobytes. Here
the cells that the terminal shows are remembered, and of a style only what changes is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from paramdyn_tui.tui.pen import PLAIN, Cell, Ink, Pen

if TYPE_CHECKING:
    from rich.color import Color

Update = CompositorUpdate
"""What Textual shows: a whole screen or parts of it."""
GROUND_KEEPERS = ("xterm", "tmux", "rxvt", "alacritty", "foot", "wezterm", "konsole", "vte", "st-")
"""Beginnings of ``$TERM`` of those that erase with the ground's colour, not with their own."""
ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("reverse", "7"),
              ("strike", "9"))  # fmt: skip


class Mirror:
    """The cells that a terminal shows, as far as they were sent.

    Args:
        erases: Whether what the terminal erases has the ground's colour.
    """

    def __init__(self, *, erases: bool = False) -> None:
        self._erases = erases
        self._rows: dict[int, list[Cell | None]] = {}
        self._inks: dict[Style | None, Ink] = {None: PLAIN}

    def forget(self) -> None:
        """Know nothing about the terminal any more: somebody else has written on it."""
        self._rows.clear()

    def encode(self, update: CompositorUpdate) -> str | None:
        """Return what has to be sent for an update; None for a kind that is not known here."""
        if isinstance(update, LayoutUpdate):
            pieces = _of_layout(update)
        elif isinstance(update, ChopsUpdate):
            pieces = _of_chops(update)
        else:
            self.forget()
            return None
        pen = Pen(erases=self._erases)
        for y, x, strips in pieces:
            self._line(pen, y, x, strips)
        return pen.text()

    def _line(self, pen: Pen, y: int, x: int, strips: Iterable[Strip]) -> None:
        """Hand on what is new in a part of a line."""
        cells: list[Cell] = []
        for strip in strips:
            for segment in strip:
                self._add(cells, segment)
        row = self._rows.setdefault(y, [])
        row += [None] * (x + len(cells) - len(row))
        pen.draw(y, x, row[x : x + len(cells)], cells)
        row[x : x + len(cells)] = cells

    def _add(self, cells: list[Cell], segment: Segment) -> None:
        text, style, control = segment
        if control:
            return
        ink = self._inks.get(style)
        if ink is None:
            ink = self._inks[style] = ink_of(style)
        while text and cells and not (text.isascii() or cell_len(text[0])):
            cells[-1] = (cells[-1][0] + text[0], cells[-1][1])  # written over the one before
            text = text[1:]
        cells += cells_of(text, ink)


class Sparing(CompositorUpdate):
    """An update that sends only what the terminal does not show yet.

    Args:
        update: What Textual would send.
        mirror: What the terminal shows.
    """

    def __init__(self, update: CompositorUpdate, mirror: Mirror) -> None:
        self._update, self._mirror = update, mirror

    def render_segments(self, console: Console) -> str:
        """Return what has to be sent."""
        encoded = self._mirror.encode(self._update)
        return self._update.render_segments(console) if encoded is None else encoded


@lru_cache(maxsize=1024)
def cells_of(text: str, ink: Ink) -> tuple[Cell, ...]:
    """Return the cells that a text in one style takes; what has no width stands on the one before.

    Most of what is sent was sent before in another place: rows that move, frames, blanks.
    """
    blank = Ink(back=ink.back)
    blank = blank if ink.serves(blank) else ink
    cells: list[Cell] = []
    for letter in text:
        width = 1 if " " <= letter <= "~" or "\u2500" <= letter < "\u2900" else cell_len(letter)
        if width:
            cells.append((letter, blank if letter == " " else ink))
            cells += [("", ink)] * (width - 1)
        elif cells:
            cells[-1] = (cells[-1][0] + letter, cells[-1][1])
    return tuple(cells)


def ink_of(style: Style | None) -> Ink:
    """Return a style as parameters of SGR."""
    if style is None:
        return PLAIN
    marks = tuple(code for name, code in ATTRIBUTES if getattr(style, name))
    return Ink(marks, _color(style.color, fore=True), _color(style.bgcolor, fore=False))


def erases_with_ground(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal surely gives what it erases the colour of the ground.

    GNU screen does not, unless it is told to; within tmux the terminal is tmux.
    """
    if environment.get("TMUX"):
        return True
    return not environment.get("STY") and environment.get("TERM", "").startswith(GROUND_KEEPERS)


def _of_layout(update: LayoutUpdate) -> Iterator[tuple[int, int, Iterable[Strip]]]:
    for y, strips in enumerate(update.strips, update.region.y):
        yield y, update.region.x, strips


def _of_chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Strip]]]:
    """Yield the parts of lines within the spans of an update."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < last and end > first:
                start, stop = max(first, x), min(last, end)
                yield y, start, (strip.crop(start - x, stop - x),)


def _color(color: Color | None, *, fore: bool) -> str:
    return "" if color is None else ";".join(color.get_ansi_codes(foreground=fore))
