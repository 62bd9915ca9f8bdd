"""What the numbers of an answer mean: definition, formula, source, and what nothing looks like."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from paramdyn.catalogues import QUESTIONS

OURS = "defined here"
"""The reference of what no paper has to be cited for."""


@dataclass(frozen=True, slots=True)
class Term:
    """One quantity.

    Attributes:
        name: As in ``Column.term``.
        definition: One or two sentences, with unit and range.
        formula: In plain text.
        null: What it is when nothing interesting happened.
        reference: The paper it is from, or ``OURS``.
    """

    name: str
    definition: str
    formula: str
    null: str
    reference: str


def glossary() -> dict[str, Term]:
    """Return every term that any question uses, by name.

    Each question's module holds its own in ``TERMS``, a plug-in's if it likes; those of several
    are in ``paramdyn.analysis.questions.shared_terms``.

    Raises:
        ValueError: Two questions define one name differently.
    """
    homes = [QUESTIONS.entry(name).target.partition(":")[0] for name in QUESTIONS]
    found: dict[str, Term] = {}
    for home in ["paramdyn.analysis.questions.shared_terms", *homes]:
        for term in getattr(importlib.import_module(home), "TERMS", ()):
            if found.setdefault(term.name, term) != term:
                raise ValueError(f"{home}: '{term.name}' is defined differently elsewhere.")
    return found
