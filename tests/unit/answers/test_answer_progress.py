"""What is said while an answer is worked out: which question, and what, in few characters."""

import pytest

from paramdyn.analysis.answer import Answer
from paramdyn.analysis.bench import Bench
from paramdyn.catalogues import QUESTIONS
from paramdyn_tui.answers.asked import answered
from paramdyn_tui.cli.progress import WIDEST, fitted

RUN = "lenet-fashion-mnist-run-distort-sgd-s0-33b3bf12"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"distances of {RUN}", "distances of …33b3bf12"),
        (f"3/7 recovery: line from {RUN}", "3/7 recovery: line from …33b3bf12"),
        (RUN, "…33b3bf12"),
        ("gradients of mine.pt", "gradients of mine.pt"),
    ],
)
def test_names_give_way_and_words_stay(said, shown):
    assert shown == fitted(said)


def test_nothing_is_wider_than_its_place():
    long = fitted("many words " * 10)
    assert (WIDEST, "…") == (len(long), long[-1])


def test_each_thing_that_is_done_belongs_to_a_question(monkeypatch):
    def ask(_, bench):
        bench.progress("looking", 1, 2)
        return Answer("first", [])

    said = []
    bench = Bench(progress=lambda what, *_: said.append(what))
    before = bench.progress
    monkeypatch.setattr("paramdyn_tui.answers.asked.questions_of", lambda _: ["changed", "reach"])
    monkeypatch.setattr(QUESTIONS, "get", lambda _: ask)
    monkeypatch.setattr("paramdyn_tui.answers.asked.terms_of_questions", lambda _: [])
    answered("all", [], bench, [])
    assert ["1/2 changed", "1/2 changed: looking", "2/2 reach", "2/2 reach: looking"] == said
    assert bench.progress is before
