"""What happened to a run, in words."""

import math
import os

import pytest

from paramdyn.store.records import encode
from paramdyn_tui.plotting.panels import LOOKS
from paramdyn_tui.watching.events import LETTERS, EventFeed, event_text


@pytest.fixture
def feed(hand):
    return EventFeed(hand.layout.events)


def test_letters_are_those_of_plots():
    assert {kind: letter for kind, (letter, _) in LOOKS.items()} == LETTERS


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"event": "learning-rate", "rate": 0.01}, "0.01"),
        ({"event": "learning-rate", "rate": "fast"}, "rate fast"),
        ({"event": "perturbation", "text": "sign-flip", "scalars": 62006, "changed": 600,
          "relative_norm": 0.02}, "sign-flip, 600 of 62,006 scalars, moved 2.0%"),
        ({"event": "perturbation", "text": "odd", "scalars": "many"}, "odd"),
        ({"event": "snapshot", "name": "best", "file": "snapshots/best.safetensors"}, "best"),
        ({"event": "diverged", "text": "the loss is not finite"}, "the loss is not finite"),
        ({"event": "finished"}, ""),
    ],
)  # fmt: skip
def test_events_in_words(record, text):
    assert text == event_text({"step": 3, **record})


def test_events_come_in_order_each_once_as_they_are_written(hand, feed):
    assert not feed.look()
    hand.events(
        {"step": 0, "event": "snapshot", "name": "init"},
        {"step": 5, "event": "snapshot", "name": "epoch"},
        {"step": 5, "event": "snapshot", "name": "epoch"},
    )
    assert feed.look()
    found = feed.events(10)
    assert [(0, 0.0, ""), (5, 0.5, "S")] == [(e.step, e.epoch, e.letter) for e in found]
    hand.events({"step": 20, "event": "finished"}, {"step": 7, "event": "from-the-future", "x": 1})
    assert feed.look()
    assert [("finished", ""), ("from-the-future", "x 1")] == [
        (event.kind, event.text) for event in feed.events(10)[2:]
    ]
    assert math.isnan(feed.events(0)[0].epoch)
    assert not feed.look()


def test_spoilt_lines_are_said_and_a_cut_file_is_read_anew(hand, feed):
    hand.events({"step": 0, "event": "warning", "text": "odd"})
    with hand.layout.events.open("ab") as file:
        file.write(b"nonsense\n[]\n" + encode({"event": "no step"}))
    hand.events({"step": 4, "event": "finished"})
    assert feed.look()
    assert [0, 4] == [event.step for event in feed.events(10)]
    assert "events.jsonl: line 2 is corrupt" in feed.problem
    os.truncate(hand.layout.events, len(encode({"step": 0, "event": "warning", "text": "odd"})))
    assert feed.look()
    assert ([0], "") == ([event.step for event in feed.events(10)], feed.problem)
