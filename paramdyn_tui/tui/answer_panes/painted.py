"""Lines that the command line paints, as rows in the styles of the open theme.

``paramdyn analyze`` draws with codes of the 256-colour table. Each code means something (a level of
a matrix, a series, a verdict), and that is what the style says here; the theme chooses the colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from paramdyn_tui.answers.verdicts import GREEN
from paramdyn_tui.plotting.frame import DIM, PURPLE, VERMILION
from paramdyn_tui.plotting.matrices import DIVERGING
from paramdyn_tui.plotting.partition import LOOKS
from paramdyn_tui.plotting.raster import PALETTE
from paramdyn_tui.plotting.shown_runs import COLORS
from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cells import Picture, Row, Span
from paramdyn_tui.tui.palette import HEAT_LEVELS

_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_HALVES = "▀▄"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the colours of some lines mean.

    Attributes:
        fore: Code of a letter -> style.
        back: Code of a ground -> style of a bar.
        levels: Code of a ground -> level of a matrix.
        kind: ``h`` where levels rise from the lowest, ``v`` where they lie around zero.
    """

    fore: Mapping[int, str] = field(default_factory=dict)
    back: Mapping[int, str] = field(default_factory=dict)
    levels: Mapping[int, int] = field(default_factory=dict)
    kind: str = "h"


_SERIES = {code: index for index, code in enumerate(COLORS)}
_CLASSES = {code: index for index, (code, _) in enumerate(LOOKS.values())}
_RISING = {
    code: round(index * (HEAT_LEVELS - 1) / (len(PALETTE) - 1))
    for index, code in enumerate(PALETTE)
}
WORDS = Meaning(fore={DIM: "dim", GREEN: "good", VERMILION: "bad", PURPLE: "warn"})
"""What is said."""
CURVES = Meaning(fore={**{code: f"s{n}" for code, n in _SERIES.items()}, DIM: "dim"})
BARS = Meaning(
    fore={DIM: "dim"},
    back={code: f"b{n}" for code, n in {**_SERIES, **_CLASSES, DIM: 8}.items()},
)
RISING = Meaning(fore={DIM: "hu"}, levels=_RISING)
AROUND_ZERO = Meaning(
    fore={DIM: "hu"}, levels={code: n for n, code in enumerate(DIVERGING)}, kind="v"
)


def painted_rows(lines: Iterable[str], meaning: Meaning) -> Picture:
    """Return lines as rows; sequences become styles, and nothing else of a terminal stays."""
    return [_row(line, meaning) for line in lines]


def _row(line: str, meaning: Meaning) -> Row:
    spans: list[Span] = []
    fore: int | None = None
    back: int | None = None
    bold = False
    for index, part in enumerate(_SGR.split(line)):
        if index % 2:
            fore, back, bold = _after(part, fore, back, bold=bold)
        elif part:
            style = _style(part, fore, back, meaning, bold=bold)
            spans.append(Span(printable(part), style))
    return tuple(spans)


def _after(
    codes: str, fore: int | None, back: int | None, *, bold: bool
) -> tuple[int | None, int | None, bool]:
    """Return colours and weight after a sequence."""
    numbers = [int(code or 0) for code in codes.split(";")]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            fore, back, bold = None, None, False
        elif code == 1:
            bold = True
        elif code in (38, 48) and len(numbers) >= 2:
            color = numbers[1]
            numbers = numbers[2:]
            fore, back = (color, back) if code == 38 else (fore, color)
    return fore, back, bold


def _style(text: str, fore: int | None, back: int | None, meaning: Meaning, *, bold: bool) -> str:
    kind, levels = meaning.kind, meaning.levels
    if levels and text[0] in _HALVES:
        return f"{kind}{levels.get(fore or -1, 'g')}/{levels.get(back or -1, 'g')}"
    if back is not None:
        return f"m{kind}{levels[back]}" if back in levels else meaning.back.get(back, "bar")
    if fore is not None:
        return meaning.fore.get(fore, "text")
    return "strong" if bold else "text"
