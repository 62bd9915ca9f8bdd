"""The shared state, and the way from the watching thread to the screen."""

import threading
from dataclasses import dataclass
from pathlib import Path

from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.inbox import Inbox
from paramdyn_tui.tui.palette import SERIES


@dataclass
class View:
    path: Path
    number: int


@dataclass
class Seen:
    view: View


def test_only_the_newest_view_of_a_run_waits_and_the_bell_rings_once():
    rung = []
    inbox = Inbox(lambda: rung.append(1))
    for number in range(3):
        inbox.put(Seen(View(Path("a"), number)))
        inbox.put(Seen(View(Path("b"), number)))
    assert rung == [1]
    assert [message.view for message in inbox.take()] == [View(Path("a"), 2), View(Path("b"), 2)]
    assert inbox.take() == []
    inbox.put("another")
    assert (rung, inbox.take()) == ([1, 1], ["another"])


def test_no_message_is_lost_between_threads():
    bell = threading.Event()
    inbox, last = Inbox(bell.set), {}

    def send(name):
        for number in range(500):
            inbox.put(Seen(View(Path(name), number)))

    threads = [threading.Thread(target=send, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or bell.is_set():
        bell.clear()
        last |= {str(each.view.path): each.view.number for each in inbox.take()}
    last |= {str(each.view.path): each.view.number for each in inbox.take()}
    assert last == {"a": 499, "b": 499, "c": 499}


def test_marks_and_what_is_compared():
    bench = Bench(Path("runs"), open_run=Path("runs/a"))
    assert bench.compared() == [Path("runs/a")]
    bench.mark(Path("runs/b"))
    bench.mark(Path("runs/c"))
    bench.baseline = Path("runs/c")
    assert bench.compared() == [Path("runs/c"), Path("runs/b")]
    bench.mark(Path("runs/b"))
    assert bench.marked == [Path("runs/c")]


def test_a_run_keeps_its_colour_and_colours_differ_while_there_are_some():
    bench = Bench(Path("runs"))
    names = [f"run-{index}" for index in range(SERIES)]
    colors = [bench.color_of(name) for name in names]
    assert sorted(colors) == list(range(SERIES))
    bench.keep_colors(names[1:])
    assert [bench.color_of(name) for name in names[1:]] == colors[1:]
    assert bench.color_of("new") == colors[0]
    assert bench.color_of("one too many") in range(SERIES)
