"""A run that a process has taken up and not gone on with yet: shown as that, and within reach."""

import json
import os
import signal

import pytest

from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import read_state
from paramdyn_tui.launch import requests

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]


@pytest.fixture
def stopped(train, the_run):
    """A run that was stopped early, with a checkpoint."""
    child = train(slow=0.05)
    folder = the_run(steps=1)
    control.send(Layout(folder), control.STOP)
    assert 0 == child.wait()
    assert "stopped" == read_state(Layout(folder)).status
    return folder


@pytest.fixture
def taken_up(stopped, go_on, eventually, tmp_path):
    """The same run, its worker, and the file without which that one does not prepare it."""
    gate = tmp_path / "gate"
    control.send(Layout(stopped), control.PAUSE)  # for a worker before
    child = go_on(stopped, gate=str(gate))
    eventually(Layout(stopped).lock.exists)
    eventually(lambda: not control.is_waiting(Layout(stopped)))
    return stopped, child, gate


@pytest.fixture
def said(capsys, runs_dir):
    """Return a function that runs a command and returns status, what it said, and its facts."""
    from paramdyn_tui.__main__ import main

    def say(*line):
        status = main([*line, "--runs", str(runs_dir)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return say


def test_everybody_says_that_it_is_starting(taken_up, said, runs_dir):
    folder, child, gate = taken_up
    name = folder.name
    status, state = requests.status_of(RunFolder(folder))
    assert ("starting", child.pid) == (status, state.pid)
    assert ["starting"] == [run.status for run in list_runs(runs_dir)]
    assert [name] == [run.name for run in requests.live_runs(runs_dir)]
    assert [name] == [each["id"] for each in json.loads(said("ls", "status=starting", "--json")[1])]
    assert [name] == said("ls", "status=live", "--ids")[1].split()
    assert "starting" == json.loads(said("show", name, "--json")[1])["status"]
    assert "starting" in said("plot", name)[1]
    status, _, err = said("resume", name)
    assert (2, True) == (status, "is starting" in err), err
    status, _, err = said("rm", name, "--yes")
    assert (2, True) == (status, "is starting. Stop it first" in err), err
    assert folder.exists()
    gate.touch()
    assert 0 == child.wait()
    assert "finished" == requests.status_of(RunFolder(folder))[0]


def test_stop_reaches_the_worker_that_starts(taken_up, said):
    folder, child, gate = taken_up
    before = read_state(Layout(folder)).step
    status, out, _ = said("stop", "--no-wait", folder.name)
    assert (0, f"{folder.name}: asked to stop\n") == (status, out)
    gate.touch()
    assert 0 == child.wait()
    state = read_state(Layout(folder))
    assert ("stopped", True) == (state.status, before < state.step < state.total_steps)
    assert not control.is_waiting(Layout(folder))


def test_stop_kill_ends_it_and_loses_nothing(taken_up, said, go_on, whole, contents):
    folder, child, _ = taken_up
    status, out, err = said("stop", "--kill", folder.name)
    assert 0 == status, (out, err)
    assert -signal.SIGKILL == child.wait()
    assert "stopped" == requests.status_of(RunFolder(folder))[0]
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_a_suspended_one_is_told(taken_up, eventually):
    folder, child, _ = taken_up
    child.signal(signal.SIGSTOP)
    eventually(lambda: requests.status_of(RunFolder(folder))[0] == "suspended")
    child.signal(signal.SIGCONT)
    assert eventually(lambda: requests.status_of(RunFolder(folder))[0] == "starting")


def test_a_refused_one_is_as_it_was(stopped, go_on):
    manifest = stopped / "run.json"
    facts = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**facts, "initial_sha256": "0" * 64}))
    before = (stopped / "state.json").read_bytes()
    child = go_on(stopped)
    assert 1 == child.wait()
    assert "the values at step 0 cannot be made again" in child.stdout
    assert before == (stopped / "state.json").read_bytes()
    assert "stopped" == requests.status_of(RunFolder(stopped))[0]


def test_a_killed_runs_successor_starts(train, the_run, go_on, eventually, tmp_path):
    child = train(slow=0.05)
    folder = the_run(steps=1)
    child.signal(signal.SIGKILL)
    child.wait()
    assert "crashed" == requests.status_of(RunFolder(folder))[0]
    gate = tmp_path / "gate"
    again = go_on(folder, gate=str(gate))
    eventually(lambda: requests.status_of(RunFolder(folder))[0] == "starting")
    (folder / "state.json").unlink()
    eventually(lambda: requests.status_of(RunFolder(folder))[0] == "starting")
    assert ["starting"] == [run.status for run in list_runs(folder.parent)]
    gate.touch()
    again.wait()
