"""Answers that are there again in the next session, while what they rest on has not changed."""

import json
import os

import pytest

import paramdyn
from paramdyn.analysis.answer import Answer
from paramdyn_tui.answers.report import Report, report_data
from paramdyn_tui.tui.answer_panes import desk as desk_module
from paramdyn_tui.tui.answer_panes import shelf as shelf_module
from paramdyn_tui.tui.answer_panes.desk import ALL, Desk, Found
from paramdyn_tui.tui.answer_panes.shelf import Shelf, stamp_of
from paramdyn_tui.tui.answer_panes.weights import Weights
from paramdyn_tui.tui.children import Finished

ABOUT = ["/runs/a", "/runs/b"]
STAMPS = [[1, 2, 3], None]


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "state" / "answers")


@pytest.fixture
def run(tmp_path):
    """Return a run folder of which only the state exists."""
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text("{}")
    return folder


@pytest.fixture
def desks(monkeypatch, shelf, run):
    """Return a function that makes a desk of a new session; its child answers a question."""

    class Child:
        def __init__(self, words, _environment):
            self.cancelled, self._question = False, words[1]

        def run(self, _said):
            names = ["reach", "distance"] if self._question == ALL else [self._question]
            report = Report(self._question, {}, [], [Answer(name, ["a"]) for name in names])
            return Finished(0, json.dumps(report_data(report)), "")

    monkeypatch.setattr(desk_module, "Child", Child)
    return lambda: Desk(run.parent, shelf=shelf)


def questions(kept):
    return [(each.question, each.answer) for each in kept]


def test_an_answer_is_there_again_for_what_it_was_asked_about(shelf):
    shelf.put("reach", ABOUT, STAMPS, {"x": 1})
    assert [("reach", {"x": 1})] == questions(shelf.all_about(["all", "reach"], ABOUT, STAMPS))
    assert [] == shelf.all_about(["distance"], ABOUT, STAMPS)
    assert [] == shelf.all_about(["reach"], ABOUT[:1], STAMPS[:1])
    assert [] == shelf.all_about(["reach"], ABOUT, [[1, 2, 4], None])
    assert [] == shelf.all_about(["reach"], ABOUT, [[1, 2, 3], [0, 0, 0]])


def test_the_last_answer_counts_and_stands_last(shelf, monkeypatch):
    clock = iter([50.0, 40.0, 60.0])
    monkeypatch.setattr(shelf_module.time, "time", lambda: next(clock))
    shelf.put("reach", ABOUT, STAMPS, 1)
    shelf.put("distance", ABOUT, STAMPS, 2)
    names = ["reach", "distance"]
    assert [("distance", 2), ("reach", 1)] == questions(shelf.all_about(names, ABOUT, STAMPS))
    shelf.put("distance", ABOUT, STAMPS, 3)
    assert [("reach", 1), ("distance", 3)] == questions(shelf.all_about(names, ABOUT, STAMPS))


def test_what_another_version_found_is_no_answer(shelf, monkeypatch):
    shelf.put("reach", ABOUT, STAMPS, 1)
    monkeypatch.setattr(paramdyn, "__version__", "99.0")
    assert [] == shelf.all_about(["reach"], ABOUT, STAMPS)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 3}', b"\xff", b"[" * 9999])
def test_a_damaged_file_is_no_answer(shelf, tmp_path, content):
    shelf.put("reach", ABOUT, STAMPS, 1)
    [path] = tmp_path.glob("state/answers/*")
    path.write_bytes(content)
    assert [] == shelf.all_about(["reach"], ABOUT, STAMPS)


def test_the_oldest_are_forgotten(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf_module, "MOST_KEPT", 3)
    for index in range(5):
        shelf.put(f"q{index}", ABOUT, STAMPS, index)
        for path in tmp_path.glob("state/answers/*"):
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))
    found = shelf.all_about([f"q{index}" for index in range(5)], ABOUT, STAMPS)
    assert {"q2", "q3", "q4"} == {each.question for each in found}


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    (tmp_path / "file").write_text("")
    shelf = Shelf(tmp_path / "file" / "answers")
    shelf.put("reach", ABOUT, STAMPS, 1)
    assert [] == shelf.all_about(["reach"], ABOUT, STAMPS)


def test_a_stamp_tells_whether_a_file_has_changed(tmp_path):
    path = tmp_path / "state.json"
    assert stamp_of(path) is None
    path.write_text("{}")
    before = stamp_of(path)
    assert before == stamp_of(path)
    path.write_text("{ }")
    assert before != stamp_of(path)


def test_the_next_session_knows_what_was_found_while_the_run_is_the_same(desks, run):
    about, names = (run,), [ALL, "reach"]
    first = desks()
    assert [] == first.recall(about, names)
    assert first.ask(("reach", about), lambda: None).at is None
    second = desks()
    second.take(second.recall(about, names))
    found = second.found["reach", about]
    assert ["reach"] == [answer.question for answer in found.report.answers]
    assert found.at > 0
    assert [] == second.recall((run, run.with_name("b")), names)
    (run / "state.json").write_text('{"step": 2}')
    assert [] == desks().recall(about, names)


def test_recalled_answers_to_all_answer_each_but_not_what_is_newer(desks, run):
    about, names = (run,), [ALL, "reach", "distance"]
    desks().ask((ALL, about), lambda: None)
    desk, newer = desks(), Found(problem="asked now")
    desk.found["reach", about] = newer
    desk.take(desk.recall(about, names))
    assert newer is desk.found["reach", about]
    assert desk.found["distance", about].at == desk.found[ALL, about].at > 0


def test_answers_about_weights_hold_while_the_files_are_the_same(desks, tmp_path):
    path = tmp_path / "w.pt"
    path.write_bytes(b"x")
    about = Weights((path,), (("--model", "lenet"),))
    desks().ask(("reach", about), lambda: None)
    assert 1 == len(desks().recall(about, ["reach"]))
    assert [] == desks().recall(Weights((path,), (("--model", "vgg19"),)), ["reach"])
    path.write_bytes(b"xy")
    assert [] == desks().recall(about, ["reach"])


def test_an_answer_that_cannot_be_read_any_more_is_left_out(desks, shelf, run):
    shelf.put("reach", [str(run)], [stamp_of(run / "state.json")], {"question": "reach"})
    assert [] == desks().recall((run,), ["reach"])
