"""Asking questions in a process of its own, and keeping what was found while the session lasts."""

from __future__ import annotations

import contextlib
import json
import shlex
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from paramdyn.errors import ParamdynError
from paramdyn.store.layout import Layout
from paramdyn_tui.answers.reading import report_from
from paramdyn_tui.answers.report import Report
from paramdyn_tui.tui.answer_panes.shelf import Shelf, Stamp, stamp_of
from paramdyn_tui.tui.answer_panes.weights import Weights
from paramdyn_tui.tui.children import Child, asked

ALL = "all"
About: TypeAlias = tuple[Path, ...] | Weights
"""What a question is about: runs, or weights files."""
Key = tuple[str, About]
"""A question, and what it is about."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a question.

    Attributes:
        report: What was found; None when it has no answer.
        problem: Why it has none, in words.
        at: When it was found, in seconds since 1970, if that was before this session.
    """

    report: Report | None = None
    problem: str = ""
    at: float | None = None


@dataclass(slots=True)
class Progress:
    """How far a question is.

    Attributes:
        what: What is being done.
        done: How much of it.
        total: Of how much; 0 while unknown.
    """

    what: str = "starting"
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Desk:
    """What has been asked.

    Attributes:
        runs: The runs folder.
        data: Where data sets lie; None: as paramdyn finds them.
        shelf: Where answers are kept for the next session; None: nowhere.
        found: What was found, by question and what it is about.
        asking: What is being computed; None for nothing.
        progress: How far it is.
    """

    runs: Path
    data: str | None = None
    shelf: Shelf | None = None
    found: dict[Key, Found] = field(default_factory=dict)
    asking: Key | None = None
    progress: Progress = field(default_factory=Progress)
    _child: Child | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def words(self, question: str, about: About) -> list[str]:
        """Return what follows ``paramdyn`` to ask for it with all details."""
        if isinstance(about, Weights):
            near = about.words()
        else:
            near = [path.name if path.parent == self.runs else str(path) for path in about]
        return ["analyze", question, *near, "--details", *self._where()]

    def _where(self) -> list[str]:
        return ["--runs", str(self.runs), *(["--data", self.data] if self.data else [])]

    def ask(self, key: Key, moved: Callable[[], None]) -> Found | None:
        """Compute an answer; this waits for it. Return None when it was given up.

        Args:
            key: The question and what it is about.
            moved: Called when there is more progress.
        """
        subject = _subject(key[1])
        child = Child([*self.words(*key), "--json"], {"PARAMDYN_PROGRESS": "json"})
        with self._lock:
            self._child = child

        def said(line: str) -> bool:
            heard = _progress(line)
            if heard is not None:
                self.progress = heard
                moved()
            return heard is not None

        try:
            finished = child.run(said)
            if child.cancelled:
                return None
            answer = finished.result()
            found = Found(report=report_from(answer))
        except ParamdynError as error:
            return Found(problem=str(error))
        except (KeyError, TypeError, ValueError) as error:
            return Found(problem=f"The answer cannot be read: {error}. Is paramdyn up to date?")
        if self.shelf is not None:
            self.shelf.put(key[0], *subject, answer)
        return found

    def cancel(self) -> bool:
        """Give up what is being computed; tell whether something was."""
        with self._lock:
            child, self._child = self._child, None
        if child is None or self.asking is None:
            return False
        child.cancel()
        return True

    def keep(self, key: Key, found: Found) -> None:
        """Keep what was found; what was found of all questions answers each of them."""
        self.found[key] = found
        report = found.report
        if key[0] != ALL or report is None:
            return
        for answer in report.answers:
            own = replace(report, asked=answer.question, answers=[answer], failed={})
            self.found[answer.question, key[1]] = replace(found, report=own)
        for name, why in report.failed.items():
            self.found[name, key[1]] = Found(problem=why, at=found.at)

    def recall(self, about: About, questions: Iterable[str]) -> list[tuple[Key, Found]]:
        """Return what earlier sessions found and still holds, the oldest first; this reads files.

        Args:
            about: What the questions are about.
            questions: Those that there are.
        """
        recalled: list[tuple[Key, Found]] = []
        for kept in self.shelf.all_about(questions, *_subject(about)) if self.shelf else ():
            with contextlib.suppress(ParamdynError, KeyError, TypeError, ValueError):
                found = Found(report=report_from(kept.answer), at=kept.at)
                recalled.append(((kept.question, about), found))
        return recalled

    def take(self, recalled: Iterable[tuple[Key, Found]]) -> None:
        """Keep what was recalled; what was found in this session is newer."""
        newer = dict(self.found)
        for key, found in recalled:
            self.keep(key, found)
        self.found.update(newer)

    def commands(self, key: Key) -> list[str]:
        """Return the commands that make controls which an answer lacks, each once."""
        found = self.found.get(key)
        if found is None or found.report is None:
            return []
        lacking = (each.command for answer in found.report.answers for each in answer.missing)
        return list(dict.fromkeys(lacking))

    def train(self, commands: Iterable[str]) -> int:
        """Start such commands, detached, and return how many runs there are of them.

        Raises:
            ParamdynError: One cannot be carried out.
        """
        more = ["--detach", "--json", *self._where()]
        started = [asked([*shlex.split(each), *more]) for each in commands]
        return sum(len(facts) if isinstance(facts, list) else 1 for facts in started)


def write_answer(found: Found, command: str, path: Path) -> None:
    """Write an answer in the form that the ending of a file names."""
    from paramdyn.store.atomic import write_whole
    from paramdyn_tui.answers.asked import page_facts
    from paramdyn_tui.answers.writing import files_of

    assert found.report is not None
    facts = page_facts(found.report.options, found.report.versions, command)
    for file, content in files_of(found.report, path, facts):
        write_whole(file, content)


def _subject(about: About) -> tuple[list[str], list[Stamp]]:
    """Return what tells it from others, and how the files look that an answer rests on."""
    if isinstance(about, Weights):
        return about.words(), [stamp_of(path) for path in about.files]
    folders = [path.absolute() for path in about]
    return [str(path) for path in folders], [stamp_of(Layout(path).state) for path in folders]


def _progress(line: str) -> Progress | None:
    if not line.startswith('{"progress"'):
        return None
    try:
        found: Any = json.loads(line)["progress"]
        return Progress(str(found[0]), int(found[1]), int(found[2]))
    except (ValueError, KeyError, TypeError, IndexError):
        return None
