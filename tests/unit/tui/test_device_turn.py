"""Whose turn it is on a device."""

import dataclasses
import os
import subprocess
import sys

import pytest

from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import read_manifest, write_manifest
from paramdyn.store.process import boot_id, host, process_start
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import read_state, write_state
from paramdyn_tui.launch.device_turn import Turns, ahead_of, turn_of


@pytest.fixture
def other():
    """Another process that lives."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child.pid
    child.kill()
    child.wait()
    child.stdin.close()


@pytest.fixture
def run_of(made_run, runs_dir):
    """Return a function that makes a run of a process."""
    seeds = iter(range(100))

    def make(pid, status="running", *, device="cpu", started=100.0, here=True, waits_for=None):
        name = made_run(RunSpec(seed=next(seeds)))
        layout = Layout(runs_dir / name)
        write_manifest(layout, dataclasses.replace(read_manifest(layout), device=device))
        state = read_state(layout)
        summary = state.summary if waits_for is None else state.summary | {"waits_for": waits_for}
        process = {"pid": pid, "process_start": process_start(pid) or 1.0, "boot_id": boot_id(),
                   "host": host() if here else "elsewhere"}  # fmt: skip
        write_state(layout, dataclasses.replace(
            state, status=status, started=started, heartbeat=4e9, summary=summary, **process,
        ))  # fmt: skip
        return name

    return make


@pytest.fixture
def ahead(run_of, runs_dir):
    """Return a function that tells who is ahead of a run that this process queued at second 200."""
    mine = run_of(os.getpid(), "queued", started=200.0, waits_for="cpu")

    def find():
        turn = turn_of(runs_dir / mine, "cpu")
        found = ahead_of(turn, list_runs(runs_dir, cached=False))
        assert found == Turns(runs_dir).ahead_of(turn)
        return found

    return find


def test_nobody_is_ahead_in_an_empty_house(ahead):
    assert [] == ahead()


@pytest.mark.parametrize("status", ["running", "paused", "starting"])
def test_run_on_the_device_is_ahead_however_late_it_began(run_of, ahead, other, status):
    assert [run_of(other, status, started=900.0)] == ahead()


@pytest.mark.parametrize(
    "facts",
    [
        {"device": "cuda:0"},
        {"here": False},
        {"status": "finished"},
        {"status": "queued", "started": 300.0},
        {"status": "queued", "waits_for": "cuda:0"},
    ],
)
def test_others_are_not_ahead(run_of, ahead, other, facts):
    run_of(other, **facts)
    assert [] == ahead()


def test_run_whose_process_is_gone_is_not_ahead(run_of, ahead):
    run_of(2**22 + 1)
    run_of(2**22 + 1, "queued")
    assert [] == ahead()


@pytest.mark.parametrize("waits_for", [None, "cpu"])
def test_run_that_was_queued_earlier_is_ahead(run_of, ahead, other, waits_for):
    assert [run_of(other, "queued", waits_for=waits_for)] == ahead()


def test_runs_of_the_same_process_are_not_ahead(run_of, ahead):
    run_of(os.getpid(), "queued", started=100.0)
    assert [] == ahead()


def test_of_two_that_were_queued_at_once_one_is_ahead(run_of, runs_dir, other):
    mine = run_of(os.getpid(), "queued", started=200.0)
    its = run_of(other, "queued", started=200.0)
    rows = list_runs(runs_dir, cached=False)
    turns = [turn_of(runs_dir / name, "cpu") for name in (mine, its)]
    assert [[], [mine]] == sorted(ahead_of(turn, rows) for turn in turns)


def test_run_without_a_manifest_may_be_anywhere(run_of, ahead, runs_dir, other):
    name = run_of(other, device="cuda:0")
    (runs_dir / name / "run.json").unlink()
    assert [name] == ahead()


def test_they_are_named_in_the_order_of_their_turns(run_of, ahead, other):
    second = run_of(other, "queued", started=150.0)
    first = run_of(other, "queued", started=120.0)
    running = run_of(other, started=400.0)
    assert [running, first, second] == ahead()
