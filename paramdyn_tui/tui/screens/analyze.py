"""Answers: every question about the compared runs, computed in a process of its own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container
from textual.widget import Widget

from paramdyn.catalogues import QUESTIONS
from paramdyn.errors import ParamdynError
from paramdyn_tui.tui.actions.action import key_names
from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.answer_panes.answer import AnswerPage, Page
from paramdyn_tui.tui.answer_panes.desk import ALL, About, Desk, Found, Key, Progress, write_answer
from paramdyn_tui.tui.answer_panes.questions import Asked, QuestionList
from paramdyn_tui.tui.answer_panes.shelf import Shelf
from paramdyn_tui.tui.background import hand_over, in_background, is_shown
from paramdyn_tui.tui.children import asked as asked_child
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.dialogs.message import tell
from paramdyn_tui.tui.palette import SERIES
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.settings import state_path

if TYPE_CHECKING:
    from paramdyn.analysis.terms import Term
    from paramdyn_tui.tui.answer_panes.weights import Weights
    from paramdyn_tui.watching.runs_watch import RunsView

ABOUT_ALL = "every question, the verdicts first"
EVERY, NO = "every", "no"


class AnalyzeScreen(BenchScreen):
    """The screen."""

    MODE = "analyze"
    DEFAULT_CSS: ClassVar[str] = """
    AnalyzeScreen #panes { layout: horizontal; height: 1fr; }
    AnalyzeScreen #questions { width: 34; }
    AnalyzeScreen.-compact #panes { layout: vertical; }
    AnalyzeScreen.-compact #questions { width: 1fr; height: 3; }
    AnalyzeScreen.-wide #questions { width: 46; }
    """

    def __init__(self) -> None:
        super().__init__()
        doing: dict[str, Callable[[], None]] = {
            "ask": self._ask,
            "explain": self._explain,
            "details": self._details,
            "cancel": self._cancel,
            "make_controls": self._make_controls,
            "weights": self._ask_for_weights,
            "moved": self.redraw,
            "left": partial(self._go, -1),
            "right": partial(self._go, 1),
        }
        self._asked = Asked([ALL, *QUESTIONS.names()], at=1)
        self._page = Page()
        self._desk: Desk | None = None
        self._recalled: set[About] = set()
        self._terms: dict[str, list[Term]] = {}
        self._weights: Weights | None = None
        self._typed = ""
        self._list = QuestionList(self._asked, doing)
        self._answer = AnswerPage(self._page, doing)

    def body(self) -> Iterable[Widget]:
        """Return the panes."""
        names = self._asked.names
        if self.bench.question in names:
            self._asked.at = names.index(self.bench.question)
        return [Container(self._list, self._answer, id="panes")]

    @property
    def desk(self) -> Desk:
        """Where questions are asked."""
        if self._desk is None:
            shelf = Shelf(state_path().with_name("answers"))
            self._desk = Desk(self.bench.runs, self.bench.data, shelf)
        return self._desk

    def on_unmount(self) -> None:
        """Give up what is being computed: nobody would hear of it."""
        self.desk.cancel()

    def subject(self) -> str:
        """Return what is asked about, or how many: their names stand beside the answers."""
        kind, names = self._names()
        return f"{len(names)} {kind}s" if len(names) > 1 else "".join(names)

    def target(self) -> Path | None:
        """Return the first run that is asked about."""
        return next(iter(self.bench.compared()), None)

    def runs_seen(self, _view: RunsView) -> None:
        """Nothing here depends on the list of runs."""

    def copied(self) -> str:
        """Return the command that gives this answer."""
        question, about = self._key()
        return shlex.join(["paramdyn", *self.desk.words(question, about)]) if about else ""

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return what can be written of the answer."""
        found = self.desk.found.get(self._key())
        if found is None or found.report is None:
            return {}
        return {
            f"{self._asked.name}.{kind}": partial(write_answer, found, self.copied())
            for kind in ("md", "csv", "json")
        }

    def step_out(self) -> bool:
        """Leave explanations, then details, then weights files."""
        page = self._page
        left = page.explain or page.details or self._weights is not None
        if page.explain:
            page.explain = False
        elif page.details:
            page.details = False
        elif self._weights is not None:
            self._take_weights(None)
        self.redraw()
        return left

    def redraw(self) -> None:
        """Show what is known of the question at the cursor."""
        asked, page, (name, about) = self._asked, self._page, self._key()
        found = {q: kept for q in asked.names if (kept := self.desk.found.get((q, about)))}
        computing = self.desk.asking
        asked.found, asked.asking = found, computing[0] if computing else ""
        asked.progress = self.desk.progress
        asked.kind, names = self._names()
        color_of = self.bench.color_of if self._weights is None else names.index
        asked.runs = [(each, f"s{color_of(each) % SERIES}") for each in names]
        if page.question != name:
            page.first = 0
        page.question, page.runs, page.found = name, len(names), found.get(name)
        page.about = ABOUT_ALL if name == ALL else QUESTIONS.entry(name).summary
        page.progress = self.desk.progress if computing == self._key() else None
        page.terms = self._terms.get(name, ())
        page.keys = self._keys()
        self._list.repaint()
        self._answer.repaint()
        self.bench.question = name
        if about and about not in self._recalled:
            self._recalled.add(about)
            work = partial(self.desk.recall, about, asked.names)
            in_background(self.app, work, self._take, self._fault)

    def _take(self, recalled: list[tuple[Key, Found]]) -> None:
        """Show what earlier sessions found."""
        self.desk.take(recalled)
        if recalled and is_shown(self):
            self.redraw()

    def _key(self) -> Key:
        return self._asked.name, self._weights or tuple(self.bench.compared())

    def _names(self) -> tuple[str, list[str]]:
        """Return what is asked about, and the names of it."""
        if self._weights is not None:
            return "file" if self._weights.files else "model", self._weights.names
        return "run", [path.name for path in self.bench.compared()]

    def _ask_for_weights(self) -> None:
        """Ask which files are asked about, and what they are the weights of."""
        from paramdyn_tui.tui.answer_panes.weights import weights_prompt

        def take(text: str, weights: Weights | None) -> None:
            self._typed = text or self._typed
            self._take_weights(weights)

        self.app.push_screen(*weights_prompt(self._typed, take))

    def _take_weights(self, weights: Weights | None) -> None:
        """Ask about weights files; about the runs again where there are none."""
        self._weights = weights
        self.refresh_head()
        self.redraw()

    def _keys(self) -> dict[str, str]:
        keymap = self.application.configuration.keys
        return {
            action.name: key_names(keymap.get(action.id, action.keys))[0]
            for action in of_scope("analyze")
        }

    def _go(self, by: int) -> None:
        self._asked.go(by)
        self.redraw()

    def _ask(self) -> None:
        """Compute the answer to the question at the cursor."""
        key = self._key()
        if not key[1]:
            self.say("No run is chosen. Mark runs in the list of runs, or open one.", "warn")
            return
        if self.desk.asking is not None:
            cancel = self._keys()["cancel"]
            self.say(f"'{self.desk.asking[0]}' is being computed; {cancel} gives it up.", "warn")
            return
        self.desk.asking = key
        self.desk.progress = Progress()
        self._page.first = 0
        moved = partial(hand_over, self.app, self._progressed)
        in_background(
            self.app, partial(self.desk.ask, key, moved), partial(self._heard, key), self._fault
        )
        self.redraw()

    def _progressed(self) -> None:
        if is_shown(self) and self.application.base_screen is self:
            self.redraw()

    def _heard(self, key: Key, found: Found | None) -> None:
        self.desk.asking = None
        if found is not None:
            self.desk.keep(key, found)
        if is_shown(self):
            self.redraw()
            missing = len(self.desk.commands(key))
            if missing and not self.bench.readonly:
                make = self._keys()["make_controls"]
                self.say(f"Controls are missing: {make} shows what trains them.", "warn")
            elif found is None:
                self.say("Given up.", "warn")

    def _fault(self, error: ParamdynError) -> None:
        self.desk.asking = None
        tell(self.application, str(error), "bad")
        self.redraw()

    def _cancel(self) -> None:
        if not self.desk.cancel():
            self.say("Nothing is being computed.", "warn")

    def _details(self) -> None:
        self._page.details = not self._page.details
        self.redraw()

    def _explain(self) -> None:
        """Explain the numbers of the answer, or those that it would have."""
        page, name = self._page, self._asked.name
        page.explain = not page.explain
        self.redraw()
        if not page.explain:
            return
        if page.found is not None and page.found.report is not None:
            self._answer.last_row()
        elif name not in self._terms:
            self.say("looking up what its numbers mean ...")
            work = partial(asked_child, ["analyze", name, "--explain", "--json"])
            in_background(self.app, work, partial(self._explained, name), self._fault)

    def _explained(self, name: str, data: Any) -> None:  # noqa: ANN401 - JSON
        from paramdyn_tui.answers.reading import terms_from

        self._terms[name] = terms_from(data["terms"])
        self.redraw()

    def _make_controls(self) -> None:
        """Show the commands that train what is missing, and carry one out if that is wanted."""
        commands = self.desk.commands(self._key())
        if not commands:
            self.say("No control is missing here, as far as the answer tells.", "warn")
            return
        choices = [Choice(each, f"paramdyn {each}") for each in commands]
        if len(commands) > 1:
            choices.insert(0, Choice(EVERY, "all of these", "one after another"))
        choices.append(Choice(NO, "train nothing"))
        title = "Train the controls that are missing?"
        self.app.push_screen(ChoiceDialog(title, choices), self._train)

    def _train(self, choice: str | None) -> None:
        if choice in (None, NO):
            return
        commands = self.desk.commands(self._key()) if choice == EVERY else [str(choice)]
        self.say("starting the controls ...")
        in_background(self.app, partial(self.desk.train, commands), self._training, self._fault)

    def _training(self, number: int) -> None:
        ask = self._keys()["ask"]
        self.say(f"{number} runs are being trained. When they have finished, {ask} asks again.")
