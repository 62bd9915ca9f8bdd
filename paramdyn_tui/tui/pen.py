"""How cells are put on a terminal in few bytes: one style after another, not row after row.

Along a row the colour changes all the time: frame, axis, line, frame. To say a colour takes 11
bytes, to go elsewhere 3 to 8. So all that has one style is written before the next one is said.
"""

from __future__ import annotations

from operator import ne
from typing import NamedTuple

ERASED = 6
"""So many blanks in a row are erased rather than written: that takes fewer bytes."""
GAP_BYTES = 4
"""Cells that are the same are sent again rather than jumped over, if they take no more bytes."""
OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What turns an attribute off; bold and dim go together."""
VISIBLE = frozenset({"4", "7", "9"})
"""Attributes that show on a blank, too; without them only its ground counts."""


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

    def serves(self, other: Ink) -> bool:
        """Tell whether a blank of which only the ground shows looks the same in this style."""
        return self.back == other.back and VISIBLE.isdisjoint(self.marks)


PLAIN = Ink()
Cell = tuple[str, Ink]
"""A character, or nothing where the one before it takes two cells; and its style.

A blank has no more of a style than what shows on it: mostly the ground.
"""


class Stroke(NamedTuple):
    """Cells beside each other in one style.

    Attributes:
        y: Their line.
        x: The first one's column.
        end: The column in which the cursor is when they are written.
        text: What is sent.
    """

    y: int
    x: int
    end: int
    text: str


class Pen:
    """Takes in what is to be written, and says it in few bytes.

    Args:
        erases: Whether what the terminal erases has the ground's colour.
    """

    def __init__(self, *, erases: bool) -> None:
        self._erases = erases
        self._strokes: dict[Ink, list[Stroke]] = {}
        self._edge = 0

    def draw(self, y: int, x: int, old: list[Cell | None], new: list[Cell]) -> None:
        """Take in what differs in a part of a line.

        Args:
            y: The line.
            x: The column in which the part begins.
            old: What the terminal shows there; None where that is not known.
            new: What it is to show, as many cells.
        """
        self._edge = max(self._edge, x + len(new))
        fresh = bytes(map(ne, old, new))
        before, at = PLAIN, -1
        start = fresh.find(1)
        while start >= 0:
            ink = new[start][1]
            stop = _end_of_blanks(new, fresh, start)
            if self._erases and stop - start >= ERASED:
                text, end = f"\x1b[{stop - start}X", start
                if start == at and before.serves(ink):
                    ink = before
            else:
                ink = _common(ink, new, stop)
                while start and not new[start][0]:  # no character is cut
                    start -= 1
                stop = end = self._end_of_letters(new, fresh, stop, ink)
                text = "".join([letter for letter, _ in new[start:stop]])
            self._strokes.setdefault(ink, []).append(Stroke(y, x + start, x + end, text))
            before, at = ink, stop
            start = fresh.find(1, stop)

    def _end_of_letters(self, cells: list[Cell], fresh: bytes, at: int, ink: Ink) -> int:
        """Return where those end that are written in one style from a place on."""
        size = len(cells)
        while at < size:
            letter, wanted = cells[at]
            if not fresh[at] and letter:
                after = _end_of_gap(cells, fresh, at, ink)
                if after == at:
                    break
                at = after
            elif wanted == ink:
                at += 1
            elif ink.serves(wanted) and _is_blank(cells[at]):
                stop = _end_of_blanks(cells, fresh, at)
                if self._erases and stop - at >= ERASED:
                    break
                at = stop
            else:
                break
        return at

    def text(self) -> str:
        """Return what has to be sent, the style left plain."""
        parts: list[str] = []
        line, column = -1, 0
        ink: Ink | None = None
        for wanted in sorted(self._strokes, key=lambda each: (each.back, each)):
            for y, x, end, text in sorted(self._strokes[wanted]):
                parts.append(way(line, column, y, x, edge=self._edge))
                if ink is None:
                    parts.append("\x1b[m")
                    ink = PLAIN
                parts += change(ink, wanted), text
                ink = wanted
                line, column = y, end
        if ink not in (None, PLAIN):
            parts.append("\x1b[m")
        return "".join(parts)


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


def way(line: int, column: int, y: int, x: int, *, edge: int = 0) -> str:
    """Return what brings the cursor from one place to another.

    Args:
        line: Where it is; below 0: not known.
        column: Where it is, counted on where a letter was the last one of its line.
        y: Where it has to be.
        x: Where it has to be.
        edge: As many columns there are at least: to the left of the last one the cursor surely
            stands behind the last letter, and not upon it.
    """
    if line == y and column <= x:
        return _right(x - column)
    ways = [f"\x1b[{y + 1};{x + 1}H"]
    if 0 <= line < y:
        rows = str(y - line) if y - line > 1 else ""
        ways.append(f"\x1b[{rows}E{_right(x)}")
        if column < edge:
            ways.append(f"\x1b[{rows}B" + ("\b" * (column - x) or _right(x - column)))
    return min(ways, key=len)


def _right(cells: int) -> str:
    return f"\x1b[{cells}C" if cells > 1 else "\x1b[C" if cells else ""


def _is_blank(cell: Cell) -> bool:
    return cell[0] == " " and not cell[1].marks


def _common(ink: Ink, cells: list[Cell], at: int) -> Ink:
    """Return the style of what follows some blanks, where they look the same in it."""
    follows = cells[at][1] if at < len(cells) else ink
    return follows if follows.serves(ink) else ink


def _end_of_blanks(cells: list[Cell], fresh: bytes, start: int) -> int:
    """Return where the blanks end that look like the one at a place; the place if none is there."""
    if not _is_blank(cells[start]):
        return start
    blank, at, end = cells[start], start, start
    while at < len(cells) and cells[at] == blank:
        at += 1
        if fresh[at - 1]:
            end = at
    return end


def _end_of_gap(cells: list[Cell], fresh: bytes, start: int, ink: Ink) -> int:
    """Return where cells end that need not be sent but may be; the place if they should not."""
    at, left = start, GAP_BYTES
    while at < len(cells) and not fresh[at]:
        letter, wanted = cells[at]
        left -= len(letter.encode())
        if left < 0 or (wanted != ink and not (_is_blank(cells[at]) and ink.serves(wanted))):
            return start
        at += 1
    return at if at < len(cells) else start
