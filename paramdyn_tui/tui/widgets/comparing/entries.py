"""Which line of a comparison is which: runs, or groups of them, in one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from paramdyn_tui.tui.cells import Look, Row, Span, fitted, shortened, width_of

if TYPE_CHECKING:
    from paramdyn_tui.tui.widgets.comparing.subjects import Subject


class Entry(NamedTuple):
    """A line of the charts: a run, or a group of them, which has no state."""

    label: str
    color: int
    is_baseline: bool
    status: str = ""


def entries_of(subjects: Sequence[Subject], *, bands: bool) -> list[Entry]:
    """Return which lines charts have: one a run, or with ``bands`` one a group."""
    if not bands:
        return [Entry(s.label, s.color, s.is_baseline, s.view.status) for s in subjects]
    from paramdyn_tui.tui.widgets.comparing.curves import distinct, grouped

    return [
        Entry(f"{name} (n={len(distinct(members))})", distinct(members)[0].color,
              any(each.is_baseline for each in members))
        for name, members in grouped(subjects).items()
    ]  # fmt: skip


def entries_row(entries: Sequence[Entry], look: Look, width: int) -> Row:
    """Return which line is which: as many as fit, and how many more there are."""
    from paramdyn_tui.tui.charts.legend import GLYPHS, SIGNS
    from paramdyn_tui.tui.widgets.run_list.signs import sign_of

    spans: list[Span] = [Span(" ")]
    for place, entry in enumerate(entries):
        style = f"s{entry.color}"
        if look.color:
            line = "━━" if not entry.is_baseline else "╍╍"
        else:
            line = (SIGNS if look.ascii_only else GLYPHS)[entry.color % len(SIGNS)]
        if look.ascii_only and look.color:
            line = "--"
        words = "  baseline" if entry.is_baseline else ""
        label = entry.label if place else shortened(entry.label, max(width - 26, 8))
        more = [
            Span(f"{line} ", style),
            *([sign_of(entry.status, look), Span(" ")] if entry.status else []),
            Span(label, "strong" if entry.is_baseline else "text"),
            Span(f"{words}   ", "dim"),
        ]
        left = len(entries) - place
        if place and width_of((*spans, *more)) > width - (10 if left > 1 else 0):
            spans.append(Span(f"+{left} more", "dim"))
            break
        spans += more
    return fitted(spans, width)
