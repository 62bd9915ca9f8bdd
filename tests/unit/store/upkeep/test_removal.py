"""Deleting runs: whole or not at all, never a living one, never outside of the runs folder."""

import dataclasses
import shutil
import time

import pytest

from paramdyn.errors import RunBusy, StoreError
from paramdyn.store.process import this_process
from paramdyn.store.run_index import list_runs
from paramdyn.store.run_summary import RunSummary
from paramdyn.store.upkeep import removal
from paramdyn.store.upkeep.removal import descendants, plan_removal, remove_run, size_on_disk, sweep


@pytest.fixture
def planned(runs_dir):
    """Return a function that plans the removal of the run of a name."""

    def plan(name):
        everything = list_runs(runs_dir)
        return plan_removal(next(run for run in everything if run.name == name), everything)

    return plan


def test_a_run_is_deleted_and_nothing_else(make_run, runs_dir):
    folder = make_run("a")
    make_run("b")
    folder.layout.snapshots.mkdir()
    folder.layout.best_snapshot.write_bytes(b"x" * 5000)
    remove_run(folder.path)
    assert ["b"] == [path.name for path in runs_dir.iterdir()]


def test_a_run_that_is_written_stays_whole(make_run, runs_dir):
    folder = make_run("a")
    before = sorted(path.name for path in folder.path.iterdir())
    with folder.lock(), pytest.raises(RunBusy):
        remove_run(folder.path)
    assert before == sorted(path.name for path in folder.path.iterdir())
    assert ["a"] == [path.name for path in runs_dir.iterdir()]


@pytest.mark.parametrize("status", ["running", "paused", "queued"])
def test_a_living_run_is_refused(make_run, planned, status):
    me = dataclasses.asdict(this_process())
    make_run("a", status=status, heartbeat=time.time(), **me)
    assert planned("a").refusal == f"is {status}. Stop it first: paramdyn stop a"


def test_a_silent_run_of_another_machine_is_refused(make_run, planned):
    make_run("a", status="running", pid=1, host="elsewhere", boot_id="x", heartbeat=1.0)
    assert "is stale" in planned("a").refusal


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "finished"},
        {"status": "failed"},
        {"status": "queued"},
        {"status": "running", **dataclasses.asdict(this_process()), "process_start": 1.0},
    ],
)
def test_a_run_without_a_process_is_not_refused(make_run, planned, fields):
    make_run("a", **fields)
    assert "" == planned("a").refusal


def test_a_locked_run_is_refused_whatever_its_state_says(make_run, planned):
    folder = make_run("a")
    with folder.lock():
        assert "is starting. Stop it first: paramdyn stop a" == planned("a").refusal


def test_what_is_no_run_is_refused(runs_dir, planned):
    (runs_dir / "photos").mkdir()
    (runs_dir / "photos" / "one.jpg").touch()
    assert "it is no run" in planned("photos").refusal


def test_a_run_of_a_newer_paramdyn_is_refused(make_run, planned):
    make_run("a").layout.state.write_text('{"schema_version": 9}')
    assert "newer paramdyn" in planned("a").refusal


def test_a_broken_run_may_go(make_run, planned):
    make_run("a").layout.state.write_text("{")
    assert "" == planned("a").refusal


def test_a_link_goes_and_its_target_stays(make_run, runs_dir, tmp_path, planned):
    shutil.move(make_run("a").path, tmp_path / "kept")
    (runs_dir / "a").symlink_to(tmp_path / "kept")
    plan = planned("a")
    assert (0, str(tmp_path / "kept")) == (plan.size, plan.link)
    remove_run(runs_dir / "a")
    assert [] == list(runs_dir.iterdir())
    assert (tmp_path / "kept" / "state.json").is_file()


def test_links_inside_a_run_are_not_followed(make_run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"x" * 100_000)
    folder = make_run("a")
    before = size_on_disk(folder.path)
    (folder.path / "link").symlink_to(outside)
    assert size_on_disk(folder.path) < before + 100_000
    remove_run(folder.path)
    assert (outside / "file").is_file()


def test_children_and_descendants(make_run, runs_dir, planned):
    for name, parent in [("base", None), ("one", "base"), ("two", "one"), ("other", "elsewhere")]:
        make_run(name, parent=parent)
    assert ("one",) == planned("base").children
    everything = list_runs(runs_dir)
    assert ["one", "two"] == [run.name for run in descendants(["base"], everything)]
    assert [] == descendants(["two"], everything)


def test_killed_while_deleting_leaves_no_run_and_is_swept(make_run, runs_dir, monkeypatch):
    folder = make_run("a")

    def killed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(removal.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        remove_run(folder.path)
    monkeypatch.undo()
    [left] = runs_dir.iterdir()
    assert left.name.startswith(".trash-a-")
    assert [] == list_runs(runs_dir)
    sweep(runs_dir)
    assert [] == list(runs_dir.iterdir())


def test_what_cannot_be_renamed_stays_whole(make_run, monkeypatch):
    folder = make_run("a")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(folder.path), "rename", refused)
    with pytest.raises(StoreError, match="cannot be deleted: permission denied"):
        remove_run(folder.path)
    assert folder.layout.state.is_file()
    assert not folder.layout.lock.exists()


def test_sweep_leaves_what_is_not_its_own(make_run, runs_dir, tmp_path):
    make_run("a")
    (tmp_path / "outside").mkdir()
    (runs_dir / ".trash-link").symlink_to(tmp_path / "outside")
    (runs_dir / ".hidden").mkdir()
    sweep(runs_dir)
    sweep(tmp_path / "absent")
    assert [".hidden", ".trash-link", "a"] == sorted(path.name for path in runs_dir.iterdir())
    assert (tmp_path / "outside").is_dir()


def test_a_run_that_vanished_meanwhile(runs_dir):
    run = RunSummary(name="gone", runs=runs_dir, status="finished")
    assert 0 == plan_removal(run, []).size
    with pytest.raises(StoreError):
        remove_run(run.path)
