"""Runs that were queued by a process that died: each can be begun where it waits."""

import dataclasses
import os
import signal

import pytest

from paramdyn.specs.reader import read_spec
from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import read_manifest
from paramdyn.store.state import effective_status, read_state, write_state
from paramdyn_tui.launch.jobs import Job
from paramdyn_tui.launch.queued import enqueue

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]


@pytest.fixture
def abandoned(spec_file, runs_dir):
    """Return a function that makes a queued run whose sequence is gone, or ended it unbegun."""

    def make(status):
        job = Job(spec=read_spec(spec_file), arm="twin", of_run="somebody")
        [member] = enqueue((job,), runs_dir)
        layout = member.folder.layout
        state = dataclasses.replace(read_state(layout), status=status, process_start=1.0)
        write_state(layout, state)
        return member.folder.path

    return make


@pytest.mark.parametrize("status", ["queued", "stopped"])
def test_resume_begins_a_run_that_never_began(status, abandoned, go_on, whole, contents):
    folder = abandoned(status)
    assert ("crashed" if status == "queued" else status) == effective_status(
        read_state(Layout(folder))
    )
    control.send(Layout(folder), "stop")  # for those who queued it
    child = go_on(folder)
    assert 0 == child.wait(), child.stdout + child.stderr
    assert "finished" == read_state(Layout(folder)).status
    manifest = read_manifest(Layout(folder))
    assert (folder.name, "twin", "somebody") == (manifest.id, manifest.arm, manifest.control_of)
    assert whole == contents(folder)


def test_killed_as_it_takes_its_folder_it_can_be_resumed(
    abandoned, go_on, eventually, whole, contents
):
    """run.json is there and state.json still says that it waits."""
    folder = abandoned("queued")
    waiting = (folder / "state.json").read_bytes()
    child = go_on(folder, slow=1000.0)
    eventually(lambda: (folder / "state.json").read_bytes() != waiting)
    child.signal(signal.SIGKILL)
    child.wait()
    (folder / "state.json").write_bytes(waiting)
    assert "crashed" == effective_status(read_state(Layout(folder)))
    child = go_on(folder)
    assert 0 == child.wait(), child.stdout + child.stderr
    assert whole == contents(folder)
