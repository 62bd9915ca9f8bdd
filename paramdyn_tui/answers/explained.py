"""What the numbers of an answer mean: definition, formula, null and reference of each."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from paramdyn_tui.answers.sheet import Sheet

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer
    from paramdyn.analysis.terms import Term


def terms_of(answers: Iterable[Answer], known: Iterable[Term]) -> list[Term]:
    """Return those of the known terms that the columns of some answers show, in their order."""
    names = dict.fromkeys(
        column.term
        for answer in answers
        for table in answer.tables
        for column in table.columns
        if column.term
    )
    by_name = {term.name: term for term in known}
    return [by_name[name] for name in names if name in by_name]


def headings_of(answers: Iterable[Answer]) -> dict[str, list[str]]:
    """Return term -> the headings of the columns that it explains, each once; nulls have none."""
    found: dict[str, list[str]] = {}
    for answer in answers:
        for table in answer.tables:
            for column in table.columns:
                known = found.setdefault(column.term, [])
                if column.term and not column.null and column.title not in known:
                    known.append(column.title)
    return {term: titles for term, titles in found.items() if titles}


def terms_of_questions(questions: Iterable[str]) -> list[Term]:
    """Return the terms that some questions define, each once, and those that several use.

    A question of a plug-in has some if its file has ``TERMS``.
    """
    from paramdyn.analysis.questions import shared_terms
    from paramdyn.catalogues import QUESTIONS

    found: dict[str, Term] = {}
    for name in questions:
        QUESTIONS.get(name)  # says in words when its file cannot be imported
        home = importlib.import_module(QUESTIONS.entry(name).target.partition(":")[0])
        for term in getattr(home, "TERMS", ()):
            found.setdefault(term.name, term)
    for term in shared_terms.TERMS:
        found.setdefault(term.name, term)
    return list(found.values())


def term_lines(
    terms: Sequence[Term], sheet: Sheet, headings: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """Return the terms, a paragraph each, with the headings of their columns where known."""
    lines: list[str] = []
    for term in terms:
        lines += [""] * bool(lines)
        lines.append(sheet.bold(term.name))
        lines += sheet.prose(term.definition, first="  ")
        for head, text in (
            ("columns", ", ".join((headings or {}).get(term.name, ()))),
            ("formula", term.formula),
            ("null", term.null),
            ("source", term.reference),
        ):
            lines += sheet.prose(text, first=f"  {head.ljust(7)}  ") if text else []
    return lines


def term_data(terms: Iterable[Term]) -> dict[str, dict[str, str]]:
    """Return terms for JSON, by name."""
    return {
        term.name: {key: text for key, text in asdict(term).items() if key != "name"}
        for term in terms
    }
