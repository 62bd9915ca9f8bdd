"""What others do to a living worker: signals and requests. None of it changes what is recorded."""

import json
import os
import signal

import pytest

from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.state import effective_status, silence

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]
SLOW = 0.02  # seconds before each batch: 80 of them leave time to do something


def log_of(folder):
    return (folder / "log.txt").read_text()


def test_a_lost_terminal_changes_nothing(train, the_run, whole, contents, state_of):
    child = train(slow=SLOW)
    folder = the_run()
    for _ in range(3):
        child.signal(signal.SIGHUP)
    assert (0, "finished") == (child.wait(), state_of(folder).status)
    assert whole == contents(folder)


def test_nobody_needs_to_listen(nursery, spec_file, runs_dir, the_run, state_of):
    """What it says on stdout cannot be written, as when whoever started it is gone."""
    child = nursery.start("--spec", spec_file, "--runs", runs_dir, stdout="/dev/full")
    assert (0, "finished") == (child.wait(), state_of(the_run()).status)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_gracefully(number, train, go_on, the_run, whole, contents, state_of):
    child = train(slow=SLOW)
    folder = the_run(steps=3)
    child.signal(number)
    child.signal(number)
    assert 0 == child.wait()
    state = state_of(folder)
    assert ("stopped", "asked to stop") == (state.status, state.reason)
    assert 3 <= state.step == state.checkpoint_step < 80
    assert f"{number.name}: stopping after this batch" in log_of(folder)
    assert "" == child.stderr
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_a_suspended_worker_is_neither_running_nor_crashed(
    train, the_run, eventually, whole, contents, state_of, go_on
):
    child = train(slow=SLOW)
    folder = the_run(steps=1)
    child.signal(signal.SIGSTOP)
    eventually(lambda: effective_status(state_of(folder)) == "suspended")
    second = go_on(folder)
    assert 1 == second.wait()
    said = json.loads(second.stdout)
    assert ("refused", "RunBusy") == (said["event"], said["kind"])
    assert (
        f"is suspended. A run has one writer. Let it go on: kill -CONT {child.pid}"
        in (said["message"])
    )
    child.signal(signal.SIGCONT)
    eventually(lambda: effective_status(state_of(folder)) == "running")
    assert 0 == child.wait()
    assert whole == contents(folder)


def test_a_killed_worker_is_crashed_at_once(train, the_run, state_of):
    child = train(slow=SLOW)
    folder = the_run()
    assert "running" == effective_status(state_of(folder))
    child.signal(signal.SIGKILL)
    child.wait()
    state = state_of(folder)
    assert ("running", "crashed") == (state.status, effective_status(state))


def test_paused_and_resumed_has_the_bytes_of_one_never_paused(
    train, go_on, the_run, eventually, whole, contents, state_of
):
    child = train(slow=SLOW)
    folder = the_run(steps=1)
    layout = Layout(folder)
    control.send(layout, "pause")
    paused = eventually(lambda: (s := state_of(folder)).status == "paused" and s)
    assert paused.step == paused.checkpoint_step
    assert layout.checkpoint.exists()
    beat = eventually(lambda: (s := state_of(folder)).heartbeat > paused.heartbeat and s)
    assert (paused.step, paused.images_per_s) == (beat.step, beat.images_per_s)
    assert ("paused", True) == (effective_status(beat), silence(beat) < 30)
    assert 1 == go_on(folder).wait()  # it is paused, not gone

    control.send(layout, "resume")
    assert 0 == child.wait()
    assert whole == contents(folder)
    said = log_of(folder)
    assert said.index("control: pause") < said.index("paused at step") < said.index("going on at")


@pytest.mark.parametrize("how", ["control", "signal", "kill"])
def test_a_paused_run_can_be_ended(
    how, train, go_on, the_run, eventually, whole, contents, state_of
):
    child = train(slow=SLOW)
    folder = the_run(steps=1)
    control.send(Layout(folder), "pause")
    eventually(lambda: state_of(folder).status == "paused")
    if how == "control":
        control.send(Layout(folder), "stop")
    else:
        child.signal(signal.SIGTERM if how == "signal" else signal.SIGKILL)
    assert (-signal.SIGKILL if how == "kill" else 0) == child.wait()
    ended = effective_status(state_of(folder))
    assert ("crashed" if how == "kill" else "stopped") == ended
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_stop_after_epoch_ends_with_its_scores(
    train, go_on, the_run, eventually, whole, contents, state_of
):
    child = train(slow=SLOW)
    folder = the_run(steps=1)
    control.send(Layout(folder), "stop-after-epoch")
    eventually(
        lambda: (s := state_of(folder)).request == "stop-after-epoch" or s.status != "running"
    )
    assert 0 == child.wait()
    state = state_of(folder)
    assert ("stopped", "", 0) == (state.status, state.request, state.step % 10)
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    assert state.step == last["step"]
    assert "test/accuracy" in last
    assert 0 == go_on(folder).wait()
    assert whole == contents(folder)


def test_resume_takes_stop_after_epoch_back(train, the_run, eventually, whole, contents, state_of):
    child = train(slow=SLOW)
    folder = the_run()
    # paused first: there is no race with the end of the epoch
    control.send(Layout(folder), "pause")
    eventually(lambda: state_of(folder).status == "paused")
    for request in ("stop-after-epoch", "resume"):
        control.send(Layout(folder), request)
        eventually(lambda: not control.is_waiting(Layout(folder)))
    assert 0 == child.wait()
    assert ("finished", "") == (state_of(folder).status, state_of(folder).request)
    assert whole == contents(folder)


def test_an_unknown_word_is_said_and_ignored(train, the_run, whole, contents):
    child = train(slow=SLOW)
    folder = the_run()
    (folder / "control").write_text("stopp\n")
    assert 0 == child.wait()
    assert "control: 'stopp' is no request" in log_of(folder)
    assert "Did you mean 'stop'?" in log_of(folder)
    assert whole == contents(folder)


def test_a_request_to_the_worker_before_is_forgotten(
    train, go_on, the_run, whole, contents, state_of
):
    child = train(slow=SLOW)
    folder = the_run(steps=1)
    child.signal(signal.SIGTERM)
    assert 0 == child.wait()
    control.send(Layout(folder), "stop")
    assert 0 == go_on(folder).wait()
    assert "finished" == state_of(folder).status
    assert whole == contents(folder)
