"""What the names of styles look like: a dark and a light theme on the 256 colours of terminals.

Every colour is a code of the 256-colour table, so that a terminal without true colour (plain ssh,
tmux) shows the very same picture, and a code is short on the wire. Series colours differ in
lightness as well as in hue: for full colour vision and for each kind of dichromacy (simulated after
Machado et al., "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG
2009) any two are at least 10 apart in CIEDE2000, which a test computes. Heat levels rise in
lightness (dark theme) or fall (light theme), so that more is always farther from the background.
"""

from __future__ import annotations

from typing import NamedTuple

SERIES = 10
"""Colours of series: styles ``s0`` to ``s9``, and ``f0`` to ``f9``, their faint twins."""
HEAT_LEVELS = 12
"""Levels of a heatmap: styles ``h0`` to ``h11``; ``hn`` not finite, ``hu`` undefined.

A pair of levels above each other in a cell is ``h3/7``: ``▀`` in level 3 on a ground of level 7.
Levels around zero are ``v0`` to ``v8``; a number on a level is ``mh3`` or ``mv3``. ``b3`` is a bar
in the colour of the series 3.
"""


class Ink(NamedTuple):
    """How a style looks.

    Attributes:
        fore: Code of the 256-colour table; None: the theme's text.
        back: Code of the ground; None: the theme's ground.
        bold: Attributes that a terminal without colour has too.
        dim: As above.
        underline: As above.
        reverse: As above.
    """

    fore: int | None = None
    back: int | None = None
    bold: bool = False
    dim: bool = False
    underline: bool = False
    reverse: bool = False


class Palette(NamedTuple):
    """A theme.

    Attributes:
        name: ``dark`` or ``light``, or a user's own.
        text: Code of plain text.
        ground: Code of the background.
        raised: Code of the background of headers, footers and dialogs.
        inks: Style name -> how it looks.
        series: Codes of series, ``SERIES`` of them.
        faint: Codes of their faint twins.
        heat: Codes of heat levels, ``HEAT_LEVELS`` of them.
    """

    name: str
    text: int
    ground: int
    raised: int
    inks: dict[str, Ink]
    series: tuple[int, ...]
    faint: tuple[int, ...]
    heat: tuple[int, ...]

    def ink(self, style: str) -> Ink:
        """Return how a style looks; an unknown name looks like text."""
        found = self.inks.get(style)
        if found is not None:
            return found
        return self._numbered(style)

    def _numbered(self, style: str) -> Ink:
        kind, rest = style[:1], style[1:]
        if kind == "s" and rest.isdecimal():
            return Ink(self.series[int(rest) % SERIES], bold=False)
        if kind == "f" and rest.isdecimal():
            return Ink(self.faint[int(rest) % SERIES])
        if kind == "b" and rest.isdecimal():
            return Ink(self.ground, self.series[int(rest) % SERIES])
        return self._leveled(style)

    def _leveled(self, style: str) -> Ink:
        kind, rest = style.removeprefix("m")[:1], style.removeprefix("m")[1:]
        if kind not in ("h", "v"):
            return Ink()
        level = self._heat if kind == "h" else self._signed
        upper, slash, lower = rest.partition("/")
        if style[0] == "m":
            return Ink(16 if _is_light(level(upper)) else 231, level(upper))
        if slash:
            return Ink(level(upper), level(lower))
        return Ink(self.ground, level(upper))

    def _signed(self, level: str) -> int:
        signed = SIGNED[self.name == "light"]
        return signed[min(int(level), len(signed) - 1)] if level.isdecimal() else self.ground

    def _heat(self, level: str) -> int:
        if level == "n":
            return 160
        if level == "u":
            return self.raised
        return self.heat[min(int(level), HEAT_LEVELS - 1)] if level.isdecimal() else self.ground


def _is_light(code: int) -> bool:
    """Tell whether black can be read on a colour better than white."""
    if code >= 232:
        return code >= 244
    red, green, blue = (code - 16) // 36, (code - 16) // 6 % 6, (code - 16) % 6
    return 2 * red + 5 * green + blue > 18


SIGNED = (
    (117, 74, 31, 24, 236, 94, 130, 172, 215),
    (25, 32, 74, 117, 254, 223, 215, 172, 130),
)
"""Levels around zero of matrices, from negative to positive, in the dark and the light theme."""

STYLES = {
    "text": "plain text",
    "strong": "a value that matters",
    "dim": "what is said beside",
    "title": "name of a pane or a screen",
    "frame": "frame of a pane",
    "focus": "frame of the pane that has the focus",
    "key": "a key in a footer",
    "bar": "header and footer",
    "bar-strong": "the open tab, a value in the header",
    "bar-dim": "other tabs",
    "bar-good": "a message in the footer: it worked",
    "bar-warn": "a message in the footer: it needs a look",
    "bar-bad": "a message in the footer: it failed",
    "cursor": "the row or field at the cursor",
    "cursor-dim": "what is said beside, in that row",
    "mark": "a marked run",
    "good": "finished, better, valid",
    "bad": "failed, worse, invalid",
    "warn": "needs a look",
    "live": "going on",
    "axis": "axes and ticks",
    "event": "what happened, on a chart",
    "reference": "reference lines",
    "crosshair": "the inspection cursor of charts",
    "input": "a text that is being edited",
    "input-cursor": "the place where letters go",
    "link": "what can be copied or followed",
    "trend": "the course of a value in a table",
    "chip": "what is chosen among things beside each other",
    "field-bad": "a field in which something is wrong",
}
"""Every style but those with numbers."""


def _inks(tones: dict[str, int]) -> dict[str, Ink]:
    """Return the looks of the styles without numbers, from the codes of a theme's tones."""
    return {
        "text": Ink(),
        "strong": Ink(tones["strong"], bold=True),
        "dim": Ink(tones["dim"]),
        "title": Ink(tones["title"], bold=True),
        "frame": Ink(tones["frame"]),
        "focus": Ink(tones["focus"], bold=True),
        "key": Ink(tones["focus"], tones["raised"], bold=True),
        "bar": Ink(None, tones["raised"]),
        "bar-strong": Ink(tones["strong"], tones["raised"], bold=True),
        "bar-dim": Ink(tones["dim"], tones["raised"]),
        "bar-good": Ink(tones["good"], tones["raised"]),
        "bar-warn": Ink(tones["bar-warn"], tones["raised"]),
        "bar-bad": Ink(tones["bad"], tones["raised"], bold=True),
        "cursor": Ink(tones["strong"], tones["cursor"], bold=True),
        "cursor-dim": Ink(None, tones["cursor"]),
        "mark": Ink(tones["warn"], bold=True),
        "good": Ink(tones["good"]),
        "bad": Ink(tones["bad"], bold=True),
        "warn": Ink(tones["warn"]),
        "live": Ink(tones["live"], bold=True),
        "axis": Ink(tones["dim"]),
        "event": Ink(tones["event"]),
        "reference": Ink(tones["dim"]),
        "crosshair": Ink(tones["strong"]),
        "input": Ink(tones["strong"], tones["raised"]),
        "input-cursor": Ink(tones["raised"], tones["strong"]),
        "link": Ink(tones["focus"], underline=True),
        "trend": Ink(tones["trend"]),
        "chip": Ink(tones["strong"], tones["chip"], bold=True),
        "field-bad": Ink(tones["bad"], tones["raised"], bold=True),
    }


DARK = Palette(
    name="dark",
    text=252,
    ground=233,
    raised=235,
    inks=_inks(
        {
            "dim": 246,
            "frame": 239,
            "focus": 75,
            "good": 78,
            "bad": 203,
            "warn": 221,
            "bar-warn": 221,
            "live": 87,
            "title": 153,
            "raised": 235,
            "strong": 231,
            "cursor": 24,
            "chip": 240,
            "event": 179,
            "trend": 110,
        }
    ),
    series=(75, 215, 49, 204, 225, 63, 29, 196, 145, 103),
    faint=(24, 94, 23, 89, 96, 18, 22, 88, 240, 60),
    heat=(53, 54, 55, 25, 26, 30, 37, 108, 42, 113, 184, 226),
)

LIGHT = Palette(
    name="light",
    text=235,
    ground=255,
    raised=253,
    inks=_inks(
        {
            "dim": 240,
            "frame": 249,
            "focus": 25,
            "good": 22,
            "bad": 124,
            "warn": 94,
            "bar-warn": 58,
            "live": 26,
            "title": 24,
            "raised": 253,
            "strong": 16,
            "cursor": 153,
            "chip": 250,
            "event": 94,
            "trend": 67,
        }
    ),
    series=(25, 166, 65, 132, 99, 124, 53, 59, 52, 19),
    faint=(110, 216, 151, 182, 183, 217, 146, 250, 181, 147),
    heat=(226, 184, 113, 42, 108, 37, 30, 26, 25, 55, 54, 53),
)

PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}


def check_theme(name: str) -> None:
    """Raise unless there is a theme of that name; the empty name is the remembered one.

    Raises:
        UnknownName: There is none; the nearest are named.
    """
    if name and name not in PALETTES:
        from paramdyn.errors import UnknownName
        from paramdyn.registry import unknown_name

        raise UnknownName(
            unknown_name("theme", name, list(PALETTES), where="--theme", listing=" ".join(PALETTES))
        )
