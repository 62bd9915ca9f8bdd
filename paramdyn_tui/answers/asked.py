"""Asking questions: one that cannot be answered does not cost the others."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from paramdyn.errors import ParamdynError
from paramdyn_tui.answers.explained import terms_of, terms_of_questions
from paramdyn_tui.answers.report import Report, SubjectFacts

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer
    from paramdyn.analysis.bench import Bench, Options, Progress
    from paramdyn.analysis.subjects import Subject

ALL = "all"


def questions_of(asked: str) -> list[str]:
    """Return the questions that a word means: one of the catalogue, or with ``all`` every one.

    Raises:
        UnknownName: There is no such question; the nearest names are suggested.
    """
    from paramdyn.catalogues import QUESTIONS
    from paramdyn.errors import UnknownName
    from paramdyn.registry import unknown_name

    if asked == ALL:
        return QUESTIONS.names()
    if asked not in QUESTIONS:
        names = [*QUESTIONS.names(), ALL]
        listing = "paramdyn catalog questions"
        raise UnknownName(unknown_name("question", asked, names, where="analyze", listing=listing))
    return [asked]


def answered(
    asked: str, subjects: Sequence[Subject], bench: Bench, facts: Sequence[SubjectFacts]
) -> Report:
    """Ask one question, or all, and return what was found.

    Raises:
        ParamdynError: The one question that was asked cannot be answered. Of ``all``, the report
            holds those that cannot.
    """
    from paramdyn.analysis.subjects import live_note
    from paramdyn.catalogues import QUESTIONS

    names = questions_of(asked)
    live = [note for subject in subjects if (note := live_note(subject))]
    answers: list[Answer] = []
    failed: dict[str, str] = {}
    said = bench.progress
    for number, name in enumerate(names, 1):
        at = f"{number}/{len(names)} {name}"
        if len(names) > 1:  # each thing that is done belongs to a question, one of so many
            bench.progress = _within(said, at)
            said(at, 0, 0)
        else:
            said(name, 0, 0)
        try:
            answers.append(_with_notes(QUESTIONS.get(name)(subjects, bench), live))
        except ParamdynError as error:
            if asked != ALL:
                raise
            failed[name] = str(error)
    bench.progress = said
    return Report(
        asked=asked,
        about={name: QUESTIONS.entry(name).summary for name in names},
        subjects=facts,
        answers=answers,
        failed=failed,
        options={**_numeric(bench.options), "device": str(bench.device)},
        versions=versions(),
        terms=terms_of(answers, terms_of_questions(answer.question for answer in answers)),
    )


def _within(said: Progress, question: str) -> Progress:
    return lambda what, done, of: said(f"{question}: {what}", done, of)


def _numeric(options: Options) -> dict[str, Any]:
    """Return what numbers depend on."""
    return {name: value for name, value in asdict(options).items() if name != "details"}


def _with_notes(answer: Answer, first: Sequence[str]) -> Answer:
    return replace(answer, notes=[*first, *answer.notes]) if first else answer


def versions() -> dict[str, str]:
    """Return the versions of what the numbers were computed with."""
    import numpy as np
    import scipy
    import torch

    import paramdyn

    return {
        "paramdyn": paramdyn.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def page_facts(options: Mapping[str, Any], used: Mapping[str, str], command: str) -> dict[str, str]:
    """Return what a written page says about how it was made."""
    shown = [f"{name} {value}" for name, value in used.items()]
    closely = [f"{name} {value}" for name, value in options.items() if value not in ("", (), [])]
    return {
        "made by": f"`{command}`",
        "with": ", ".join(shown),
        "looked": ", ".join(closely).replace("_", " "),
    }
