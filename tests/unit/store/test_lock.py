import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import time

import pytest

from paramdyn.errors import RunBusy, StoreError
from paramdyn.store import lock
from paramdyn.store.atomic import write_whole
from paramdyn.store.layout import Layout
from paramdyn.store.lock import check_held, lock_holder, locked
from paramdyn.store.process import this_process
from paramdyn.store.state import RunState, write_state

TAKES_THE_LOCK = """
import sys
from pathlib import Path
from paramdyn.errors import RunBusy
from paramdyn.store.layout import Layout
from paramdyn.store.lock import locked
sys.stdin.readline()
try:
    with locked(Layout(Path(sys.argv[1]))):
        print("taken", flush=True)
        sys.stdin.readline()
except RunBusy:
    print("busy", flush=True)
"""


@pytest.fixture
def layout(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "WATCH_SECONDS", 0.3)
    return Layout(tmp_path)


def leave_lock(layout, *, age=0.0, **changes):
    process = dataclasses.replace(this_process(), **changes)
    layout.lock.write_text(json.dumps(dataclasses.asdict(process)))
    os.utime(layout.lock, (time.time() - age,) * 2)


def contender(layout):
    return subprocess.Popen(
        [sys.executable, "-S", "-c", TAKES_THE_LOCK, str(layout.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )


def test_the_lock_says_who_writes_and_goes_away(layout):
    with locked(layout):
        assert lock_holder(layout) == this_process()
        assert json.loads(layout.lock.read_text())["pid"] == os.getpid()
    assert not layout.lock.exists()
    assert lock_holder(layout) is None


def test_the_lock_goes_away_after_an_error(layout):
    with pytest.raises(ZeroDivisionError), locked(layout):
        raise ZeroDivisionError
    assert not layout.lock.exists()


def test_a_second_writer_is_refused(layout):
    with locked(layout):
        words = f"process {os.getpid()} on .* is writing this run"
        with pytest.raises(RunBusy, match=words), locked(layout):
            pass
        assert layout.lock.exists()


def test_a_dead_writers_lock_is_taken_over(layout):
    leave_lock(layout, process_start=1.0)
    assert lock_holder(layout) is None
    with locked(layout):
        assert lock_holder(layout) == this_process()


@pytest.mark.parametrize("changes", [{"host": "elsewhere"}, {"boot_id": "before"}])
def test_another_machine_is_judged_by_its_heartbeat(layout, changes):
    leave_lock(layout, age=3600, **changes)
    write_state(layout, RunState(status="running", heartbeat=time.time()))
    with pytest.raises(RunBusy), locked(layout):
        pass
    write_state(layout, RunState(status="running", heartbeat=time.time() - 3600))
    with locked(layout):
        assert lock_holder(layout) == this_process()


@pytest.mark.parametrize("sign", ["heartbeat", "lock"])
def test_a_sign_of_life_counts_whatever_the_clocks_say(layout, monkeypatch, sign):
    """The other machine's clock is an hour behind: only that something changes can be trusted."""
    leave_lock(layout, age=3600, host="elsewhere")
    write_state(layout, RunState(status="running", heartbeat=time.time() - 3600))

    def live(_seconds):
        if sign == "heartbeat":
            write_state(layout, RunState(status="running", heartbeat=time.time() - 3599))
        else:
            os.utime(layout.lock, (time.time() - 3599,) * 2)

    monkeypatch.setattr(lock.time, "sleep", live)
    with pytest.raises(RunBusy), locked(layout):
        pass


def test_a_lock_is_kept_young(layout, monkeypatch):
    monkeypatch.setattr(lock, "TOUCH_SECONDS", 0.005)
    with locked(layout):
        os.utime(layout.lock, (0, 0))
        end = time.monotonic() + 20
        while layout.lock.stat().st_mtime == 0:
            assert time.monotonic() < end


def test_a_lost_lock_is_noticed(layout):
    with locked(layout):
        check_held(layout)
        leave_lock(layout, host="elsewhere")
        with pytest.raises(RunBusy, match="on elsewhere is writing this run"):
            check_held(layout)
        layout.lock.unlink()
        with pytest.raises(StoreError, match=r"its lock is gone.*resume it"):
            check_held(layout)


def test_a_lost_folder_is_noticed(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    with locked(Layout(folder)):
        folder.rename(tmp_path / "moved")
        with pytest.raises(StoreError, match="the folder is gone"):
            check_held(Layout(folder))
    assert (tmp_path / "moved" / "lock").exists()


def test_another_machine_that_just_took_it_is_alive(layout):
    leave_lock(layout, host="elsewhere")
    with pytest.raises(RunBusy), locked(layout):
        pass


def test_a_lock_without_content_is_judged_by_its_age(layout):
    layout.lock.touch()
    with pytest.raises(RunBusy, match="a process that just started"), locked(layout):
        pass
    os.utime(layout.lock, (0, 0))
    with locked(layout):
        assert lock_holder(layout) == this_process()


def test_a_lock_that_another_took_over_is_left_alone(layout):
    with locked(layout):
        leave_lock(layout, host="elsewhere")
    assert layout.lock.exists()


def test_leftovers_of_a_killed_writer_are_cleared(layout):
    layout.snapshots.mkdir()
    (layout.path / ".state.json.12345678.tmp").touch()
    (layout.snapshots / ".best.safetensors.12345678.tmp").touch()
    with locked(layout):
        assert sorted(path.name for path in layout.path.rglob("*")) == ["lock", "snapshots"]


def test_a_vanished_folder_is_an_error_in_words(tmp_path):
    gone = Layout(tmp_path / "gone")
    with pytest.raises(StoreError, match="its folder is not there"), locked(gone):
        pass


def test_only_one_of_many_takes_over(layout):
    leave_lock(layout, process_start=1.0)
    children = [contender(layout) for _ in range(5)]
    for child in children:
        child.stdin.write(b"go\n")
        child.stdin.flush()
    said = [child.stdout.readline() for child in children]
    for child in children:
        child.communicate(b"end\n")
    assert sorted(said) == [b"busy\n"] * 4 + [b"taken\n"]


def test_a_lock_replaced_while_waiting_is_judged_anew(layout, monkeypatch):
    entered = []

    @contextlib.contextmanager
    def another_was_faster(_descriptor):
        entered.append(layout.lock.stat().st_ino)
        if len(entered) == 1:
            write_whole(layout.lock, layout.lock.read_bytes())
        yield

    leave_lock(layout, process_start=1.0)
    monkeypatch.setattr(lock, "_only_one_judges", another_was_faster)
    with locked(layout):
        assert len(set(entered)) == 2


def test_a_killed_holder_is_followed_at_once(layout):
    with contender(layout) as child:
        child.stdin.write(b"go\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"taken\n"
        with pytest.raises(RunBusy), locked(layout):
            pass
        child.kill()
    with locked(layout):
        assert lock_holder(layout) == this_process()
