"""Stop, pause and carry on: what is asked of a run, and what is said of it."""

import dataclasses
import os
import threading
import time

import pytest

from paramdyn.errors import FailedWork
from paramdyn.store import control
from paramdyn.store.process import this_process
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.tui import run_requests
from paramdyn_tui.tui.run_requests import DEQUEUE, carried_on, paused_or_going, stopped


@pytest.fixture
def folder(tmp_path):
    run = RunFolder.create(tmp_path, "lenet", "")
    run.layout.manifest.write_text("{}")
    return run


def stands(folder, status, **known):
    """Write a state; one that lives is that of this process."""
    mine = this_process()
    process = {"pid": mine.pid, "process_start": mine.process_start, "boot_id": mine.boot_id,
               "host": mine.host}  # fmt: skip
    known = {"step": 3, "total_steps": 10, "heartbeat": time.time(), **process, **known}
    write_state(folder.layout, dataclasses.replace(RunState(status=status), **known))


@pytest.fixture
def worker(folder):
    """Let a thread obey as a worker does; return what it was asked."""
    asked, over = [], threading.Event()
    becomes = {control.STOP: "stopped", control.STOP_AFTER_EPOCH: "stopped",
               control.PAUSE: "paused", control.RESUME: "running"}  # fmt: skip

    def obey():
        while not over.wait(0.01):
            if (request := control.take(folder.layout)) is not None:
                asked.append(request)
                stands(folder, becomes[request])

    thread = threading.Thread(target=obey)
    thread.start()
    yield asked
    over.set()
    thread.join()


@pytest.mark.parametrize("how", [control.STOP, control.STOP_AFTER_EPOCH])
def test_a_run_is_stopped_and_it_is_said_where(folder, worker, how):
    stands(folder, "running")
    folder.layout.checkpoint.write_bytes(b"x")
    said = stopped(folder, how)
    assert [how] == worker
    assert "lenet is stopped at step 3 of 10; resume carries on with it." == said.text
    assert "good" == said.style


def test_a_run_that_does_not_obey_is_told_of(folder):
    stands(folder, "running")
    said = stopped(folder, control.STOP, seconds=0.05)
    assert ("warn", True) == (said.style, "still running" in said.text)
    assert control.is_waiting(folder.layout)
    said = stopped(folder, control.STOP_AFTER_EPOCH, seconds=0.05)
    assert "stops when its epoch ends" in said.text


def test_a_queued_run_is_taken_out(folder, worker):
    stands(folder, "queued", total_steps=0)
    folder.layout.manifest.unlink()
    thread = threading.Timer(0.05, lambda: stands(folder, "stopped", total_steps=0))
    thread.start()
    said = stopped(folder, DEQUEUE)
    thread.join()
    assert "lenet has been taken out of the queue." == said.text
    assert set(worker) <= {control.STOP}


def test_a_run_pauses_and_goes_on(folder, worker):
    stands(folder, "running")
    assert "is paused" in paused_or_going(folder).text
    assert "is running" in paused_or_going(folder).text
    assert [control.PAUSE, control.RESUME] == worker


@pytest.mark.parametrize("status", ["finished", "diverged"])
def test_a_run_that_has_ended_can_do_neither(folder, status):
    stands(folder, status)
    said = paused_or_going(folder)
    assert ("warn", True) == (said.style, status in said.text)
    assert not control.is_waiting(folder.layout)


def test_a_stopped_run_is_resumed_by_the_command(folder, monkeypatch):
    stands(folder, "stopped", checkpoint_step=3)
    folder.layout.checkpoint.touch()
    asked = []
    monkeypatch.setattr(run_requests, "asked", lambda words: asked.append(words) or {"step": 13})
    assert "lenet goes on from step 3." == carried_on(folder, "/data").text
    runs = str(folder.path.parent)
    expected = ["resume", str(folder.path), "--detach", "--json", "--runs", runs]
    assert [[*expected, "--data", "/data"]] == asked


def test_where_a_run_goes_on_is_said_only_where_it_is_known(folder, monkeypatch):
    monkeypatch.setattr(run_requests, "asked", lambda _: {"step": 13})
    stands(folder, "stopped", checkpoint_step=-1)
    assert "lenet goes on from step 0." == carried_on(folder, None).text
    monkeypatch.setattr(run_requests, "can_resume", lambda _: True)
    folder.layout.state.unlink()
    assert "lenet goes on." == carried_on(folder, None).text


def test_a_run_that_had_not_begun_is_started_in_its_place(folder, monkeypatch):
    folder.layout.manifest.unlink()
    stands(folder, "stopped", total_steps=0)
    asked = []
    monkeypatch.setattr(run_requests, "asked", lambda words: asked.append(words) or {"id": "new"})
    assert "new was started in its place" in carried_on(folder, None).text
    assert ["run", str(folder.layout.spec), "--detach", "--json"] == asked[0][:4]


@pytest.mark.parametrize(
    ("status", "words"), [("finished", "fork it"), ("running", "needs nobody to carry on")]
)
def test_what_needs_no_carrying_on_is_said(folder, status, words):
    stands(folder, status)
    assert words in carried_on(folder, None).text


def test_where_there_is_nothing_to_carry_on_from_it_is_said(folder):
    stands(folder, "diverged")
    with pytest.raises(FailedWork, match="nothing to carry on from"):
        carried_on(folder, None)


def test_a_folder_that_is_gone_can_do_nothing(folder):
    for file in folder.path.iterdir():
        file.unlink()
    os.rmdir(folder.path)  # noqa: PTH106
    assert "is removed" in paused_or_going(folder).text
