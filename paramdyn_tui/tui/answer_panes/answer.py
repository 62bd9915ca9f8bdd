"""The answer at hand, which scrolls; while it is computed, how far that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.formatting import bar
from paramdyn_tui.tui.answer_panes.desk import Found, Progress
from paramdyn_tui.tui.answer_panes.questions import AnswerKeys
from paramdyn_tui.tui.cells import Look, Picture, Span, boxed, shortened
from paramdyn_tui.tui.dialogs.message import message_rows

if TYPE_CHECKING:
    from paramdyn.analysis.terms import Term

EXPLANATIONS = "what the numbers mean"
LEAST_SHEET = 40
WIDEST_SHEET = 120


@dataclass(slots=True)
class Page:
    """What the pane shows.

    Attributes:
        question: The question at the cursor.
        about: One line about it.
        runs: How many runs, or files, it is asked about.
        found: What became of it; None when nobody has asked.
        progress: How far it is, while it is computed.
        explain: Whether numbers are explained.
        details: Whether tables of each layer and seed are shown.
        terms: What the numbers of an answer that nobody has asked for mean.
        keys: Name of an action -> what stands on its key.
        first: The first row that is shown.
    """

    question: str = ""
    about: str = ""
    runs: int = 0
    found: Found | None = None
    progress: Progress | None = None
    explain: bool = False
    details: bool = False
    terms: Sequence[Term] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    first: int = 0


def page_rows(page: Page, width: int, height: int, look: Look) -> Picture:
    """Return all rows of the page.

    Args:
        page: What it shows.
        width: Of a row.
        height: Of the pane: what a picture may take.
        look: What the terminal can show.
    """
    sheet = Sheet(
        width=min(max(width, LEAST_SHEET), WIDEST_SHEET),
        height=height,
        color=look.color,
        details=page.details,
    )
    if page.progress is not None:
        return _computing(page, page.progress, width, look)
    if page.found is not None and page.found.report is not None:
        from paramdyn_tui.tui.answer_panes.composing import report_rows

        return report_rows(page.found.report, sheet, explain=page.explain)
    if page.found is not None:
        head = (Span("not answered", "bad"),)
        return [head, (), *message_rows(page.found.problem, width)]
    return _unasked(page, sheet, width)


def _computing(page: Page, progress: Progress, width: int, look: Look) -> Picture:
    share = min(progress.done / progress.total, 1.0) if progress.total else 0.0
    room = min(max(width - 24, 10), 60)
    done = f"{progress.done:,} of {progress.total:,}" if progress.total else ""
    return [
        (),
        (Span(f"computing the answer: {shortened(progress.what, max(width - 24, 8))}", "live"),),
        (),
        (Span(bar(share, room, ascii_only=look.ascii_only), "live"), Span(f"  {done}", "dim")),
        (),
        (Span(f"{page.keys.get('cancel', '')} gives it up. You may look at other things.", "dim"),),
    ]


def _unasked(page: Page, sheet: Sheet, width: int) -> Picture:
    """Return what the question is, and how to ask it."""
    rows: Picture = [(), *((Span(line, "strong"),) for line in sheet.prose(page.about)), ()]
    if not page.runs:
        weights = page.keys.get("weights", "")
        return [
            *rows,
            *message_rows(
                "No run is chosen. Mark runs in the list of runs, or open one.", width, "warn"
            ),
            (),
            (Span(weights, "key"), Span(" asks about weights files of your own.")),
        ]
    ask = page.keys.get("ask", "")
    rows.append((Span(ask, "key"), Span(" computes it with controls, intervals and a verdict.")))
    if page.explain and page.terms:
        from paramdyn_tui.tui.answer_panes.composing import term_rows

        return [*rows, (), *term_rows(page.terms, sheet)]
    explain = page.keys.get("explain", "")
    rows.append((Span(explain, "key"), Span(" explains its numbers before.")))
    return rows


def day_and_time(seconds: float) -> str:
    """Return when that was here: ``2026-11-30 07:50``; nothing for what is no time."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OSError, OverflowError, ValueError):
        return ""


class AnswerPage(AnswerKeys):
    """The pane.

    Args:
        page: What it shows.
        doing: Name of an action -> what it does.
    """

    def __init__(self, page: Page, doing: Mapping[str, Callable[[], None]]) -> None:
        super().__init__(doing, name="answer")
        self._page = page
        self._drawn: tuple[object, Picture] = (None, [])

    def draw(self, width: int, height: int) -> Picture:
        """Return the part of the page that fits."""
        page, inner = self._page, max(height - 2, 1)
        rows = self._rows(width - 4, height)
        page.first = max(min(page.first, len(rows) - inner), 0)
        below = max(len(rows) - page.first - inner, 0)
        shown = [(Span(" "), *row) for row in rows[page.first : page.first + inner]]
        title = (Span(page.question, "title"),)
        note = (
            Span(
                shortened(page.about, max(width - len(page.question) - 12, 0), keep="words"), "dim"
            ),
        )
        words = [f"{below} more lines below"] if below else []
        if page.found is not None and page.found.at is not None and page.progress is None:
            words.insert(0, f"answered {day_and_time(page.found.at)}")
        foot = (Span(", ".join(words), "dim"),) if words else ()
        return boxed(shown, width, height, title=title, note=note, foot=foot,
                     focused=self.has_focus)  # fmt: skip

    def action_cursor(self, where: str) -> None:
        """Move through the answer."""
        page = max(self.size.height - 3, 1)
        self._page.first += {"up": -1, "down": 1, "page_up": -page, "page_down": page}[where]
        self.repaint()

    def last_row(self) -> None:
        """Go to where the explanations begin."""
        rows = self._drawn[1]
        heads = [index for index, row in enumerate(rows) if row and row[0].text == EXPLANATIONS]
        self._page.first = heads[-1] if heads else self._page.first
        self.repaint()

    def _rows(self, width: int, height: int) -> Picture:
        """Return all rows, drawn anew when something is different."""
        page = self._page
        progress = page.progress and (page.progress.what, page.progress.done, page.progress.total)
        key = (width, height, page.question, id(page.found), progress, page.explain, page.details,
               page.runs, len(page.terms), self.look)  # fmt: skip
        if self._drawn[0] != key:
            self._drawn = (key, page_rows(page, width, height, self.look))
        return self._drawn[1]
