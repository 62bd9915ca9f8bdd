"""What one may ask of a run, and the answer at once."""

import dataclasses
import subprocess
import sys

import pytest

from paramdyn.errors import BadRequest
from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.process import boot_id, host, process_start
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state, write_state
from paramdyn_tui.launch.answers import request
from paramdyn_tui.launch.removing import delete, planned
from paramdyn_tui.launch.requests import status_of


@pytest.fixture
def other():
    """Another process that lives until it is killed."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE,
                             start_new_session=True)  # fmt: skip
    yield child
    child.kill()
    child.wait()
    child.stdin.close()


@pytest.fixture
def folder(made_run, runs_dir, other):
    """Return a function that makes a run of that process with a status."""

    def make(status, **more):
        folder = RunFolder(runs_dir / made_run(RunSpec()))
        process = {"pid": other.pid, "process_start": process_start(other.pid),
                   "boot_id": boot_id(), "host": host()}  # fmt: skip
        state = dataclasses.replace(read_state(folder.layout), status=status, **(process | more))
        write_state(folder.layout, state)
        return folder

    return make


def control_of(folder):
    return folder.layout.control.read_text().strip() if folder.layout.control.exists() else ""


@pytest.mark.parametrize(
    ("status", "what", "done", "words", "left"),
    [
        ("running", "stop", True, "asked to stop", "stop"),
        ("running", "stop-after-epoch", True, "asked to stop after this epoch", "stop-after-epoch"),
        ("running", "pause", True, "asked to pause", "pause"),
        ("running", "resume", False, "Expected one that is paused", ""),
        ("paused", "resume", True, "asked to go on", "resume"),
        ("paused", "pause", True, "is paused already", ""),
        ("paused", "stop", True, "asked to stop", "stop"),
        ("queued", "stop", True, "asked to stop", "stop"),
        ("queued", "pause", False, "Expected a running one", ""),
        ("finished", "stop", True, "is not running: finished", ""),
        ("finished", "pause", False, "is finished", ""),
        ("finished", "resume", False, "is finished", ""),
        ("finished", "kill", True, "is not running", ""),
        ("running", "dance", False, "'dance' is no request", ""),
    ],
)
def test_request_is_left_and_answered(folder, status, what, done, words, left):
    run = folder(status)
    answer = request(run, what)
    assert (run.name, done) == (answer.id, answer.done)
    assert words in answer.message
    assert left == control_of(run)


def test_killed_run_is_gone(folder, other):
    run = folder("running")
    answer = request(run, "kill")
    assert (True, "crashed") == (answer.done, answer.status)
    assert other.wait() < 0
    assert "no checkpoint yet" in answer.message


def test_run_on_another_machine_cannot_be_killed(folder):
    run = folder("running", host="elsewhere", heartbeat=4e9)
    answer = request(run, "kill")
    assert (False, "running") == (answer.done, answer.status)
    assert "log in there" in answer.message.lower()


def test_folder_that_cannot_be_written_is_said(folder):
    run = folder("running")
    run.layout.control.mkdir()
    answer = request(run, "pause")
    assert not answer.done
    assert str(run.layout.control) in answer.message


def test_living_run_and_parent_are_not_deleted(folder, made_run, runs_dir):
    run = folder("running")
    wanted = {"with_children": False, "orphan": False, "yes": True}
    with pytest.raises(BadRequest, match="Stop it first"):
        planned([run.name], "", str(runs_dir), **wanted)
    parent = made_run(RunSpec(seed=1))
    child = RunFolder(runs_dir / made_run(RunSpec(seed=2)))
    state = read_state(child.layout)
    write_state(child.layout, dataclasses.replace(
        state, summary=state.summary | {"parent": f"{parent}@20"}
    ))  # fmt: skip
    with pytest.raises(BadRequest, match="started from it"):
        planned([parent], "", str(runs_dir), **wanted)
    plan = planned([parent, child.name], "", str(runs_dir), **wanted)
    assert ([child.name, parent], []) == delete(plan)
    assert ("removed", None) == status_of(child)
