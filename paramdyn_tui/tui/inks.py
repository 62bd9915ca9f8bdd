"""From rows of named styles to what Textual sends: strips, with colours or without."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from paramdyn_tui.safe_text import to_ascii
from paramdyn_tui.tui.cells import Row
from paramdyn_tui.tui.palette import Palette


class Inks:
    """Makes strips of rows in one theme.

    Args:
        palette: The theme.
        colorless: Whether no colour is sent: what has a ground of its own is reversed instead.
    """

    def __init__(self, palette: Palette, *, colorless: bool = False) -> None:
        self.palette = palette
        self._colorless = colorless
        self._styles: dict[str, Style] = {}

    def style(self, name: str) -> Style:
        """Return the Rich style of a style name."""
        if name not in self._styles:
            palette, ink = self.palette, self.palette.ink(name)
            fore = palette.text if ink.fore is None else ink.fore
            back = palette.ground if ink.back is None else ink.back
            stands_out = back not in (palette.ground, palette.raised)
            self._styles[name] = Style(
                color=_code(fore),
                bgcolor=_code(back),
                bold=ink.bold or None,
                dim=ink.dim or None,
                underline=ink.underline or None,
                reverse=ink.reverse or (self._colorless and stands_out) or None,
            )
        return self._styles[name]

    def strip(self, row: Row, width: int) -> Strip:
        """Return one row, which is ``width`` cells wide, as a strip."""
        style = self.style
        return Strip([Segment(text, style(name)) for text, name in row], width).simplify()


@functools.cache
def _code(number: int) -> RichColor:
    return RichColor(f"color({number})", ColorType.EIGHT_BIT, number=number)


class TerminalFilter(LineFilter):
    """The last look at what is sent: the terminal's colours, none at all, or plain letters.

    Textual's own widgets (inputs, menus) have colours beyond the table; Rich would find neighbours
    by their channels, so that a dark grey turns teal on a terminal with 256 colours. Here the
    nearest one by eye is taken.

    Args:
        colorless: Whether no colour may be sent (NO_COLOR).
        ascii_only: Whether no letter beyond ASCII may be sent.
    """

    def __init__(self, *, colorless: bool, ascii_only: bool) -> None:
        self.colorless = colorless
        self.ascii_only = ascii_only
        super().__init__()

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments of a line as they may be sent."""
        change = _without_color if self.colorless else _of_the_table
        shown = [
            Segment(text, None if style is None else change(style), control)
            for text, style, control in segments
        ]
        if self.ascii_only:
            return [Segment(to_ascii(text), style, control) for text, style, control in shown]
        return shown


@functools.lru_cache(4096)
def _without_color(style: Style) -> Style:
    """Keep what a terminal without colour shows; a ground of its own becomes reversed."""
    return Style(
        bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline,
        reverse=style.reverse, strike=style.strike, meta=style.meta or None,
    )  # fmt: skip


@functools.lru_cache(4096)
def _of_the_table(style: Style) -> Style:
    color, back = style.color, style.bgcolor
    if not (_is_mixed(color) or _is_mixed(back)):
        return style
    return style + Style.from_color(nearest(color), nearest(back))


def _is_mixed(color: RichColor | None) -> bool:
    return color is not None and color.type is ColorType.TRUECOLOR


@functools.lru_cache(4096)
def nearest(color: RichColor | None) -> RichColor | None:
    """Return the colour of the 256-colour table that looks most like ``color``."""
    if color is None or color.type is not ColorType.TRUECOLOR or color.triplet is None:
        return color
    red, green, blue = color.triplet
    best = min(range(16, 256), key=lambda code: _distance((red, green, blue), rgb_of(code)))
    return _code(best)


@functools.cache
def rgb_of(code: int) -> tuple[int, int, int]:
    """Return the colour that xterm shows for a code from 16 to 255."""
    if code >= 232:
        level = 8 + 10 * (code - 232)
        return level, level, level
    steps = (0, 95, 135, 175, 215, 255)
    index = code - 16
    return steps[index // 36], steps[index // 6 % 6], steps[index % 6]


def _distance(one: Sequence[int], other: Sequence[int]) -> float:
    """Return how different two colours look: the "redmean" approximation (Riemersma)."""
    mean = (one[0] + other[0]) / 2
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    return (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
