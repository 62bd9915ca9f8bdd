"""How a run stands, whoever works on it and whatever became of its files."""

import itertools
import json
import os
import shutil
import subprocess
import sys

import pytest

from paramdyn.store.process import process_start
from paramdyn_tui.watching.state import StateFeed


@pytest.fixture
def clock():
    """A clock that ticks ten seconds at each look at a running run: it is asked twice."""
    ticks = itertools.count(0.0, 5.0)
    return lambda: next(ticks)


@pytest.fixture
def feed(hand, clock):
    return StateFeed(hand.layout.path, clock=clock)


@pytest.fixture
def process():
    """Another process that lives until the test kills it."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.wait()
    child.stdin.close()


def test_finished_run_is_read_once(feed):
    assert feed.look()
    assert ("finished", "") == (feed.status, feed.problem)
    assert ("lenet", 10) == (feed.summary.model, feed.manifest.steps_per_epoch)
    assert 20 == feed.spec["training"]["epochs"]
    assert not feed.look()


def test_killed_process_is_seen_though_no_file_changes(hand, feed, process):
    hand.state(pid=process.pid, process_start=process_start(process.pid))
    feed.look()
    assert "running" == feed.status
    process.kill()
    process.wait()
    assert feed.look()
    assert "crashed" == feed.status
    assert not feed.look()


def test_nothing_is_looked_up_twice_within_a_moment(hand):
    now = [0.0]
    feed = StateFeed(hand.layout.path, clock=lambda: now[0])
    hand.state()
    feed.look()
    hand.edit(hand.layout.state, pid=2**22 + 1)
    os.utime(hand.layout.state, ns=(1, 1))
    assert feed.look()  # the file has changed
    assert "crashed" == feed.status


def test_time_left_is_by_the_viewer_s_clock(hand, feed):
    left = []
    for status, step in [("running", 5), ("running", 10), ("paused", 10), ("running", 10),
                         ("running", 15)]:  # fmt: skip
        hand.state(status, step, heartbeat=-1e9)
        feed.look()
        left.append(feed.seconds_left())
    assert [None, 20.0, None, None, 10.0] == left


def test_resumed_run_has_another_pace(hand, feed):
    for step, pid in [(5, 1), (10, 1), (4, 2), (6, 2)]:
        hand.state(step=step, pid=pid, host="elsewhere", heartbeat=2e9)
        feed.look()
    assert 70.0 == feed.seconds_left()


def test_folder_that_is_gone_leaves_what_was_read(hand, feed):
    feed.look()
    shutil.rmtree(hand.layout.path)
    assert feed.look()
    assert ("removed", "lenet") == (feed.status, feed.summary.model)
    assert "the folder is gone" in feed.problem
    assert not feed.look()


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (None, "broken", "is missing"),
        ("", "broken", "is no JSON"),
        ('{"status": "run', "broken", "is no JSON"),
        ('{"status": "dancing"}', "broken", "dancing"),
        ('{"status": "running", "step": "many"}', "broken", "'step' is 'many'"),
        ('{"schema_version": 99, "status": "running"}', "broken", "schema version"),
        ("[]", "broken", "holds list"),
    ],
)
def test_state_that_cannot_be_read_is_said(hand, feed, content, status, words):
    if content is None:
        hand.layout.state.unlink()
    else:
        hand.layout.state.write_text(content)
    assert feed.look()
    assert (status, "lenet") == (feed.status, feed.summary.model if content is None else "lenet")
    assert words in feed.problem
    assert feed.refused == ("schema" in words)
    hand.state("finished", 20)
    assert feed.look()
    assert ("finished", "", False) == (feed.status, feed.problem, feed.refused)


def test_folder_in_place_of_the_state_is_said(hand, feed):
    hand.layout.state.unlink()
    hand.layout.state.mkdir()
    assert feed.look()
    assert ("broken", True) == (feed.status, str(hand.layout.state) in feed.problem)


def test_manifest_that_cannot_be_read_is_said_and_the_old_one_stays(hand, feed):
    feed.look()
    hand.layout.manifest.write_text('{"id":')
    assert feed.look()
    assert ("finished", 10) == (feed.status, feed.manifest.steps_per_epoch)
    assert "run.json: is no JSON" in feed.problem
    hand.layout.manifest.unlink()
    assert feed.look()
    assert "run.json: is missing" in feed.problem


def test_queued_run_lacks_nothing(hand, feed):
    hand.layout.manifest.unlink()
    hand.state("queued")
    feed.look()
    assert ("queued", "", 20) == (feed.status, feed.problem, feed.spec["training"]["epochs"])


def test_run_that_is_taken_up_again_is_starting(hand, feed):
    feed.look()
    with hand.layout.path.joinpath("lock").open("w") as lock:
        from dataclasses import asdict

        from paramdyn.store.process import this_process

        json.dump(asdict(this_process()), lock)
    assert feed.look()
    assert "starting" == feed.status
