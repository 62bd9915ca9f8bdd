"""Asking in a process of its own: progress, answers that are kept, what is given up."""

import json
import threading
from pathlib import Path

import pytest

from paramdyn.analysis.answer import Answer
from paramdyn_tui.answers.report import Report, report_data
from paramdyn_tui.cli.progress import progress_bar
from paramdyn_tui.tui.answer_panes import desk as desk_module
from paramdyn_tui.tui.answer_panes.desk import ALL, Desk, Found
from paramdyn_tui.tui.children import CANCELLED, Child, Finished

RUNS = Path("/runs")
KEY = ("reach", (RUNS / "a", Path("/elsewhere/b")))


class Scripted:
    """A child that says some lines and prints something."""

    lines: tuple[str, ...] = ()
    output = ""
    talk = ""
    words: tuple[str, ...] = ()
    waits: threading.Event | None = None

    def __init__(self, words, environment=None):
        type(self).words = tuple(words)
        assert {"PARAMDYN_PROGRESS": "json"} == environment
        self.cancelled = False

    def cancel(self):
        self.cancelled = True
        if self.waits is not None:
            self.waits.set()

    def run(self, said):
        for line in self.lines:
            said(line)
        if self.waits is not None:
            self.waits.wait(60)
        return Finished(CANCELLED if self.cancelled else 0, self.output, self.talk)


@pytest.fixture
def scripted(monkeypatch):
    kind = type("Child", (Scripted,), {})
    monkeypatch.setattr(desk_module, "Child", kind)
    return kind


def printed(report):
    return json.dumps(report_data(report))


def test_what_a_child_prints_is_kept_with_its_progress_on_the_way(scripted):
    scripted.lines = ('{"progress": ["kernels", 3, 12]}\n', "some other talk\n")
    scripted.output = printed(Report("reach", {}, [], [Answer("reach", ["a"])]))
    desk, moves = Desk(RUNS, "/data"), []
    found = desk.ask(KEY, lambda: moves.append((desk.progress.what, desk.progress.done)))
    assert [("kernels", 3)] == moves
    assert ["reach"] == [answer.question for answer in found.report.answers]
    expected = "analyze reach a /elsewhere/b --details --runs /runs --data /data --json"
    assert expected == " ".join(scripted.words)


def test_a_refusal_is_in_the_words_of_the_command(scripted):
    scripted.talk = "paramdyn: a: it kept no values. Fork another.\n"
    assert "a: it kept no values. Fork another." == Desk(RUNS).ask(KEY, lambda: None).problem
    scripted.output = '{"question": "reach"}'
    assert "cannot be read" in Desk(RUNS).ask(KEY, lambda: None).problem


def test_what_is_given_up_has_no_answer(scripted):
    scripted.waits = threading.Event()
    desk, found = Desk(RUNS), []
    desk.asking = KEY
    thread = threading.Thread(target=lambda: found.append(desk.ask(KEY, lambda: None)))
    thread.start()
    while not desk.cancel():
        pass
    thread.join(60)
    assert [None] == found
    assert not desk.cancel()


def test_the_answer_to_all_answers_each(full_answer):
    desk = Desk(RUNS)
    other = Answer("reach", ["a"])
    report = Report("all", {}, [], [full_answer, other], {"distance": "no"})
    desk.keep((ALL, KEY[1]), Found(report=report))
    assert [other] == list(desk.found[KEY].report.answers)
    assert "no" == desk.found["distance", KEY[1]].problem
    assert ["run runs/lenet-a1b2 --controls"] == desk.commands(("recovery", KEY[1]))
    assert [] == desk.commands(("distance", KEY[1]))


def test_progress_in_lines_for_programs(monkeypatch, capsys):
    monkeypatch.setenv("PARAMDYN_PROGRESS", "json")
    with progress_bar("x", quiet=False) as progress:
        for done in range(1000):
            progress("kernels", done, 1000)
        progress("kernels", 1000, 1000)
        progress("other", 0, 5)
    lines = [json.loads(line)["progress"] for line in capsys.readouterr().err.splitlines()]
    assert ["kernels", 0, 1000] == lines[0]
    assert [["kernels", 1000, 1000], ["other", 0, 5]] == lines[-2:]
    assert len(lines) < 500
    with progress_bar("x", quiet=True) as progress:
        progress("kernels", 1, 2)
    assert "" == capsys.readouterr().err


def test_a_child_is_the_command_and_can_be_ended():
    finished = Child(["catalog", "questions", "--json"]).run()
    assert 0 == finished.status
    assert {"changed", "reach"} <= set(str(finished.result()).replace("'", " ").split())
    refused = Child(["catalog", "nothing"]).run()
    assert 2 == refused.status
    assert "nothing" in refused.talk
    child = Child(["catalog", "questions"])
    child.cancel()
    assert CANCELLED == child.run().status
