"""``cp -r`` of a run that lives: the copy names its process, and is not what that works on."""

import dataclasses
import json
import os
import shutil
import time

import pytest

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.store.layout import Layout
from paramdyn.store.lock import check_held, lock_holder, locked
from paramdyn.store.process import is_alive, this_process
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import RunState, effective_status, read_state, write_state
from paramdyn.store.upkeep.removal import plan_removal
from paramdyn_tui.launch.requests import status_of


@pytest.fixture
def living(make_run):
    """A run of which this process is the worker."""

    def make(status="running"):
        me = dataclasses.asdict(this_process())
        return make_run("original", status=status, heartbeat=time.time(), **me)

    return make


@pytest.mark.parametrize("status", ["running", "paused", "queued"])
def test_a_copy_of_a_living_run_is_crashed(living, status):
    folder = living(status)
    write_state(folder.layout, read_state(folder.layout))
    with locked(folder.layout):
        copy = Layout(shutil.copytree(folder.path, folder.path.with_name("copy")))
        state = read_state(copy)
        assert "crashed" == effective_status(state)
        assert is_alive(state.process) is False  # nobody may send it a signal
        assert status == effective_status(read_state(folder.layout))
        found = {run.name: run for run in list_runs(folder.path.parent, cached=False)}
        assert {"copy": "crashed", "original": status} == {
            k: run.status for k, run in found.items()
        }
        assert lock_holder(copy) is None
        assert "" == plan_removal(found["copy"], found.values()).refusal
        with locked(copy):
            check_held(copy)
            assert this_process() == lock_holder(copy) == lock_holder(folder.layout)
        check_held(folder.layout)


def test_a_folder_with_another_path_is_no_copy(living):
    """Reached through a link, or renamed while its worker has not noticed yet."""
    folder = living()
    write_state(folder.layout, read_state(folder.layout))
    with locked(folder.layout):
        link = folder.path.with_name("link")
        link.symlink_to(folder.path)
        assert "running" == effective_status(read_state(Layout(link)))
        assert this_process() == lock_holder(Layout(link))
        link.unlink()
        moved = folder.path.rename(folder.path.with_name("moved"))
        assert "running" == effective_status(read_state(Layout(moved)))
        assert this_process() == lock_holder(Layout(moved))


@pytest.mark.parametrize("value", [3, None, "", "/\0", ["a"], "x" * 5000])
def test_a_folder_that_is_no_path_says_nothing(living, value):
    layout = living().layout
    content = layout.state.read_text()
    layout.state.write_text(json.dumps({**json.loads(content), "folder": value}))
    assert "running" == effective_status(read_state(layout))
    assert ["running"] == [run.status for run in list_runs(layout.path.parent, cached=False)]


def test_a_lock_that_is_a_link_to_nothing_is_said(tmp_path):
    layout = Layout(tmp_path)
    layout.lock.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="lock: cannot be read"), locked(layout):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_not_waited_for(make_run):
    layout = make_run("odd").layout
    layout.state.unlink()
    os.mkfifo(layout.state)
    with pytest.raises(RunIncomplete, match="is a pipe, a socket or a device"):
        read_state(layout)
    assert ["broken"] == [run.status for run in list_runs(layout.path.parent)]


def test_the_state_of_a_run_says_where_it_was_written(tmp_path):
    write_state(Layout(tmp_path), RunState(status="running"))
    assert f'"folder": "{tmp_path}"' in Layout(tmp_path).state.read_text()


def test_a_run_whose_state_is_spoilt_is_alive_while_its_lock_is_held(living):
    """Its worker writes the state again within seconds: meanwhile nobody says that it is dead."""
    folder = living()
    folder.layout.state.write_text("{")
    assert ("broken", None) == status_of(folder)
    with locked(folder.layout):
        assert "starting" == status_of(folder)[0]
