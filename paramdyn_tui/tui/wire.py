"""What goes over the link: of each update only the cells that differ from those on the terminal.

Textual sends a widget's line from its left edge to the last cell that has changed, and says the
whole style of every piece of it anew. A heatmap that grows by a column would cost kilobytes. Here
the cells that the terminal shows are remembered, and of a style only what changes is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.color import Color

Update = CompositorUpdate
"""What Textual shows: a whole screen or parts of it."""
ERASED = 10
"""So many blanks in a row are erased rather than written: that takes fewer bytes."""
GROUND_KEEPERS = ("xterm", "tmux", "rxvt", "alacritty", "foot", "wezterm", "konsole", "vte", "st-")
"""Beginnings of ``$TERM`` of those that erase with the ground's colour, not with their own."""
GAP = 6
"""Cells that are the same are sent again rather than jumped over, up to so many."""
ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("reverse", "7"),
              ("strike", "9"))  # fmt: skip

OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What turns an attribute off; bold and dim go together."""


class Ink(NamedTuple):
    """A style as a terminal knows it: parameters of SGR.

    Attributes:
        marks: Attributes that are on, such as ``1`` for bold.
        fore: Parameters of the colour; empty for the terminal's own.
        back: Parameters of the ground's colour.
    """

    marks: tuple[str, ...] = ()
    fore: str = ""
    back: str = ""


PLAIN = Ink()
VISIBLE = frozenset({"4", "7", "9"})
"""Attributes that show on a blank, too; without them only its ground counts."""
Cell = tuple[str, Ink]
"""A character, or nothing where the one before it takes two cells; and its style."""


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
        writer = _Writer(erases=self._erases)
        for y, x, strips in pieces:
            self._line(writer, y, x, strips)
        return writer.text()

    def _line(self, writer: _Writer, y: int, x: int, strips: Iterable[Strip]) -> None:
        """Send what is new in a part of a line."""
        cells: list[Cell] = []
        for strip in strips:
            for segment in strip:
                self._add(cells, segment)
        row = self._rows.setdefault(y, [])
        row += [None] * (x + len(cells) - len(row))
        for start, end in _differing(row[x : x + len(cells)], cells):
            writer.write(y, x + start, cells[start:end])
        row[x : x + len(cells)] = cells

    def _add(self, cells: list[Cell], segment: Segment) -> None:
        text, style, control = segment
        if control:
            return
        ink = self._inks.get(style)
        if ink is None:
            ink = self._inks[style] = ink_of(style)
        blank = ink if VISIBLE & {*ink.marks} else Ink((), "", ink.back)
        if text.isascii():
            cells += [(letter, blank if letter == " " else ink) for letter in text]
            return
        for letter in text:
            width = 1 if "\u2500" <= letter < "\u2900" else cell_len(letter)
            if width:
                cells.append((letter, ink))
                cells += [("", ink)] * (width - 1)
            elif cells:  # it is written over the one before
                cells[-1] = (cells[-1][0] + letter, cells[-1][1])


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


def ink_of(style: Style | None) -> Ink:
    """Return a style as parameters of SGR."""
    if style is None:
        return PLAIN
    marks = tuple(code for name, code in ATTRIBUTES if getattr(style, name))
    return Ink(marks, _color(style.color, fore=True), _color(style.bgcolor, fore=False))


def change(before: Ink, after: Ink) -> str:
    """Return the sequence that turns one style into another; empty between equal ones."""
    if before == after:
        return ""
    off = [OFF[mark] for mark in before.marks if mark not in after.marks]
    kept = [mark for mark in before.marks if OFF[mark] not in off]
    parts = [*dict.fromkeys(off), *(mark for mark in after.marks if mark not in kept)]
    parts += [after.fore or "39"] if after.fore != before.fore else []
    parts += [after.back or "49"] if after.back != before.back else []
    anew = ["0" if after != PLAIN else "", *after.marks, after.fore, after.back]
    texts = ";".join(parts), ";".join(part for part in anew if part)
    return f"\x1b[{min(texts, key=len)}m"


def erases_with_ground(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal surely gives what it erases the colour of the ground.

    GNU screen does not, unless it is told to; within tmux the terminal is tmux.
    """
    if environment.get("TMUX"):
        return True
    return not environment.get("STY") and environment.get("TERM", "").startswith(GROUND_KEEPERS)


class _Writer:
    """Puts pieces of lines together, saying as little as possible about places and styles."""

    def __init__(self, *, erases: bool) -> None:
        self._erases = erases
        self._parts: list[str] = []
        self._place: tuple[int, int] | None = None
        self._ink: Ink | None = None

    def write(self, y: int, x: int, cells: list[Cell]) -> None:
        """Write cells from a place on."""
        append = self._parts.append
        if self._place is None or self._place[0] != y or x < self._place[1]:
            append(f"\x1b[{y + 1};{x + 1}H")
        elif x > self._place[1]:
            append(f"\x1b[{x - self._place[1]}C")
        ink = self._ink
        if ink is None:
            append("\x1b[m")
            ink = PLAIN
        at = 0
        for start, count in _blank_stretches(cells) if self._erases else ():
            ink = self._letters(cells[at:start], ink)
            ink = self._letters(cells[start : start + 1], ink, erased=count)
            at = start + count
            if at < len(cells):
                append(f"\x1b[{count}C")
            else:  # the cursor stays where the blanks begin
                self._ink, self._place = ink, (y, x + start)
                return
        ink = self._letters(cells[at:], ink)
        self._ink, self._place = ink, (y, x + len(cells))

    def _letters(self, cells: list[Cell], ink: Ink, *, erased: int = 0) -> Ink:
        """Write cells, or erase as many of one kind; return the style after that."""
        append = self._parts.append
        for letter, ink_wanted in cells:
            wanted = ink_wanted
            if letter == " " and not VISIBLE & {*ink.marks, *wanted.marks}:
                wanted = Ink(ink.marks, ink.fore, wanted.back)
            if wanted != ink:
                append(change(ink, wanted))
                ink = wanted
            append(f"\x1b[{erased}X" if erased else letter)
        return ink

    def text(self) -> str:
        """Return everything, the style left plain."""
        if self._ink not in (None, PLAIN):
            self._parts.append("\x1b[m")
        return "".join(self._parts)


def _blank_stretches(cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """Yield where many blanks of one ground stand in a row, and how many."""
    start = 0
    for index in range(1, len(cells) + 1):
        if index < len(cells) and cells[index] == cells[start]:
            continue
        letter, ink = cells[start]
        if letter == " " and not ink.marks and index - start >= ERASED:
            yield start, index - start
        start = index


def _differing(old: list[Cell | None], new: list[Cell]) -> Iterator[tuple[int, int]]:
    """Yield the runs of cells that differ, near ones as one."""
    start = end = -1
    for index, (was, now) in enumerate(zip(old, new, strict=True)):
        if was == now:
            continue
        if start >= 0 and index - end <= GAP:
            end = index + 1
            continue
        if start >= 0:
            yield _whole(start, end, new)
        start, end = index, index + 1
    if start >= 0:
        yield _whole(start, end, new)


def _whole(start: int, end: int, cells: list[Cell]) -> tuple[int, int]:
    """Widen a run so that no character of two cells is cut."""
    while start > 0 and not cells[start][0]:
        start -= 1
    while end < len(cells) and not cells[end][0]:
        end += 1
    return start, end


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
