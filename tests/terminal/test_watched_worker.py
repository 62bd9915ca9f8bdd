"""A real worker, watched: its records come, its death is seen, and so is its second life."""

import os
import queue
import signal

import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.answers import stop
from paramdyn_tui.tui.children import asked
from paramdyn_tui.watching.messages import RunSeen
from paramdyn_tui.watching.runs_watch import RunsWatch
from paramdyn_tui.watching.watcher import Watcher

ASKED = (
    "--device", "cpu", "--threads", "1", "--limit", "300", "--test-limit", "50", "--batch", "10",
    "--epochs", "200", "--measure", "displacement",
)  # fmt: skip


@pytest.fixture
def told():
    return queue.Queue()


@pytest.fixture
def watcher(told, runs_dir):
    """A watcher; no worker outlives it."""
    watcher = Watcher(told.put)
    yield watcher
    watcher.stop()
    for folder in requests.live_runs(runs_dir):
        requests.kill(folder)


def until(told, kind, wanted):
    while True:
        message = told.get(timeout=120)
        if isinstance(message, kind) and wanted(message.view):
            return message.view


@pytest.mark.slow
@pytest.mark.long
def test_killed_worker_is_seen_and_resumed(told, watcher, runs_dir):
    folder = RunFolder(runs_dir / asked(["run", *ASKED, "--detach", "--json"])["id"])
    watcher.watch_runs(runs_dir)
    watcher.watch_run(folder.path, ["displacement"])
    first = until(told, RunSeen, lambda view: view.status == "running" and view.metrics)
    assert (10, 300, "") == (first.classes, first.steps_per_epoch * 10, first.problem)
    later = until(told, RunSeen, lambda view: view.step >= first.step + 100)
    assert len(later.metrics["train/loss"]) > len(first.metrics["train/loss"])
    assert len(later.parameters) == len(later.drift["displacement"].values)
    os.kill(requests.status_of(folder)[1].pid, signal.SIGKILL)
    crashed = until(told, RunSeen, lambda view: view.status == "crashed")
    assert crashed.metrics["train/loss"].steps[-1] >= later.metrics["train/loss"].steps[-1]
    listed = RunsWatch(runs_dir)
    assert listed.look()
    assert [row.status for row in listed.view().rows] == ["crashed"]
    asked(["resume", str(folder.path), "--detach", "--json"])
    watcher.look_now()
    again = until(told, RunSeen, lambda view: view.status == "running" and view.step > crashed.step)
    steps = again.metrics["train/loss"].steps.tolist()
    assert steps == sorted(set(steps))
    assert stop(folder) is None
    stopped = until(told, RunSeen, lambda view: view.status == "stopped")
    assert "" == stopped.problem
