"""Every question explains its numbers, and is told apart by its summary."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

from paramdyn.analysis import questions
from paramdyn.analysis.terms import glossary
from paramdyn.catalogues import QUESTIONS
from paramdyn_tui.answers.explained import terms_of_questions

MODULES = [module.name for module in pkgutil.iter_modules(questions.__path__)]


def columns_of(name):
    """Yield the terms that a module's ``Column(...)`` calls write out."""
    home = importlib.import_module(f"paramdyn.analysis.questions.{name}")
    tree = ast.parse(Path(home.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Column":
            given = [*node.args[3:4], *(k.value for k in node.keywords if k.arg == "term")]
            yield from (each.value for each in given if isinstance(each, ast.Constant))


@pytest.mark.parametrize("name", MODULES)
def test_every_written_term_is_in_the_glossary(name):
    assert set() == {term for term in columns_of(name) if term} - set(glossary())


def test_some_terms_are_written():
    assert {term for name in MODULES for term in columns_of(name)} & set(glossary())


@pytest.mark.parametrize("term", list(glossary().values()), ids=list(glossary()))
def test_terms_are_complete_and_end_well(term):
    for text in (term.definition, term.formula, term.null, term.reference):
        assert text
        assert text.strip() == text
    assert term.definition.endswith((".", "]", ")"))


@pytest.mark.parametrize("name", QUESTIONS.names())
def test_a_question_has_terms_of_its_own(name):
    assert terms_of_questions([name])
