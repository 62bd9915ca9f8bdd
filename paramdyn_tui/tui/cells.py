"""What a screen is made of: rows of styled text, drawn by plain functions that know no terminal.

A picture is a list of rows, each exactly as wide as it was asked to be. A row is a tuple of spans,
and a span names its style (``palette`` says what the name looks like in a theme). So a drawing can
be tested as text, and one place decides about colours, ASCII and what is sent to the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

from paramdyn_tui.safe_text import printable


class Span(NamedTuple):
    """Some text in one style.

    Attributes:
        text: One line, fit for a terminal.
        style: A name of ``palette.STYLES``.
    """

    text: str
    style: str = "text"


Row: TypeAlias = tuple[Span, ...]
Picture: TypeAlias = list[Row]


class Look(NamedTuple):
    """What the terminal can show, for drawings that must choose other signs without it.

    Attributes:
        color: Whether colours are sent; without, levels and lines need signs of their own.
        ascii_only: Whether only ASCII is sent; then a cell is the smallest dot.
    """

    color: bool = True
    ascii_only: bool = False


def row_of(*parts: Span | str) -> Row:
    """Return a row; plain text is in the style ``text``."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def width_of(row: Row) -> int:
    """Return how many cells of a terminal a row takes."""
    return sum(len(text) if text.isascii() else cell_len(text) for text, _ in row)


def text_of(row: Row) -> str:
    """Return a row without its styles."""
    return "".join(text for text, _ in row)


def fitted(row: Iterable[Span], width: int, *, style: str = "text") -> Row:
    """Return a row cut, or filled with spaces, to ``width`` cells.

    Args:
        row: Any spans.
        width: Cells, 0 or more. A wide character that would be cut in half becomes a space.
        style: Of the filling.
    """
    shown: list[Span] = []
    room = width
    for span in row:
        length = len(span.text) if span.text.isascii() else cell_len(span.text)
        if length >= room:
            if room:
                shown.append(Span(set_cell_size(span.text, room), span.style))
            return tuple(shown)
        if span.text:
            shown.append(span)
        room -= length
    if room:
        shown.append(Span(" " * room, style))
    return tuple(shown)


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Row:
    """Return a row with something at each end; the left part is cut where both do not fit."""
    right_width = width_of(tuple(right))
    if right_width >= width:
        return fitted(left, width)
    return fitted(left, width - right_width) + tuple(right)


def shortened(text: str, width: int, *, keep: str = "start") -> str:
    """Return text from anywhere in at most ``width`` cells, safe to print.

    Args:
        text: Any text.
        width: Cells, 0 or more.
        keep: ``start`` cuts the end, ``end`` the start, ``both`` the middle; ``…`` stands there.
            ``words`` cuts the end between two words, where the first one fits.
    """
    text = printable(text)
    if (len(text) if text.isascii() else cell_len(text)) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    if keep == "words":
        whole = set_cell_size(text, width - 1).rpartition(" ")[0].rstrip()
        return f"{whole} …" if whole else shortened(text, width)
    if keep == "end":
        return "…" + set_cell_size(text[::-1], width - 1)[::-1]
    if keep == "both":
        head = (width - 1) // 2
        tail = set_cell_size(text[::-1], width - 1 - head)[::-1]
        return set_cell_size(text, head) + "…" + tail
    return set_cell_size(text, width - 1) + "…"


def whole_parts(parts: Iterable[Row], width: int) -> Row:
    """Return the first parts of a row that fit, none of them cut; filled to ``width`` cells."""
    shown: list[Span] = []
    room = width
    for part in parts:
        room -= width_of(part)
        if room < 0:
            break
        shown += part
    return fitted(shown, width)


LIGHT = "╭─╮│╰╯"
HEAVY = "┏━┓┃┗┛"


def boxed(
    content: Picture,
    width: int,
    height: int,
    *,
    title: Sequence[Span] = (),
    note: Sequence[Span] = (),
    foot: Sequence[Span] = (),
    focused: bool = False,
) -> Picture:
    """Return a picture in a frame: ``title`` and ``note`` in the upper edge, ``foot`` in the lower.

    Args:
        content: Rows for the inside; cut or filled to its size.
        width: Of the frame, at least 2.
        height: Of the frame, at least 2.
        title: Stands at the left of the upper edge.
        note: Stands at its right; left out where both do not fit.
        foot: Stands at the right of the lower edge; left out where it does not fit.
        focused: Draws a heavy frame, in the style ``focus``.
    """
    corner, line, corner_right, side, low, low_right = tuple(HEAVY if focused else LIGHT)
    style = "focus" if focused else "frame"
    inner = width - 2
    top = _edge(line, style, inner, title, note)
    bottom = _edge(line, style, inner, (), foot)
    rows: Picture = [(Span(corner, style), *top, Span(corner_right, style))]
    bar = Span(side, style)
    for index in range(max(height - 2, 0)):
        row = content[index] if index < len(content) else ()
        rows.append((bar, *fitted(row, inner), bar))
    rows.append((Span(low, style), *bottom, Span(low_right, style)))
    return rows[:height]


def _edge(
    line: str, style: str, width: int, left: Sequence[Span], right: Sequence[Span]
) -> tuple[Span, ...]:
    """Return an edge with words in it: ``─ left ───── right ─``."""
    left, right = (tuple(each) if width_of(tuple(each)) else () for each in (left, right))
    used_left = width_of(left) + 3 if left else 0
    used_right = width_of(right) + 3 if right else 0
    if used_left + used_right > width:
        right, used_right = (), 0
    if used_left > width:
        left = fitted(left, max(width - 3, 0)) if width > 3 else ()
        used_left = width if left else 0
    parts: list[Span] = []
    if left:
        parts += [Span(f"{line} ", style), *left, Span(" ", style)]
    parts.append(Span(line * (width - used_left - used_right), style))
    if right:
        parts += [Span(" ", style), *right, Span(f" {line}", style)]
    return tuple(parts)


def beside(*pictures: Picture) -> Picture:
    """Return pictures of equal height next to each other."""
    return [tuple(span for row in rows for span in row) for rows in zip(*pictures, strict=True)]
