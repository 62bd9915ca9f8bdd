"""One thread that looks at files and tells what has changed, once, and nothing else."""

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from paramdyn_tui.watching import watched
from paramdyn_tui.watching.messages import (
    MachineSeen,
    RunSeen,
    RunsSeen,
    TotalsSeen,
    TrendsSeen,
    WatchFailed,
)
from paramdyn_tui.watching.runs_watch import RunsWatch
from paramdyn_tui.watching.watcher import Watcher

ROOT = Path(__file__).parents[4]


@pytest.fixture
def told():
    """Messages as they come."""
    return queue.Queue()


@pytest.fixture
def watcher(told):
    watcher = Watcher(told.put)
    yield watcher
    watcher.stop()


@pytest.fixture
def quick(monkeypatch):
    """Pauses so short that a test need not wait for the usual ones."""
    for name in ("LIVE_SECONDS", "WAITING_SECONDS", "ENDED_SECONDS", "RUNS_SECONDS"):
        monkeypatch.setattr(watched, name, 0.01)


def next_of(told, kind, wanted=lambda _: True):
    """Wait for a message of a kind that is as wanted."""
    while True:
        message = told.get(timeout=60)
        if isinstance(message, kind) and wanted(message):
            return message


def test_run_is_told_at_once_and_when_it_changes(hand, told, watcher):
    hand.state("running", 1)
    hand.metrics({"step": 1, "train/loss": 2.0})
    watcher.watch_run(hand.layout.path)
    first = next_of(told, RunSeen).view
    assert ("running", 2.0) == (first.status, first.metrics["train/loss"].last)
    hand.metrics({"step": 2, "train/loss": 1.0})
    second = next_of(told, RunSeen).view
    assert (1.0, 2.0) == (second.metrics["train/loss"].last, first.metrics["train/loss"].last)


def test_everything_is_told_in_one_thread_that_is_not_ours(hand, told):
    threads = []
    mine = Watcher(lambda message: (threads.append(threading.current_thread()), told.put(message)))
    mine.watch_run(hand.layout.path)
    mine.watch_runs(hand.layout.path.parent)
    next_of(told, RunsSeen)
    next_of(told, RunSeen) if told.qsize() else None
    mine.stop()
    [thread] = set(threads)
    assert (True, False) == (thread.daemon, thread is threading.current_thread())
    assert not thread.is_alive()


@pytest.mark.usefixtures("quick")
def test_nothing_is_told_while_nothing_changes(hand, told, watcher, monkeypatch):
    looks = count_looks(monkeypatch)
    hand.state("finished", 20)
    watcher.watch_run(hand.layout.path, ["displacement"])
    watcher.watch_runs(hand.layout.path.parent)
    next_of(told, RunsSeen)
    for _ in range(20):
        looks.get(timeout=60)
    assert told.qsize() <= 1  # the run, told before the list or after it


def test_what_is_due_at_about_the_same_time_is_looked_at_together(hand, told, monkeypatch):
    now, order, waits = [0.0], [], []
    mine = Watcher(told.put, clock=lambda: now[0])
    monkeypatch.setattr(
        watched.WatchedRun, "look", lambda self, *_, **__: (order.append("run"), due(self, 0.2))[0]
    )
    monkeypatch.setattr(
        watched.WatchedList, "look", lambda self, *_: (order.append("list"), due(self, 0.23), [])[2]
    )

    def due(self, seconds):
        self.due = now[0] + seconds

    def wait(seconds):
        order.append(".")
        waits.append(seconds)
        now[0] += seconds
        mine._stopped = len(waits) == 3

    mine._runs[hand.layout.path] = watched.WatchedRun(hand.layout.path)
    mine._list = watched.WatchedList(RunsWatch(hand.layout.path.parent))
    monkeypatch.setattr(mine._wake, "wait", wait)
    mine._look_on()
    assert ["run", "list", "."] * 3 == order
    assert [pytest.approx(0.2)] * 3 == waits


def count_looks(monkeypatch):
    from paramdyn_tui.watching.run_watch import RunWatch

    looks, look = queue.Queue(), RunWatch.look
    monkeypatch.setattr(RunWatch, "look", lambda self: (look(self), looks.put(1))[0])
    return looks


def test_who_asks_again_is_told_again(hand, told, watcher):
    watcher.watch_run(hand.layout.path)
    first = next_of(told, RunSeen).view
    watcher.watch_run(hand.layout.path)
    assert first is next_of(told, RunSeen).view
    watcher.watch_runs(hand.layout.path.parent)
    rows = next_of(told, RunsSeen).view
    watcher.watch_runs(hand.layout.path.parent)
    assert rows is next_of(told, RunsSeen).view


def test_measurement_that_is_wanted_later_comes(hand, told, watcher):
    hand.drift({"step": 1, "measurement": "displacement", "total": 1.0, "values": [1.0] * 4})
    watcher.watch_run(hand.layout.path)
    assert {} == dict(next_of(told, RunSeen).view.drift)
    watcher.want(hand.layout.path, "displacement")
    assert ["displacement"] == list(next_of(told, RunSeen).view.drift)


@pytest.mark.usefixtures("quick")
def test_run_is_watched_until_everybody_has_given_it_up(hand, told, watcher, monkeypatch):
    looks = count_looks(monkeypatch)
    hand.state("running", 1)
    for _ in range(2):
        watcher.watch_run(hand.layout.path)
    watcher.unwatch_run(hand.layout.path)
    hand.metrics({"step": 1, "train/loss": 2.0})
    next_of(told, RunSeen, lambda message: "train/loss" in message.view.metrics)
    watcher.unwatch_run(hand.layout.path)
    watcher.unwatch_run(hand.layout.path)
    watcher.watch_runs(hand.layout.path.parent)
    next_of(told, RunsSeen)
    while looks.qsize():
        looks.get()
    hand.metrics({"step": 2, "train/loss": 2.0})
    for step in range(3):
        hand.state("running", 2 + step)
        next_of(told, RunsSeen)
    assert (0, 0) == (looks.qsize(), told.qsize())


def test_look_now_does_not_wait_for_the_pause(hand, told, watcher, monkeypatch):
    for name in ("LIVE_SECONDS", "WAITING_SECONDS", "ENDED_SECONDS", "RUNS_SECONDS"):
        monkeypatch.setattr(watched, name, 3600.0)
    hand.state("finished", 20)
    watcher.watch_run(hand.layout.path)
    watcher.watch_runs(hand.layout.path.parent)
    next_of(told, RunSeen)
    next_of(told, RunsSeen) if told.qsize() else None
    hand.state("stopped", 5)
    watcher.look_now()
    assert 5 == next_of(told, RunSeen, lambda message: message.view.status == "stopped").view.step


@pytest.mark.usefixtures("quick")
def test_trends_come_for_the_runs_that_are_wanted(hand, told, watcher):
    name = hand.layout.path.name
    hand.state("running", 1)
    hand.metrics({"step": 1, "train/loss": 2.0})
    watcher.want_trends([name], "train/loss")  # nobody watches a list yet
    watcher.watch_runs(hand.layout.path.parent)
    watcher.want_trends([name, "absent"], "train/loss")
    first = next_of(told, TrendsSeen)
    assert ("train/loss", {name: (2.0,), "absent": ()}) == (first.metric, dict(first.trends))
    hand.metrics({"step": 2, "train/loss": 1.0, "test/loss": 5.0})
    assert {name: (2.0, 1.0)} == dict(next_of(told, TrendsSeen).trends)
    watcher.want_trends([name], "test/loss")
    last = next_of(told, TrendsSeen)
    assert ("test/loss", {name: (5.0,)}) == (last.metric, dict(last.trends))


@pytest.mark.usefixtures("quick")
def test_totals_come_for_the_runs_that_are_wanted(hand, told, watcher):
    name = hand.layout.path.name
    hand.state("running", 1)
    hand.drift({"step": 1, "measurement": "displacement", "total": 0.5, "values": [0.5]})
    watcher.want_totals([name], "displacement")  # nobody watches a list yet
    watcher.watch_runs(hand.layout.path.parent)
    watcher.want_totals([name, "absent"], "displacement")
    first = next_of(told, TotalsSeen)
    assert ("displacement", {name: 0.5, "absent": None}) == (first.measurement, dict(first.totals))
    hand.drift({"step": 2, "measurement": "displacement", "total": 0.75, "values": [0.75]})
    assert {name: 0.75} == dict(next_of(told, TotalsSeen).totals)


def test_many_trends_are_read_a_few_at_a_time(hand, told, monkeypatch):
    monkeypatch.setattr(watched, "ERRAND_SECONDS", 0.0025)
    ticks = iter(range(10**9))
    mine = Watcher(told.put, clock=lambda: next(ticks) / 1000)
    mine.watch_runs(hand.layout.path.parent)
    names = [f"run-{number}" for number in range(5)]
    mine.want_trends(names, "train/loss")
    found = {}
    while len(found) < 5:
        message = next_of(told, TrendsSeen)
        assert len(message.trends) <= 2
        found |= message.trends
    mine.stop()
    assert set(names) == set(found)


def test_long_file_is_told_as_samples_first_and_then_whole(hand, told, watcher, monkeypatch):
    from paramdyn_tui.watching import metrics

    monkeypatch.setattr(metrics, "WHOLE_BYTES", 2000)
    monkeypatch.setattr(metrics, "PIECE_BYTES", 2000)
    monkeypatch.setattr(metrics, "PLACES", 5)
    monkeypatch.setattr(metrics, "PLACE_BYTES", 100)
    monkeypatch.setattr(metrics, "END_BYTES", 100)
    hand.metrics(*({"step": step, "train/loss": 1.0} for step in range(1000)))
    watcher.watch_run(hand.layout.path)
    first, last = next_of(told, RunSeen).view, next_of(told, RunSeen).view
    assert (False, True) == (first.complete, last.complete)
    assert len(first.metrics["train/loss"]) < 100
    assert 1000 == len(last.metrics["train/loss"])


def test_who_draws_the_samples_of_a_long_file_has_a_turn_before_more_is_read(hand, monkeypatch):
    """Reading on at once would take half of the processor from the first chart."""
    from paramdyn_tui.watching import metrics, run_watch
    from paramdyn_tui.watching import watcher as module

    monkeypatch.setattr(metrics, "WHOLE_BYTES", 2000)
    hand.metrics(*({"step": step, "train/loss": 1.0} for step in range(1000)))
    done, whole, look = [], threading.Event(), run_watch.RunWatch.look
    monkeypatch.setattr(module.time, "sleep", lambda _: done.append("turn"))
    monkeypatch.setattr(run_watch.RunWatch, "look", lambda self: done.append("look") or look(self))

    def tell(message):
        if isinstance(message, RunSeen):
            done.append("told")
            if message.view.complete:
                whole.set()

    watcher = Watcher(tell)
    watcher.watch_run(hand.layout.path)
    assert whole.wait(60)
    watcher.stop()
    assert ["look", "told", "turn", "look"] == done[:4]
    assert 1 == done.count("turn")


def test_how_a_run_stands_is_told_before_numpy_is_loaded(hand):
    """And numpy is loaded at once then: nobody draws a picture that would need a turn."""
    hand.state("running", 1)
    hand.metrics({"step": 1, "train/loss": 2.0})
    program = f"""
import sys, threading
from pathlib import Path
from paramdyn_tui.watching import watcher as module
whole = threading.Event()
module.time.sleep = lambda _: print("turn")
def tell(message):
    view = message.view
    print(view.status, len(view.metrics), view.complete, "numpy" in sys.modules)
    if view.complete:
        whole.set()
watcher = module.Watcher(tell)
watcher.watch_run(Path({str(hand.layout.path)!r}))
assert whole.wait(60)
watcher.stop()
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)  # noqa: PLW1510
    assert ["running 0 False False", "running 1 True True"] == said.stdout.splitlines(), said.stderr


def test_machine_is_told_with_the_runs_it_trains(hand, told, watcher):
    hand.state("running", 1)
    watcher.watch_runs(hand.layout.path.parent)
    next_of(told, RunsSeen)
    watcher.watch_machine(processes=True)
    view = next_of(told, MachineSeen).view
    assert [(os.getpid(), hand.layout.path.name)] == [
        (p.pid, p.run) for p in view.processes if p.run
    ]
    watcher.watch_machine()
    assert () == next_of(told, MachineSeen).view.processes
    watcher.unwatch_machine()


def test_stopped_watcher_tells_nothing_more(hand, told):
    watcher = Watcher(told.put)
    watcher.stop()
    watcher.watch_run(hand.layout.path)
    watcher.stop()
    assert told.empty()


@pytest.mark.parametrize("module", ["watcher", "runs_watch", "machine"])
def test_nothing_heavy_is_loaded_before_the_first_paint(module):
    heavy = ("numpy", "torch", "textual", "rich", "psutil")
    code = (
        f"import sys, paramdyn_tui.watching.{module}\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "[]" == done.stdout.strip()


def test_disk_that_does_not_answer_holds_nobody_up(hand, monkeypatch):
    from paramdyn_tui.watching import watcher as watching
    from paramdyn_tui.watching.run_watch import RunWatch

    monkeypatch.setattr(watching, "STOP_SECONDS", 0.01)
    hangs, answers, told = threading.Event(), threading.Event(), []
    monkeypatch.setattr(RunWatch, "look", lambda _: hangs.set() or answers.wait(60))
    watcher = Watcher(told.append)
    watcher.watch_run(hand.layout.path)
    assert hangs.wait(60)
    watcher.stop()  # comes back though the look does not
    answers.set()
    watcher._thread.join()
    assert [] == told


def test_a_fault_in_a_look_is_told_and_the_thread_ends(watcher, told, monkeypatch, tmp_path):
    def fail(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(watched.WatchedList, "look", fail)
    watcher.watch_runs(tmp_path)
    failed = next_of(told, WatchFailed)
    assert isinstance(failed.error, ZeroDivisionError)
    watcher.stop()
    assert not watcher._thread.is_alive()
