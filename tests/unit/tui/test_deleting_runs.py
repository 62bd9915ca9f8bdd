"""What is not deleted from the list of runs, and what is."""

import dataclasses
import subprocess
import sys

import pytest

from paramdyn.errors import BadRequest
from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.process import boot_id, host, process_start
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state, write_state
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
