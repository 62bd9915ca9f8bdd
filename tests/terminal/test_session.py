"""A run, its viewers and their terminals: what each of them survives, and what the keys do."""

import json
import os
import signal
import subprocess
import time

import pytest

from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests


def eventually(condition, *, seconds=60):
    """Poll until something is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def status(folder):
    return requests.status_of(folder)[0]


def runs_of(runs_dir):
    """Return the run folders, in the order of their seeds."""
    if not runs_dir.exists():
        return []
    return [RunFolder(path) for path in sorted(runs_dir.iterdir()) if path.name[0] != "."]


def the_run(runs_dir):
    return eventually(lambda: runs_of(runs_dir))[0]


def step_of(folder):
    state = requests.status_of(folder)[1]
    return state.step if state else 0


def goes_on(folder):
    """Wait until a run has done another step."""
    before = step_of(folder)
    eventually(lambda: step_of(folder) > before)
    return status(folder) == "running"


def test_a_viewer_comes_and_goes(view, runs_dir):
    """Leave it, come back, kill it, close its window, pause, resume, stop: one run survives."""
    first = view("run")
    first.sees("q: leave it running")
    assert first.mode
    run = the_run(runs_dir)
    first.type("q")
    assert 0 == first.leaves()
    assert f"paramdyn attach {run.name}" in first.text
    assert not first.mode
    assert goes_on(run)

    second, third = view("attach"), view("attach", run.name[:9], columns=40, rows=12)
    second.sees("train loss")
    third.sees("p: pause   s: stop")
    third.process.kill()
    third.process.wait()
    assert goes_on(run)
    second.close()  # SIGHUP
    second.process.wait(60)
    assert goes_on(run)

    last = view("attach")
    last.sees("train loss")
    last.type("p")
    last.sees("paused")
    assert "paused" == status(run)
    last.type("p")
    last.sees("q: leave it running")
    assert goes_on(run)
    last.type("\x03")
    last.sees("stop [a]fter this epoch")
    last.type("c")
    last.sees("q: leave it running")
    last.type("s")
    last.sees("stop [a]fter this epoch")
    last.type("a")
    assert 130 == last.leaves()
    assert not last.mode
    assert ("stopped", 0) == (status(run), step_of(run) % 10)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12)])
def test_question_fits_and_second_interrupt_stops(view, runs_dir, columns, rows):
    viewer = view("run", columns=columns, rows=rows)
    viewer.sees("train loss")
    viewer.type("\x03")
    viewer.sees("[d]etach")
    assert "[c]ontinue" in viewer.text
    viewer.type("\x03")
    assert 130 == viewer.leaves()
    assert "stopped" == status(the_run(runs_dir))
    assert "Carry on: paramdyn resume" in viewer.text.replace("\n", "")


def test_attach_shows_a_run_that_is_taken_up_again(view, call, runs_dir):
    call("run", "--detach")
    run = the_run(runs_dir)
    assert 0 == call("stop", run.name).returncode
    with run.lock():
        viewer = view("attach", run.name)
        viewer.sees("starting")
        viewer.type("q")
        assert 0 == viewer.leaves()
    assert "stopped" == status(run)


def test_what_is_typed_before_the_picture_is_no_command(view, runs_dir):
    viewer = view("run")
    viewer.type("ps")
    viewer.sees("q: leave it running")
    assert goes_on(the_run(runs_dir))
    assert "[d]etach" not in viewer.text


def test_leaving_a_paused_run_says_how_it_goes_on(view, runs_dir):
    viewer = view("run")
    viewer.sees("q: leave it running")
    viewer.type("p")
    viewer.sees("Paused.")
    viewer.type("q")
    assert 0 == viewer.leaves()
    run = the_run(runs_dir)
    said = viewer.text.replace("\n", "")
    assert f"Run {run.name} stays paused." in said
    assert f"paramdyn resume {run.name}" in said


def test_enter_at_the_question_detaches(view, runs_dir):
    viewer = view("run")
    viewer.sees("train loss")
    viewer.type("\x03")
    viewer.sees("[d]etach")
    viewer.type("\r")
    assert 0 == viewer.leaves()
    assert goes_on(the_run(runs_dir))


def test_sigterm_ends_the_viewer_alone_and_restores_the_terminal(view, runs_dir):
    viewer = view("run")
    viewer.sees("train loss")
    viewer.process.terminate()
    assert 143 == viewer.leaves()
    assert not viewer.mode
    assert goes_on(the_run(runs_dir))


def test_suspended_viewer_gives_the_terminal_back(view, runs_dir):
    viewer = view("run")
    viewer.sees("train loss")
    viewer.type("\x1a")  # orphaned groups ignore the stop, but not the hand-over
    run = the_run(runs_dir)
    assert goes_on(run)
    viewer.process.send_signal(signal.SIGCONT)
    viewer.sees("q: leave it running")
    viewer.type("q")
    assert 0 == viewer.leaves()
    assert not viewer.mode


def test_detached_runs_are_named_listed_and_stopped(call, runs_dir):
    started = call("run", "--detach", "--seeds", "0-2")
    assert (0, 3) == (started.returncode, len(started.stdout.split()))
    first, second, third = runs_of(runs_dir)
    assert started.stdout.split() == [first.name, second.name, third.name]
    assert ["running", "queued", "queued"] == [status(run) for run in (first, second, third)]

    taken = call("stop", second.name, "--json")
    answer = json.loads(taken.stdout)[0]
    assert (0, "stopped") == (taken.returncode, answer["status"])
    assert "taken out of the queue" == answer["message"]
    refused = call("resume", second.name)
    assert (2, "") == (refused.returncode, refused.stdout)
    assert f"Train it: paramdyn run {second.layout.spec}" in refused.stderr
    assert goes_on(first)
    stopped = call("stop", first.name)
    assert 0 == stopped.returncode, stopped.stderr
    assert f"carry on  paramdyn resume {first.name}\n" in stopped.stderr
    eventually(lambda: status(third) == "stopped")
    assert "not begun" in requests.status_of(third)[1].reason
    again = call("stop", first.name)
    assert (0, f"{first.name}: is not running: stopped\n") == (again.returncode, again.stdout)


def test_sequence_survives_its_viewer(view, runs_dir, monkeypatch):
    monkeypatch.setenv("FAKE_STEPS", "40")
    viewer = view("run", "--seeds", "0-2")
    viewer.sees("train loss")
    viewer.process.kill()
    eventually(lambda: len(runs_of(runs_dir)) == 3 and not requests.live_runs(runs_dir))
    assert ["finished"] * 3 == [status(run) for run in runs_of(runs_dir)]


def test_kill_ends_exactly_that_worker_and_its_sequence(call, runs_dir):
    call("run", "--detach", "--seeds", "0-1")
    first, second = runs_of(runs_dir)
    killed = call("stop", "--kill", first.name)
    assert 0 == killed.returncode, killed.stderr
    assert "crashed" == status(first)
    eventually(lambda: status(second) == "stopped")
    assert not Layout(first.path).control.exists()


def test_pause_and_resume_commands(call, runs_dir):
    call("run", "-d")
    run = the_run(runs_dir)
    assert 0 == call("pause", run.name).returncode
    assert "paused" == status(run)
    assert 0 == call("pause", run.name).returncode
    woken = call("resume", run.name, "--json")
    assert (0, "running") == (woken.returncode, json.loads(woken.stdout)["status"])
    os.kill(requests.status_of(run)[1].pid, signal.SIGSTOP)
    eventually(lambda: status(run) == "suspended")
    refused = call("stop", run.name)
    assert (1, True) == (refused.returncode, "paramdyn resume" in refused.stderr)
    call("resume", run.name)
    eventually(lambda: status(run) == "stopped")
    assert 2 == call("pause", run.name).returncode


@pytest.mark.usefixtures("call")
def test_lost_pipe_changes_nothing(script, runs_dir):
    line = " ".join([*script, "run", "2>&1", "|", "head", "-1"])
    said = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=120, check=False
    )
    run = the_run(runs_dir)
    assert f"run {run.name}\n" == said.stdout
    assert goes_on(run)


@pytest.mark.usefixtures("call")
def test_without_a_terminal_sigterm_stops_with_a_checkpoint(script, runs_dir):
    with subprocess.Popen(
        [*script, "run"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as viewer:
        run = the_run(runs_dir)
        goes_on(run)
        viewer.terminate()
        assert 143 == viewer.wait(60)
    assert "stopped" == status(run)


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize("seeds", [(), ("--seeds", "0-1")])
def test_foreground_stays_in_the_group_and_stops_on_sigterm(script, runs_dir, seeds):
    """A scheduler signals the whole group: nobody may be killed by two signals of that kind."""
    with subprocess.Popen(
        [*script, "run", "--foreground", *seeds],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as job:
        run = the_run(runs_dir)
        goes_on(run)
        assert job.pid == os.getpgid(requests.status_of(run)[1].pid)
        os.killpg(job.pid, signal.SIGTERM)
        assert 143 == job.wait(60)
        assert "Stopping after this batch" in job.stderr.read()
    assert {"stopped"} == {status(folder) for folder in runs_of(runs_dir)}


def test_detach_and_foreground_exclude_each_other(call, runs_dir):
    refused = call("run", "--detach", "--foreground")
    assert (2, []) == (refused.returncode, runs_of(runs_dir))
    assert "--detach and --foreground" in refused.stderr


def test_nobody_to_attach_to_and_nothing_to_stop(call):
    assert 2 == call("attach").returncode
    assert 2 == call("stop").returncode
    nothing = call("stop", "--all", "--json")
    assert (0, []) == (nothing.returncode, json.loads(nothing.stdout))
