"""Questions about a run that trains at that moment: one moment of it, named, and no verdict."""

import json
import os

import numpy as np
import pytest
import torch

from paramdyn import catalogues
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.movement.trajectory import series, trajectory
from paramdyn.analysis.subjects import END, live_note, open_run, standing
from paramdyn.checkpoints import load_checkpoint
from paramdyn.errors import RunIncomplete, RunNotFound
from paramdyn.store import control
from paramdyn.store.columns import read_columns
from paramdyn.store.layout import Layout
from paramdyn.store.records import read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]
SLOW = 0.02  # seconds before each batch: 80 of them leave time to ask something
ENDS_ONLY = 'snapshots = ["init", "final"]'


@pytest.fixture
def pause(eventually, state_of):
    """Return a function that has a run pause, and returns the step at which it waits."""

    def ask(folder):
        control.send(Layout(folder), control.PAUSE)
        eventually(lambda: state_of(folder).status == "paused")
        return state_of(folder).step

    return ask


@pytest.fixture
def without_snapshots(spec_file):
    """Have the worker keep nothing between its start and its end but its checkpoint."""
    text = spec_file.read_text()
    spec_file.write_text(text.replace('snapshots = ["init", "every:2", "final"]', ENDS_ONLY))


@pytest.fixture
def answer(capfd):
    """Return a function that asks on the command line and returns status, JSON and stderr."""
    from paramdyn_tui.__main__ import main

    def ask(question, folder):
        capfd.readouterr()
        arguments = ["--runs", str(folder.parent), "--device", "cpu", "--images", "40", "--json"]
        status = main(["analyze", question, folder.name, *arguments])
        said = capfd.readouterr()
        return status, json.loads(said.out) if said.out else None, said.err

    return ask


@pytest.mark.usefixtures("without_snapshots")
def test_every_question_is_answered_of_the_checkpoint_of_a_paused_run(
    train, the_run, pause, answer, eventually, state_of
):
    child = train(slow=SLOW)
    folder = the_run(steps=12)
    step = pause(folder)
    last = read_columns(folder / "metrics.jsonl").step[-1]
    assert 0 < step < 80
    for question in catalogues.QUESTIONS:
        status, found, err = answer(question, folder)
        assert (0, "") == (status, err), question
        [subject] = found["subjects"]
        keys = ("status", "step", "values", "last_record")
        assert ["paused", step, "checkpoint", last] == [subject[key] for key in keys], question
        [note, *_] = found["answers"][0]["notes"]
        assert f"is paused: its values are those of step {step} (its checkpoint), and" in note
        for verdict in found["answers"][0]["verdicts"]:
            assert ("inconclusive", 0) == (verdict["word"], verdict["n"])
            said = verdict["reasons"]
            assert f"training has not ended (seed 0: {folder.name})" in said[-1], verdict
    control.send(Layout(folder), control.RESUME)
    eventually(lambda: state_of(folder).status != "paused")
    assert 0 == child.wait()


def test_what_a_live_run_adds_after_the_first_look_does_not_count(train, the_run, eventually):
    child = train(slow=SLOW)
    folder = the_run(steps=24)  # a snapshot was kept at step 20
    run = open_run(folder, runs=folder.parent)
    found = standing(run)
    size = (folder / "drift.jsonl").stat().st_size
    eventually(lambda: (folder / "drift.jsonl").stat().st_size > 1.2 * size)
    assert found == standing(run)
    assert found.last_record == run.columns("train/loss").step[-1] >= found.step
    path = trajectory(run)
    ends = {each.step[-1] for each in (path.displacement, path.path_length, path.weight_norm)}
    assert {found.last_record} == ends
    child.wait()
    assert {found.last_record} == {series(run, "displacement").step[-1]}
    assert found.step == run.step_of(END)


@pytest.mark.usefixtures("without_snapshots")
def test_values_of_a_run_that_ends_meanwhile_are_its_last_ones(train, the_run, pause):
    child = train(slow=SLOW)
    folder = the_run(steps=5)
    pause(folder)
    first, other = (open_run(folder, runs=folder.parent) for _ in range(2))
    assert "paused" == first.status
    assert "final" not in {kept.name for kept in first.kept()}  # it has looked already
    at = other.step_of(END)
    control.send(Layout(folder), control.RESUME)
    assert 0 == child.wait()
    assert not (folder / "checkpoint.pt").exists()
    assert (80, "step-00000080") == (first.step_of(END), first.source_of_end())
    assert at == other.step_of(END) < 80
    assert not torch.equal(first.state(END)["fc3.weight"], other.state(END)["fc3.weight"])


@pytest.mark.usefixtures("without_snapshots")
def test_a_run_that_has_kept_nothing_says_when_it_will(train, the_run, answer):
    train(slow=SLOW)
    folder = the_run(steps=1)
    assert not (folder / "checkpoint.pt").exists()  # the first comes after five seconds
    run = open_run(folder, runs=folder.parent)
    with pytest.raises(RunNotFound, match=f"has kept no values .* paramdyn pause {folder.name}"):
        run.state(END)
    assert "has kept no values after step 0 yet, and its records are read up to" in live_note(run)
    status, found, _ = answer("distance", folder)
    assert (0, None) == (status, found["subjects"][0]["step"])
    notes = " ".join(found["answers"][0]["notes"])
    assert "From the records alone" in notes
    assert "paramdyn pause" in notes


def test_a_checkpoint_is_never_read_across_two_files(tmp_path, monkeypatch):
    """torch opens the path twice; here another file takes its place in between."""
    path, plain = tmp_path / "checkpoint.pt", torch.load
    states = [{"version": 2, "step": step, "values": torch.full((9,), step)} for step in (1, 2)]
    torch.save(states[1], tmp_path / "new")
    torch.save(states[0], path)

    def load(*given, **named):
        found = plain(*given, **named)
        if (tmp_path / "new").exists():
            (tmp_path / "new").replace(path)
        return found

    monkeypatch.setattr(torch, "load", load)
    found = load_checkpoint(path, mapped=True)
    assert (2, 2.0) == (found["step"], float(found["values"][0]))


def test_a_checkpoint_that_is_replaced_all_the_time_is_said(tmp_path, monkeypatch):
    path, plain, numbers = tmp_path / "checkpoint.pt", torch.load, iter(range(99))
    torch.save({"version": 2, "step": 1}, path)

    def load(*given, **named):
        torch.save({"version": 2, "step": next(numbers)}, tmp_path / "new")
        (tmp_path / "new").replace(path)
        return plain(*given, **named)

    monkeypatch.setattr(torch, "load", load)
    with pytest.raises(RunIncomplete, match="paramdyn pause"):
        load_checkpoint(path, mapped=True)


def test_best_is_one_file_while_another_takes_its_place(train, the_run, spec_file, eventually):
    text = spec_file.read_text()
    spec_file.write_text(text.replace('"init", "every:2", "final"', '"best"'))
    child = train(slow=SLOW)
    folder = the_run()
    best = folder / "snapshots" / "best.safetensors"
    eventually(best.exists)
    run = open_run(folder, runs=folder.parent)
    values = {name: each.clone() for name, each in run.state("best").items()}
    step = run.step_of("best")
    child.wait()
    [*_, last] = [e for e in read(folder / "events.jsonl")[0] if e.get("name") == "best"]
    assert step < last["step"]
    assert step == run.step_of("best")
    assert all(torch.equal(each, run.state("best")[name]) for name, each in values.items())


def test_the_bench_gives_one_view_of_a_live_run(train, the_run, pause):
    train(slow=SLOW)
    folder = the_run(steps=3)
    pause(folder)
    bench = Bench(runs=folder.parent)
    assert bench.open(folder.name) is bench.open(str(folder))
    assert np.isfinite(bench.open(folder.name).columns("train/loss")["train/loss"][1:]).all()
