"""The questions, each with what was found, and the runs that they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click

from paramdyn_tui.formatting import bar
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.answer_panes.desk import Found, Progress
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import (
    Look,
    Picture,
    Row,
    Span,
    boxed,
    fitted,
    shortened,
    whole_parts,
    width_of,
)

WORDS: Mapping[str, tuple[str, str, str]] = {
    "supported": ("+", "supported", "good"),
    "not supported": ("-", "not supported", "bad"),
    "artefact": ("!", "artefact", "warn"),
    "inconclusive": ("?", "inconclusive", "dim"),
}
"""Word of a verdict -> its sign, what is written, and the style."""


@dataclass(slots=True)
class Asked:
    """What the pane shows.

    Attributes:
        names: The questions.
        at: The one at the cursor.
        found: Question -> what became of it, for these runs.
        asking: The question that is being computed; empty for none.
        progress: How far it is.
        runs: Names of the runs, or files, each with the style of its colour.
        kind: What these are: ``run`` or ``file``.
    """

    names: Sequence[str]
    at: int = 0
    found: Mapping[str, Found] = ()  # type: ignore[assignment]
    asking: str = ""
    progress: Progress | None = None
    runs: Sequence[tuple[str, str]] = ()
    kind: str = "run"

    @property
    def name(self) -> str:
        """The question at the cursor."""
        return self.names[self.at]

    def go(self, by: int) -> None:
        """Move the cursor; after the last question comes the first."""
        self.at = (self.at + by) % len(self.names)


def verdict_spans(found: Found | None, width: int) -> Row:
    """Return the verdicts of an answer in a few cells: the word of one, the counts of several."""
    if found is None:
        return ()
    if found.report is None:
        return (Span("no answer", "bad"),)
    words = [verdict.word for answer in found.report.answers for verdict in answer.verdicts]
    if not words:
        return (Span("no verdict", "dim"),)
    counts = [(word, words.count(word)) for word in WORDS if word in words]
    if len(counts) == 1 and len(WORDS[counts[0][0]][1]) <= width:
        _, text, style = WORDS[counts[0][0]]
        return (Span(text, style),)
    return tuple(Span(f"{WORDS[word][0]}{number} ", WORDS[word][2]) for word, number in counts)


def draw_questions(asked: Asked, width: int, height: int, look: Look, *, focused: bool) -> Picture:
    """Return the pane: a list where it is high, else a line of questions and one below it."""
    title = (Span("questions", "title"),)
    inner = width - 2
    rows = _list(asked, inner, look) if height > 4 else [*_strip(asked, inner, look)]
    if height > len(asked.names) + 4:
        number = len(asked.runs)
        rows += [(), (Span(f" about {number} {asked.kind}{'s' * (number != 1)}", "title"),)]
        rows += [
            (Span(f" {shortened(name, inner - 2, keep='both')}", style),)
            for name, style in asked.runs
        ]
    return boxed(rows, width, height, title=title, focused=focused)


def _list(asked: Asked, width: int, look: Look) -> list[Row]:
    widest = max(map(len, asked.names))
    rows = []
    for index, name in enumerate(asked.names):
        here = index == asked.at
        head = Span(f" {name:<{widest}} ", "cursor" if here else "strong")
        if name == asked.asking:
            rest: Row = (Span(f" {_how_far(asked.progress, width - widest - 4, look)}", "live"),)
        else:
            rest = (Span(" "), *verdict_spans(asked.found.get(name), width - widest - 3))
        rows.append(fitted((head, *rest), width))
    return rows


def _strip(asked: Asked, width: int, look: Look) -> list[Row]:
    """Return all questions on one line, the one at the cursor always among them.

    A sign before one is that of its verdicts, ``…`` where it is being computed.
    """
    parts: list[Row] = []
    for index, name in enumerate(asked.names):
        sign = _sign(asked.found.get(name))
        if name == asked.asking:
            sign = Span("~" if look.ascii_only else "…", "live")
        here = Span(name, "cursor" if index == asked.at else "text")
        parts.append((Span(" "), *([sign] if sign.text else []), here))
    first = 0
    while first < asked.at and sum(map(width_of, parts[first : asked.at + 1])) > width:
        first += 1
    return [whole_parts(parts[first:], width)]


def _sign(found: Found | None) -> Span:
    words = verdict_spans(found, 0)
    if not words:
        return Span("")
    text, style = words[0]
    return Span({"no answer": "x", "no verdict": ""}.get(text, text[:1]), style)


def _how_far(progress: Progress | None, width: int, look: Look) -> str:
    if progress is None or not progress.total:
        return shortened("...", max(width, 0))
    share = min(progress.done / progress.total, 1.0)
    if width < 8:
        return f"{share:.0%}"[: max(width, 0)]
    return f"{bar(share, width - 5, ascii_only=look.ascii_only)} {share:>4.0%}"


class AnswerKeys(CellWidget):
    """A pane of the screen: what it cannot do itself, the screen does.

    Args:
        doing: Name of an action -> what it does.
        name: Its id.
        classes: Its classes.
    """

    SCOPE = "analyze"
    BINDINGS: ClassVar[list[BindingType]] = bindings("analyze")
    can_focus = True

    def __init__(
        self, doing: Mapping[str, Callable[[], None]], *, name: str, classes: str = ""
    ) -> None:
        super().__init__(id=name, classes=classes)
        self._doing = doing

    def action_ask(self) -> None:
        """Compute the answer."""
        self._doing["ask"]()

    def action_question(self, where: str) -> None:
        """Go to another question, from either pane."""
        self._doing[where]()

    def action_explain(self) -> None:
        """Explain the numbers, or do not."""
        self._doing["explain"]()

    def action_details(self) -> None:
        """Show details, or do not."""
        self._doing["details"]()

    def action_weights(self) -> None:
        """Ask about weights files."""
        self._doing["weights"]()

    def action_cancel(self) -> None:
        """Give up what is being computed."""
        self._doing["cancel"]()

    def action_make_controls(self) -> None:
        """Train missing controls."""
        self._doing["make_controls"]()


class QuestionList(AnswerKeys):
    """The questions.

    Args:
        asked: What is shown.
        doing: As above; ``moved`` is called when the cursor has moved.
    """

    def __init__(self, asked: Asked, doing: Mapping[str, Callable[[], None]]) -> None:
        super().__init__(doing, name="questions", classes="first-focus")
        self._asked = asked

    def draw(self, width: int, height: int) -> Picture:
        """Return the pane."""
        return draw_questions(self._asked, width, height, self.look, focused=self.has_focus)

    def action_cursor(self, where: str) -> None:
        """Go to another question."""
        ends = {"page_up": 0, "page_down": len(self._asked.names) - 1}
        if where in ends:
            self._asked.at = ends[where]
            self._doing["moved"]()
        else:
            self.action_question("right" if where == "down" else "left")

    def on_click(self, event: Click) -> None:
        """Go to the question that was clicked; again: ask it."""
        index = event.y - 1
        if self.size.height > 4 and 0 <= index < len(self._asked.names):
            again = index == self._asked.at
            self._asked.at = index
            self._doing["moved"]()
            if again:
                self.action_ask()
