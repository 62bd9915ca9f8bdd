"""A run whose state.json is lost goes on from its other files, or says what would be lost."""

import dataclasses
import json
import os
import signal

import pytest

from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.process import gone, this_process
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import summarize
from paramdyn.store.state import RunState, read_state, write_state
from paramdyn_tui.__main__ import main
from paramdyn_tui.launch.onward import can_resume

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]


def delete(state):
    state.unlink()


def empty(state):
    state.write_bytes(b"")


def cut(state):
    state.write_bytes(state.read_bytes()[:300])


LOSSES = pytest.mark.parametrize("lose", [delete, empty, cut])


def everything(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "log.txt"
    }


def finish(child, the_run):
    assert 0 == child.wait(), child.stderr
    return the_run()


@LOSSES
def test_before_the_first_checkpoint_it_begins_again(
    lose, train, the_run, go_on, whole, contents, eventually
):
    child = train(slow=1000.0)
    folder = the_run()
    eventually((folder / "snapshots" / "step-00000000.safetensors").exists)
    child.signal(signal.SIGKILL)
    child.wait()
    lose(folder / "state.json")
    assert not (folder / "checkpoint.pt").exists()
    assert can_resume(RunFolder(folder))
    again = go_on(folder)
    assert 0 == again.wait(), again.stdout
    assert whole == contents(folder)
    assert "finished" == read_state(Layout(folder)).status


@LOSSES
def test_after_a_checkpoint_it_goes_on_from_that(
    lose, train, the_run, go_on, whole, contents, eventually
):
    child = train(slow=0.02, settings={"training.clock:FIRST_CHECKPOINT_SECONDS": 0.3})
    folder = the_run(steps=1)
    eventually((folder / "checkpoint.pt").exists)
    child.signal(signal.SIGKILL)
    child.wait()
    lose(folder / "state.json")
    assert can_resume(RunFolder(folder))
    again = go_on(folder)
    assert 0 == again.wait(), again.stdout
    assert "resumed at step " in (folder / "log.txt").read_text()
    assert whole == contents(folder)


def test_snapshots_are_not_overwritten_when_the_checkpoint_is_lost_too(
    train, the_run, go_on, eventually
):
    child = train(slow=0.02)
    folder = the_run(steps=1)
    eventually((folder / "snapshots" / "step-00000020.safetensors").exists)
    child.signal(signal.SIGKILL)
    child.wait()
    (folder / "state.json").unlink()
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    (folder / "lock").unlink()
    before = everything(folder)
    assert not can_resume(RunFolder(folder))
    again = go_on(folder)
    assert 1 == again.wait()
    assert "state.json and its checkpoint are lost" in again.stdout
    assert f"paramdyn run --from {folder.name}@20" in again.stdout
    assert before == everything(folder)


@LOSSES
def test_a_finished_run_gets_its_state_back(lose, train, the_run, go_on):
    folder = finish(train(), the_run)
    before, state = everything(folder), read_state(Layout(folder))
    lose(folder / "state.json")
    assert "broken" == summarize(folder).status
    again = go_on(folder)
    assert 2 == again.wait()
    assert "has finished" in again.stdout
    assert "written again" in again.stdout
    restored = read_state(Layout(folder))
    for name in ("status", "epoch", "step", "total_steps", "metrics", "summary", "reason"):
        assert getattr(state, name) == getattr(restored, name), name
    assert state.images_per_s == pytest.approx(restored.images_per_s, rel=0.5)
    assert {**before, (folder / "state.json").relative_to(folder): b""} == {
        **everything(folder),
        (folder / "state.json").relative_to(folder): b"",
    }


def test_a_queued_run_begins(spec_file, runs_dir, go_on, whole, contents):
    folder = RunFolder.create(
        runs_dir, "queued", spec_file.read_text(),
        lambda made: write_state(made.layout, RunState(status="queued", pid=0)),
    )  # fmt: skip
    folder.layout.state.write_bytes(b"")
    child = go_on(folder.path)
    assert 0 == child.wait(), child.stdout
    assert {name: data for name, data in whole.items() if name != "spec.toml"} == {
        name: data for name, data in contents(folder.path).items() if name != "spec.toml"
    }


@pytest.mark.parametrize("by", ["worker", "command"])
def test_a_kill_between_the_end_and_tidying_leaves_a_finished_run(
    by, train, the_run, go_on, capsys
):
    """The state says finished, and the checkpoint, the lock and the reserve are there still."""
    folder = finish(train(), the_run)
    sound = {path.name for path in folder.iterdir()}
    for name in ("checkpoint.pt", ".reserve"):
        (folder / name).write_bytes(b"left")
    (folder / "lock").write_text(json.dumps(dataclasses.asdict(gone(this_process()))))
    state = read_state(Layout(folder))
    assert not can_resume(RunFolder(folder))
    if by == "worker":
        again = go_on(folder)
        status, said = again.wait(), again.stdout
    else:
        status, said = main(["resume", str(folder)]), capsys.readouterr().err
    assert (2, True) == (status, "has finished" in said), said
    assert sound == {path.name for path in folder.iterdir()}
    assert state == read_state(Layout(folder))


def test_a_damaged_checkpoint_is_said_and_costs_nothing(train, the_run, go_on):
    child = train(slow=0.05)
    folder = the_run(steps=1)
    control.send(Layout(folder), control.STOP)
    assert 0 == child.wait()
    checkpoint = folder / "checkpoint.pt"
    data = bytearray(checkpoint.read_bytes())
    data[len(data) // 2] ^= 1
    checkpoint.write_bytes(data)
    before = everything(folder)
    again = go_on(folder)
    assert 1 == again.wait()
    assert "checkpoint.pt: is damaged: a part of it, 'data/" in again.stdout
    assert before == everything(folder)
    assert "stopped" == read_state(Layout(folder)).status
