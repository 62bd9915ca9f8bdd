"""Which command carries on with a run that has ended: the one that works."""

import dataclasses

import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.launch.onward import can_resume, has_begun, way_on


@pytest.fixture
def folder(tmp_path):
    run = RunFolder.create(tmp_path, "lenet", "")
    run.layout.manifest.write_text("{}")
    return run


def ended(folder, status="stopped", **known):
    known = {"total_steps": 10, "checkpoint_step": -1, **known}
    write_state(folder.layout, dataclasses.replace(RunState(status=status), **known))


@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_run_that_ended_before_its_first_checkpoint_is_resumed_from_its_start(folder, status):
    ended(folder, status)
    assert can_resume(folder)
    assert f"paramdyn resume {folder.name} --runs x" == way_on(folder, " --runs x")


def test_checkpoint_that_is_lost_cannot_be_resumed(folder):
    ended(folder, checkpoint_step=5)
    assert not can_resume(folder)
    assert "" == way_on(folder)
    folder.layout.checkpoint.write_bytes(b"x")
    assert can_resume(folder)


@pytest.mark.parametrize("status", ["finished", "diverged"])
def test_run_that_is_over_cannot_be_resumed(folder, status):
    ended(folder, status)
    assert not can_resume(folder)


def test_run_that_only_waited_is_trained_anew(folder):
    folder.layout.manifest.unlink()
    ended(folder, total_steps=0)
    assert not has_begun(folder)
    assert f"paramdyn run {folder.layout.spec}" == way_on(folder)


def test_run_without_a_state_begins_again_unless_that_costs_snapshots(folder):
    folder.layout.state.unlink(missing_ok=True)
    assert has_begun(folder)
    assert "paramdyn resume lenet" == way_on(folder)
    folder.layout.snapshots.mkdir()
    folder.layout.snapshot(0).touch()
    folder.layout.manifest.touch()
    assert "paramdyn resume lenet" == way_on(folder)
    folder.layout.snapshot(20).touch()
    assert "" == way_on(folder)
    folder.layout.checkpoint.touch()
    assert "paramdyn resume lenet" == way_on(folder)
