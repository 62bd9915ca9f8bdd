"""Requests: the newest word counts, looked for cheaply, misunderstood without harm."""

import pytest

from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.training import requests
from paramdyn.training.requests import Requests


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


@pytest.fixture
def asked(layout, monkeypatch):
    monkeypatch.setattr(requests, "LOOK_SECONDS", 0.0)
    return Requests(layout, lambda: False)


def wants(asked):
    return (asked.stop, asked.after_epoch, asked.pause)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], (False, False, False)),
        (["stop"], (True, False, False)),
        (["stop-after-epoch"], (False, True, False)),
        (["pause"], (False, False, True)),
        (["resume"], (False, False, False)),
        (["pause", "resume"], (False, False, False)),
        (["stop-after-epoch", "resume"], (False, False, False)),
        (["stop-after-epoch", "pause"], (False, True, True)),
        (["stop-after-epoch", "pause", "resume"], (False, True, False)),
        (["pause", "stop-after-epoch"], (False, True, False)),
        (["pause", "stop"], (True, False, True)),
        (["Stop", "stop now", "\x00"], (False, False, False)),
    ],
)
def test_words(layout, asked, words, wanted):
    for word in words:
        layout.control.write_text(word)
        assert (word in control.REQUESTS) == asked.look()
    assert wanted == wants(asked)
    assert ("stop-after-epoch" if wanted[1] else "") == asked.waiting


def test_a_signal_is_remembered(layout):
    answers = iter([True, False])
    asked = Requests(layout, lambda: next(answers))
    asked.look()
    asked.look()
    assert asked.stop


def test_the_file_is_looked_for_only_now_and_then(layout, monkeypatch):
    now = 100.0
    monkeypatch.setattr(requests.time, "monotonic", lambda: now)
    asked = Requests(layout, lambda: False)
    asked.look()
    control.send(layout, "stop")
    now += 0.9 * requests.LOOK_SECONDS
    assert not asked.look()
    now += 0.2 * requests.LOOK_SECONDS
    assert asked.look()


def test_what_cannot_be_taken_is_said_once_and_ignored(layout, asked, caplog):
    layout.control.mkdir()
    assert not asked.look()
    assert not asked.look()
    assert ["control is ignored"] == [r.getMessage()[:18] for r in caplog.records]


def test_a_paused_run_looks_until_it_may_go_on(layout, asked, monkeypatch):
    slept = []
    monkeypatch.setattr(requests.time, "sleep", slept.append)
    asked.pause = True
    calls = []

    def meanwhile():
        calls.append(1)
        if len(calls) == 3:
            control.send(layout, "resume")

    asked.wait_while_paused(meanwhile)
    assert (3, [requests.PAUSED_LOOK_SECONDS] * 3) == (len(calls), slept)
