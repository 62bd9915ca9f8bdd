"""A sequence whose runs wait for their device: what it says, and what ends the waiting."""

import json
import shutil
import sys
from dataclasses import replace

import pytest

from paramdyn.errors import StoreError
from paramdyn.specs.run_spec import RunSpec
from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.state import read_state
from paramdyn_tui.launch import sequence, worker_process
from paramdyn_tui.launch.interrupts import Interrupts
from paramdyn_tui.launch.jobs import Job
from paramdyn_tui.launch.plan import Plan, from_json, to_json

WORKER = """
import json, sys
from dataclasses import replace
from pathlib import Path
from paramdyn.store.layout import Layout
from paramdyn.store.state import read_state, write_state

if sys.argv[1] == "refuse":
    print(json.dumps({"event": "refused", "kind": "DatasetError", "message": "no such file."}))
    sys.exit(2)
layout = Layout(Path(dict(zip(sys.argv[2::2], sys.argv[3::2]))["--into"]))
print(json.dumps({"event": "started", "path": str(layout.path)}), flush=True)
write_state(layout, replace(read_state(layout), status="finished"))
"""


@pytest.fixture
def waiting(tmp_path, monkeypatch, runs_dir):
    """Return a function that carries out jobs on a device that is taken as told, look by look.

    Each of ``looks`` is who is ahead then, or is called and raises or returns that.
    """
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    monkeypatch.setattr(sequence, "LOOK_AROUND_SECONDS", 0.0)

    def run(looks, *, end="finish", count=1, interrupts=None):
        command = [sys.executable, str(script), end]
        monkeypatch.setattr(worker_process, "worker_command", lambda given: [*command, *given])
        left = list(looks)

        def ahead(_self, turn):
            assert "cpu" == turn.device
            look = left.pop(0) if left else []
            return look() if callable(look) else look

        monkeypatch.setattr(sequence.Turns, "ahead_of", ahead)
        said = []
        jobs = [Job(spec=replace(RunSpec(), seed=s), waits_for="cpu") for s in range(count)]
        plan = Plan(jobs=tuple(jobs), runs=runs_dir)
        made = sequence.Sequence(
            plan,
            lambda event, **facts: said.append((event, facts.get("ahead", facts.get("index")))),
            interrupts or Interrupts(),
        )
        status = made.carry_out()
        assert [] == left
        return status, [event for event in said if event[0] not in ("queued", "done")]

    return run


def states(runs_dir):
    return [read_state(Layout(path)) for path in sorted(runs_dir.iterdir())]


def folder_of(runs_dir):
    [folder] = runs_dir.iterdir()
    return folder


def test_run_begins_when_nobody_is_ahead(waiting, runs_dir):
    status, said = waiting([["a"], ["a"], ["b"], []])
    assert (0, [("waiting", ["a"]), ("waiting", ["b"]), ("started", 0), ("ended", 0)]) == (
        status,
        said,
    )
    assert ["finished"] == [state.status for state in states(runs_dir)]


def test_free_device_is_not_waited_for(waiting):
    assert (0, [("started", 0), ("ended", 0)]) == waiting([[]])


def test_each_run_waits_for_itself(waiting, runs_dir):
    _, said = waiting([[], ["a"], []], count=2)
    assert ["started", "ended", "waiting", "started", "ended"] == [event for event, _ in said]
    assert ["finished"] * 2 == [state.status for state in states(runs_dir)]


def test_queued_run_says_what_it_waits_for(waiting, runs_dir):
    seen = []

    def look():
        seen.extend(states(runs_dir))
        return []

    waiting([look])
    assert ("queued", "cpu") == (seen[0].status, seen[0].summary["waits_for"])


def test_queued_run_says_behind_whom_it_waits(waiting, runs_dir):
    seen = []

    def look(ahead):
        def then():
            seen.append(states(runs_dir)[0].reason)
            return ahead

        return then

    waiting([look(["a", "b", "c"]), look(["c"]), look(["c"]), look([])])
    behind = ["", "waiting for cpu, behind 3 runs, first a", *["waiting for cpu, behind c"] * 2]
    assert behind == seen
    assert "" == states(runs_dir)[0].reason


def test_run_that_waits_can_be_taken_out(waiting, runs_dir):
    def cancel():
        control.send(Layout(folder_of(runs_dir)), "stop")
        return ["a"]

    status, said = waiting([cancel])
    assert (0, [("waiting", ["a"]), ("skipped", 0)]) == (status, said)
    assert ["stopped"] == [state.status for state in states(runs_dir)]


def test_folder_that_is_removed_is_not_waited_for(waiting, runs_dir):
    def remove():
        shutil.rmtree(folder_of(runs_dir))
        return ["a"]

    status, said = waiting([remove])
    assert (0, [("waiting", ["a"]), ("skipped", 0)]) == (status, said)


@pytest.mark.parametrize("signal", ["terminations", "kills"])
def test_signal_ends_the_waiting_of_all(waiting, runs_dir, signal):
    interrupts = Interrupts()

    def interrupt():
        setattr(interrupts, signal, 1)
        return ["a"]

    waiting([interrupt], count=2, interrupts=interrupts)
    assert ["stopped"] * 2 == [state.status for state in states(runs_dir)]
    assert {"not begun: the sequence was stopped"} == {state.reason for state in states(runs_dir)}


def test_disk_that_is_away_is_waited_for(waiting):
    def fail():
        raise StoreError("away")

    _, said = waiting([["a"], fail, []])
    assert [("waiting", ["a"]), ("started", 0), ("ended", 0)] == said


def test_run_that_is_refused_after_it_waited_stays_with_the_reason(waiting, runs_dir):
    assert 1 == waiting([["a"], []], end="refuse")[0]
    [state] = states(runs_dir)
    assert ("failed", "no such file.") == (state.status, state.reason)


def test_plan_keeps_what_is_waited_for(runs_dir):
    plan = Plan(jobs=(Job(spec=RunSpec(), waits_for="cuda:1"),), runs=runs_dir)
    assert "cuda:1" == json.loads(to_json(plan))["jobs"][0]["waits_for"]
    assert plan == from_json(to_json(plan))
