"""Several runs one after another: what ends the sequence, and what is left of those not begun."""

import shutil
import sys
from dataclasses import replace

import pytest

from paramdyn.errors import BadRequest
from paramdyn.specs.run_spec import RunSpec
from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import effective_status, read_state, write_state
from paramdyn_tui.launch import queued, worker_process
from paramdyn_tui.launch.interrupts import Interrupts
from paramdyn_tui.launch.jobs import Job, check_jobs
from paramdyn_tui.launch.plan import Plan, from_json, to_json
from paramdyn_tui.launch.sequence import Sequence
from paramdyn_tui.run_page import status_text

WORKER = """
import json, sys, tomllib
from dataclasses import replace
from pathlib import Path
from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import read_state, write_state

given = dict(zip(sys.argv[2::2], sys.argv[3::2]))
layout = Layout(Path(given["--into"]))
spec = tomllib.loads(layout.spec.read_text())
ends = sys.argv[1].split(",")
end = ends[min(spec["seed"], len(ends) - 1)]
if end == "refused":
    print(json.dumps({"event": "refused", "kind": "DatasetError", "message": "mnist: not there.",
                      "exit_status": 2}))
    sys.exit(2)
print(json.dumps({"event": "started", "path": str(layout.path)}), flush=True)
me = this_process()
state = replace(read_state(layout), pid=me.pid, process_start=me.process_start, status="running",
                summary={"arm": given.get("--arm", ""), "control_of": given.get("--of", "")})
if end == "killed":
    write_state(layout, state)
    control.send(layout, "stop")
    sys.exit(9)
write_state(layout, replace(state, status=end))
sys.exit(end not in ("finished", "stopped"))
"""


@pytest.fixture
def carry_out(tmp_path, monkeypatch, runs_dir):
    """Return a function that carries out jobs whose runs end as told, by their seeds."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER)

    def run(jobs, ends):
        command = [sys.executable, str(script), ends]
        monkeypatch.setattr(worker_process, "worker_command", lambda given: [*command, *given])
        said = []
        sequence = Sequence(
            Plan(jobs=tuple(jobs), runs=runs_dir),
            lambda event, **facts: said.append((event, facts.get("index"))),
            Interrupts(),
        )
        return sequence.carry_out(), said

    return run


def seeds(count, **more):
    return [Job(spec=replace(RunSpec(), seed=seed), **more) for seed in range(count)]


def states(runs_dir):
    """Return the states in the order of the seeds."""
    return [read_state(Layout(path)) for path in sorted(runs_dir.iterdir(), key=_seed)]


def _seed(path):
    return path.name.split("-")[-2]


def statuses(runs_dir):
    return [effective_status(state) for state in states(runs_dir)]


def test_runs_wait_in_folders_of_their_own(runs_dir):
    Sequence(Plan(jobs=tuple(seeds(3)), runs=runs_dir), lambda *_, **__: None, Interrupts())
    assert ["queued"] * 3 == statuses(runs_dir)
    assert {this_process()} == {state.process for state in states(runs_dir)}


def test_a_failed_run_does_not_end_the_sequence(carry_out, runs_dir):
    status, said = carry_out(seeds(3), "diverged,refused,finished")
    assert (1, ["diverged", "failed", "finished"]) == (status, statuses(runs_dir))
    assert "mnist: not there." == states(runs_dir)[1].reason
    assert [("started", 0), ("ended", 0), ("refused", 1), ("started", 2), ("ended", 2)] == said[3:8]


@pytest.mark.parametrize(("end", "status"), [("stopped", 0), ("killed", 1)])
def test_a_run_that_was_asked_to_stop_ends_the_sequence(carry_out, runs_dir, end, status):
    found, _ = carry_out(seeds(3), f"finished,{end},finished")
    first, _second, third = states(runs_dir)
    assert (status, "finished", "stopped") == (found, first.status, third.status)
    assert "not begun: " in third.reason
    assert not any(control.is_waiting(Layout(path)) for path in runs_dir.iterdir())


def test_nothing_is_left_when_the_first_run_is_refused(carry_out, runs_dir):
    _, said = carry_out(seeds(3), "refused")
    assert ("refused", 0) == said[3]
    assert [] == list(runs_dir.iterdir())


@pytest.mark.parametrize(("end", "child"), [("finished", "finished"), ("failed", "failed")])
def test_a_run_that_starts_from_another_needs_it(carry_out, runs_dir, end, child):
    parent, later = seeds(2)
    carry_out([parent, replace(later, start_of=0, of=0, arm="twin")], f"{end},finished")
    first, second = states(runs_dir)
    assert [end, child] == [first.status, second.status]
    name = next(path.name for path in runs_dir.iterdir() if "-s0-" in path.name)
    assert {"arm": "twin", "control_of": name}.items() <= second.summary.items()
    if child == "failed":
        assert f"it starts from {name}, which is failed" in second.reason
    text = next(path for path in runs_dir.iterdir() if "-s1-" in path.name) / "spec.toml"
    assert f"run:{name}" in text.read_text()


def test_an_existing_run_is_named_and_not_trained(carry_out, runs_dir):
    carry_out(seeds(1), "finished")
    [there] = runs_dir.iterdir()
    first, second = seeds(2)
    jobs = [replace(first, existing=there.name), replace(second, of=0)]
    assert 0 == carry_out(jobs, "failed,finished")[0]
    assert ["finished", "finished"] == statuses(runs_dir)
    assert there.name == states(runs_dir)[1].summary["control_of"]


def test_a_waiting_run_that_is_removed_or_stopped_is_passed_over(carry_out, runs_dir, monkeypatch):
    monkeypatch.setattr("paramdyn_tui.launch.sequence.LOOK_AROUND_SECONDS", 0.0)
    looked = []

    def look_around(sequence, **_):
        if not looked:
            looked.append(1)
            folders = sorted(runs_dir.iterdir(), key=_seed)
            shutil.rmtree(folders[1])
            control.send(Layout(folders[2]), "stop")
        original(sequence, every=0.0)

    original = Sequence.look_around
    monkeypatch.setattr(Sequence, "look_around", look_around)
    status, said = carry_out(seeds(4), "finished")
    assert (0, ["finished", "stopped", "finished"]) == (status, statuses(runs_dir))
    assert [("skipped", 1), ("skipped", 2)] == [each for each in said if each[0] == "skipped"]


def test_a_waiting_run_says_behind_whom_it_waits(carry_out, runs_dir, monkeypatch):
    names, seen = [], []

    def reasons():
        return [state.reason.replace(names[0], "first") for state in states(runs_dir)]

    def attend(sequence, member, worker):
        if not names:
            names.extend(path.name for path in sorted(runs_dir.iterdir(), key=_seed))
            seen.append(reasons())
            shutil.rmtree(runs_dir / names[1])
            sequence.look_around(every=0.0)
        seen.append(reasons())
        return original(sequence, member, worker)

    original = Sequence._attend
    monkeypatch.setattr(Sequence, "_attend", attend)
    carry_out(seeds(4), "finished")
    three = ["", "behind first", *(f"behind {n} runs of its sequence, first first" for n in (2, 3))]
    assert [three, three[:1] + three[1:3], ["", "", f"behind {names[2]}"], [""] * 3] == seen


def test_nobody_waits_behind_others_when_its_sequence_is_gone(runs_dir):
    first, second = queued.enqueue(tuple(seeds(2)), runs_dir)
    queued.say_order([first, second], first)
    state = read_state(second.folder.layout)
    assert f"queued: behind {first.folder.name}" == status_text(state)
    assert f"behind {first.folder.name}" in [row.reason for row in list_runs(runs_dir)]
    gone = replace(state, process_start=1.0)
    write_state(second.folder.layout, gone)
    assert "behind" not in status_text(gone)
    assert {("queued", ""), ("crashed", "")} == {(r.status, r.reason) for r in list_runs(runs_dir)}


def test_plans_survive_the_way_to_the_process(tmp_path):
    first, second = seeds(2)
    jobs = (first, replace(second, of=0, arm="twin", start_of=0))
    plan = Plan(jobs=jobs, runs=tmp_path, data=("--data", "x"), command=("paramdyn", "run"))
    assert plan == from_json(to_json(plan))


@pytest.mark.parametrize("wrong", [{"of": 1}, {"of": 7}, {"start_of": 1}, {"start_of": -1}])
def test_jobs_refer_to_jobs_that_are_there(wrong):
    first, second = seeds(2)
    with pytest.raises(BadRequest, match="job 1: "):
        check_jobs([first, replace(second, **wrong)])
    with pytest.raises(BadRequest, match="there is none"):
        check_jobs([])


def test_a_run_that_is_being_queued_is_never_seen_without_its_state(runs_dir, monkeypatch):
    """Whoever makes them may be killed before the last of them is there."""
    seen = []
    look = lambda *_: seen.append([run.status for run in list_runs(runs_dir, cached=False)]) or ""  # noqa: E731
    monkeypatch.setattr(queued, "_control_of", look)
    queued.enqueue(tuple(seeds(2)), runs_dir)
    assert [["queued"] * 2] * 2 == seen
