"""Our themes as Textual's, for the widgets that are Textual's own: inputs, menus, scroll bars."""

from __future__ import annotations

from textual.theme import Theme

from paramdyn_tui.tui.inks import rgb_of
from paramdyn_tui.tui.palette import Palette


def textual_theme(palette: Palette) -> Theme:
    """Return Textual's theme with the colours of one of ours."""
    strong, focus, good, warn, bad = (
        _hex(palette.ink(name).fore or palette.text)
        for name in ("strong", "focus", "good", "warn", "bad")
    )
    return Theme(
        name=f"paramdyn-{palette.name}",
        primary=focus,
        secondary=_hex(palette.ink("title").fore or palette.text),
        accent=strong,
        success=good,
        warning=warn,
        error=bad,
        foreground=_hex(palette.text),
        background=_hex(palette.ground),
        surface=_hex(palette.raised),
        panel=_hex(palette.raised),
        dark=palette.name != "light",
    )


def _hex(code: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb_of(code))
