"""The sign of a run's status: what goes on is seen from afar, in letters too."""

from __future__ import annotations

from paramdyn_tui.tui.cells import Look, Span

_SIGNS = {
    "queued": ("◌", ".", "dim"),
    "starting": ("◍", "o", "live"),
    "running": ("●", "*", "live"),
    "paused": ("‖", "=", "warn"),
    "suspended": ("‖", "=", "warn"),
    "stale": ("?", "?", "warn"),
    "finished": ("✔", "v", "good"),
    "stopped": ("■", "#", "warn"),
    "failed": ("✖", "x", "bad"),
    "diverged": ("✖", "x", "bad"),
    "crashed": ("✖", "x", "bad"),
    "broken": ("!", "!", "bad"),
    "removed": ("∅", "0", "dim"),
}
_UNKNOWN = ("·", "-", "dim")


def sign_of(status: str, look: Look) -> Span:
    """Return the sign of a status."""
    sign, plain, style = _SIGNS.get(status, _UNKNOWN)
    return Span(plain if look.ascii_only else sign, style)


def style_of(status: str) -> str:
    """Return the style in which a status is written."""
    return _SIGNS.get(status, _UNKNOWN)[2]


MARK, BASE, OPEN, FOLDED = ("◉", "@"), ("▌", ">"), ("▾", "-"), ("▸", "+")
"""Signs of a mark, the baseline, an open and a folded group: with all letters, and with ASCII."""


def sign(pair: tuple[str, str], look: Look) -> str:
    """Return the one of two signs that the terminal can show."""
    return pair[1] if look.ascii_only else pair[0]
