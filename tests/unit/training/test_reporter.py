"""The heartbeat: never long silent, never after the end, never in another's folder."""

import json
import time
from dataclasses import asdict, replace

import pytest

from paramdyn.errors import RunBusy, StoreError
from paramdyn.store.layout import Layout
from paramdyn.store.lock import locked
from paramdyn.store.process import this_process
from paramdyn.store.reserve import keep_reserve
from paramdyn.store.state import RunState, effective_status, read_state, write_state
from paramdyn.training import reporter
from paramdyn.training.reporter import Reporter, first_state


@pytest.fixture
def layout(tmp_path):
    with locked(Layout(tmp_path)):
        yield Layout(tmp_path)


@pytest.fixture
def state(layout):
    state = first_state(total_steps=7, summary={"model": "lenet"})
    write_state(layout, state)
    return state


def eventually(condition):
    end = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.002)
    return found


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(reporter, "SILENT_SECONDS", 0.02)
    monkeypatch.setattr(reporter, "_LOOK_SECONDS", 0.005)


def test_what_is_not_given_stays_as_it_was(layout, state):
    reports = Reporter(layout, state)
    reports.report("running", step=3, metrics={"test/loss": 1.0}, reason="for now")
    reports.saved(2)
    reports.report("paused")
    read = read_state(layout)
    assert ("paused", "", 3, 7, 2) == (
        read.status, read.reason, read.step, read.total_steps, read.checkpoint_step,
    )  # fmt: skip
    assert {"test/loss": 1.0} == read.metrics


@pytest.mark.usefixtures("quick")
def test_the_last_report_is_repeated_while_nobody_reports(layout, state):
    with Reporter(layout, state) as reports:
        reports.report("running", step=3)
        first = read_state(layout)
        later = eventually(lambda: (s := read_state(layout)).heartbeat > first.heartbeat and s)
        assert first == replace(later, heartbeat=first.heartbeat)
        reports.report("finished", step=7)
        ended = layout.state.read_bytes()
        reports._thread.join(20)
    assert ended == layout.state.read_bytes()
    assert not reports._thread.is_alive()


@pytest.mark.usefixtures("quick")
def test_what_the_thread_runs_into_is_raised_where_it_can_be(layout, state):
    with Reporter(layout, state) as reports:
        layout.lock.unlink()
        reports._thread.join(20)
        for action in (reports.check, reports.beat, lambda: reports.report("running")):
            with pytest.raises(StoreError, match="its lock is gone"):
                action()
        reports.fail("because")
    assert ("failed", "because") == (read_state(layout).status, read_state(layout).reason)


def test_nothing_is_written_into_another_writers_folder(layout, state):
    reports = Reporter(layout, state)
    before = layout.state.read_bytes()
    other = replace(this_process(), host="elsewhere")
    layout.lock.write_text(json.dumps(asdict(other)))
    with pytest.raises(RunBusy, match="on elsewhere is writing this run"):
        reports.report("running")
    reports.fail("because")
    assert before == layout.state.read_bytes()


def test_a_failure_does_not_replace_the_end(layout, state):
    reports = Reporter(layout, state)
    reports.report("finished")
    reports.fail("closing")
    assert "finished" == read_state(layout).status


def test_the_reserve_is_spent_on_the_last_words(layout, state, monkeypatch):
    keep_reserve(layout)
    assert (layout.path / ".reserve").stat().st_size > 10_000

    def full(layout, state):
        if (layout.path / ".reserve").exists():
            raise StoreError("the disk is full")
        write_state(layout, state)

    monkeypatch.setattr(reporter, "write_state", full)
    reports = Reporter(layout, state)
    with pytest.raises(StoreError, match="the disk is full"):
        reports.report("running")
    reports.fail("the disk is full")
    assert ("failed", "the disk is full") == (read_state(layout).status, read_state(layout).reason)
    assert not (layout.path / ".reserve").exists()


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_a_clock_that_jumps_neither_ends_nor_hurries_a_run(layout, state, monkeypatch, jump):
    reports = Reporter(layout, state)
    reports.report("running", images_per_s=10.0)
    clock = time.time() + jump
    monkeypatch.setattr(time, "time", lambda: clock)
    assert "running" == effective_status(read_state(layout))
    assert not reports.is_due
    reports.report("running")
    assert (clock, 10.0) == (read_state(layout).heartbeat, read_state(layout).images_per_s)
    monkeypatch.undo()
    assert "running" == effective_status(read_state(layout))


def test_no_clock_makes_a_dead_worker_alive():
    dead = RunState(
        status="running", heartbeat=4e9, **asdict(replace(this_process(), pid=2**22 + 1))
    )
    assert "crashed" == effective_status(dead)
