"""A disk that is full, a folder that is read-only, gone, moved or another's: said, and survived."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess

import pytest

from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.records import read
from paramdyn.store.snapshots import read_snapshot
from paramdyn.store.state import effective_status, read_state

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]
SLOW = 0.02
FILES = ("metrics", "drift", "events", "timing")


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a file system of so many kilobytes, and changes it later."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = []

    def mount(options):
        again = "remount," if mounted else ""
        command = ["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(place)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("needs mount")
        if done.returncode != 0:
            pytest.skip(f"needs the right to mount a tmpfs: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield mount
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def check_readable(folder):
    """Every file that is there can be read: no half line, no half snapshot, no half state."""
    layout = Layout(folder)
    for name in FILES:
        content = (
            (folder / f"{name}.jsonl").read_bytes() if (folder / f"{name}.jsonl").exists() else b""
        )
        assert content == b"" or content.endswith(b"\n")
        read(folder / f"{name}.jsonl")
    for snapshot in layout.snapshots.glob("*"):
        read_snapshot(snapshot)
    assert read_state(layout).step >= 0
    assert json.loads(layout.manifest.read_text())["parameters"]


@pytest.mark.parametrize("kilobytes", [420, 700, 1000, 1300])
def test_a_full_disk_stops_the_run_with_its_reason(
    kilobytes, small_disk, nursery, spec_file, go_on, whole, contents
):
    """Too small at different moments: for a snapshot, a checkpoint, or lines of records."""
    disk = small_disk(f"size={kilobytes}k")
    often = {"training.clock:FIRST_CHECKPOINT_SECONDS": 0.2}
    child = nursery.start("--spec", spec_file, "--runs", disk / "runs", settings=often)
    assert 1 == child.wait()
    [folder] = (disk / "runs").glob("[!.]*")
    state = read_state(Layout(folder))
    assert "failed" == state.status
    assert "the disk is full" in state.reason or "Is the disk full?" in state.reason
    assert state.reason in child.stderr
    check_readable(folder)

    small_disk("size=16m")
    again = go_on(folder)
    assert 0 == again.wait(), again.stderr
    assert whole == contents(folder)


def test_a_disk_too_full_to_begin_leaves_nothing(small_disk, nursery, spec_file):
    disk = small_disk("size=20k")
    child = nursery.start("--spec", spec_file, "--runs", disk / "runs")
    assert 1 == child.wait()
    message = json.loads(child.stdout)["message"]
    assert "the disk is full" in message
    assert message.startswith(f"{disk / 'runs'}/lenet-digits-"), message
    assert [] == list((disk / "runs").iterdir())


def test_a_folder_that_becomes_read_only_is_said_though_the_state_cannot_be(
    train, go_on, the_run, whole, contents
):
    child = train(slow=0.1, ordinary=True)
    folder = the_run(steps=1)
    folder.chmod(0o555)
    assert 1 == child.wait()
    assert "state.json: cannot be written: permission denied." in child.stderr
    assert (
        child.stderr.removeprefix("paramdyn worker: ").strip() in (folder / "log.txt").read_text()
    )
    assert "crashed" == effective_status(read_state(Layout(folder)))
    check_readable(folder)
    folder.chmod(0o755)
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_a_file_as_large_as_may_be_stops_the_run(train, go_on, the_run, whole, contents):
    """RLIMIT_FSIZE: a full disk for those who may not mount one."""
    child = train(largest_file=100_000)
    assert 1 == child.wait()
    folder = the_run()
    state = read_state(Layout(folder))
    assert "failed" == state.status
    assert "larger than this system allows" in state.reason
    check_readable(folder)
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_a_deleted_folder_ends_the_worker(train, the_run, eventually):
    child = train(slow=0.2)
    folder = the_run(steps=1)
    eventually(lambda: shutil.rmtree(folder, ignore_errors=True) or not folder.exists())
    assert 1 == child.wait()
    assert "the folder is gone" in child.stderr or "its folder is not there" in child.stderr
    assert not folder.exists()


def test_a_moved_folder_is_not_made_again(train, go_on, the_run, whole, contents, tmp_path):
    child = train(slow=0.1)
    folder = the_run(steps=1)
    moved = folder.rename(tmp_path / "moved")
    assert 1 == child.wait()
    # Whichever notices first says it: the look at the lock, or a snapshot that finds no place.
    assert "the folder is gone" in child.stderr or "its folder is not there" in child.stderr
    assert not folder.exists()
    assert "crashed" == effective_status(read_state(Layout(moved)))
    check_readable(moved)
    assert 0 == go_on(moved).wait()
    assert whole == contents(moved)


def test_a_run_that_another_took_over_is_left_to_it(train, the_run):
    child = train(slow=0.2)
    folder = the_run(steps=1)
    layout = Layout(folder)
    other = dataclasses.asdict(dataclasses.replace(this_process(), pid=os.getpid()))
    layout.lock.write_text(json.dumps(other))
    assert 1 == child.wait()
    assert f"process {os.getpid()} on {other['host']} is writing this run" in child.stderr
    assert "failed" != read_state(layout).status
    assert other == json.loads(layout.lock.read_text())


def test_a_deleted_lock_ends_the_worker(train, go_on, the_run, whole, contents):
    child = train(slow=0.1)
    folder = the_run(steps=1)  # before its first step it may have no lock
    (folder / "lock").unlink()
    assert 1 == child.wait()
    assert "its lock is gone" in child.stderr
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_a_failure_nobody_expected_is_told_everywhere(train, the_run):
    child = train(settings={"training.loop:devices": None})
    assert 1 == child.wait()
    folder = the_run()
    state = read_state(Layout(folder))
    assert "failed" == state.status
    assert state.reason.startswith("AttributeError: 'NoneType' object has no attribute")
    assert f"paramdyn worker: {state.reason}\n" == child.stderr
    log = (folder / "log.txt").read_text()
    assert "CRITICAL paramdyn: a failure that paramdyn did not expect\nTraceback" in log


def test_a_heartbeat_goes_on_while_the_loop_is_busy(train, the_run, eventually, state_of):
    child = train(slow=1000.0)
    folder = the_run()
    first = state_of(folder).heartbeat
    second = eventually(lambda: (b := state_of(folder).heartbeat) > first and b)
    assert second - first < 30
    shutil.rmtree(folder, ignore_errors=True)
    child.signal(signal.SIGKILL)
    assert -signal.SIGKILL == child.wait()
