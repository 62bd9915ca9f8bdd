import dataclasses
import shutil
import time

import pytest

from paramdyn.errors import StoreError
from paramdyn.specs.run_spec import PerturbationSpec, RunSpec
from paramdyn.store import run_index
from paramdyn.store.process import this_process
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import RunState, write_state
from paramdyn.store.summary import summary_of


def make(runs, name, spec_toml="", **fields):
    folder = RunFolder.create(runs, name, spec_toml)
    write_state(folder.layout, RunState(**{"status": "finished", **fields}))
    return folder


def test_newest_first(runs_dir):
    for day in ("2026-01-01", "2026-01-03", "2026-01-02"):
        make(runs_dir, day, summary={"created": day})
    assert [run.name for run in list_runs(runs_dir)] == ["2026-01-03", "2026-01-02", "2026-01-01"]


@pytest.fixture
def runs_dir(tmp_path):
    return tmp_path / "runs"


def test_one_run(runs_dir):
    spec = RunSpec(seed=3, perturbations=(PerturbationSpec(), PerturbationSpec(name="shuffle")))
    summary = summary_of(spec, created="2026", parent={"run": "base", "step": 24})
    folder = make(
        runs_dir,
        "one",
        epoch=2.0,
        step=24,
        total_steps=24,
        metrics={"test/accuracy": 0.5},
        summary=summary,
    )
    (run,) = list_runs(runs_dir)
    assert (run.name, run.path, run.status, run.problem) == ("one", folder.path, "finished", None)
    assert (run.model, run.dataset, run.initializer, run.optimizer, run.seed) == (
        "lenet",
        "digits",
        "default",
        "sgd",
        3,
    )
    assert run.perturbations == "sign-flip + shuffle"
    assert (run.created, run.parent) == ("2026", "base@24")
    assert (run.epoch, run.step, run.total_steps) == (2.0, 24, 24)
    assert run.metrics == {"test/accuracy": 0.5}


def test_a_crashed_run_is_said_to_be(runs_dir):
    me = dataclasses.replace(this_process(), process_start=1.0)
    fields = {**dataclasses.asdict(me), "status": "running", "heartbeat": time.time()}
    make(runs_dir, "one", **fields)
    assert list_runs(runs_dir)[0].status == "crashed"


def test_no_runs(runs_dir):
    assert list_runs(runs_dir) == []
    runs_dir.mkdir()
    (runs_dir / "README.md").touch()
    (runs_dir / ".hidden").mkdir()
    assert list_runs(runs_dir) == []


def test_a_runs_folder_that_is_a_file(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(StoreError, match="cannot be read"):
        list_runs(tmp_path / "runs")


SPEC = 'seed = 4\n[model]\nname = "vgg19"\n[[perturbations]]\nname = "shuffle"\n'


@pytest.mark.parametrize(
    ("spec", "state", "expected", "problem"),
    [
        (SPEC, None, ("vgg19", 4, "shuffle"), "state.json: is missing"),
        (SPEC, '{"status"', ("vgg19", 4, "shuffle"), "is no JSON"),
        (SPEC, '{"status": 1}', ("vgg19", 4, "shuffle"), "'status' is 1"),
        (SPEC, '{"schema_version": 9}', ("", None, ""), "schema version 9"),
        ("[model", None, ("", None, ""), "state.json: is missing"),
        ('model = "x"\nperturbations = 3', None, ("", None, ""), "state.json: is missing"),
    ],
)
def test_a_broken_folder_is_listed_with_its_problem(runs_dir, spec, state, expected, problem):
    folder = RunFolder.create(runs_dir, "broken", spec)
    if state is not None:
        folder.layout.state.write_text(state)
    (run,) = list_runs(runs_dir)
    assert (run.name, run.status) == ("broken", "broken")
    assert (run.model, run.seed, run.perturbations) == expected
    assert problem in run.problem


def test_a_folder_that_is_no_run_is_listed_with_its_problem(runs_dir):
    (runs_dir / "other").mkdir(parents=True)
    (run,) = list_runs(runs_dir)
    assert (run.status, "is missing" in run.problem) == ("broken", True)


def test_a_run_that_is_deleted_while_it_is_listed_is_not_listed(runs_dir, monkeypatch):
    for name in ("kept", "deleted"):
        make(runs_dir, name, status="finished")
    names = run_index.run_names(runs_dir)
    shutil.rmtree(runs_dir / "deleted")
    monkeypatch.setattr(run_index, "run_names", lambda _: names)
    assert ["kept"] == [run.name for run in list_runs(runs_dir)]
