"""Runs that end early, or never quite began: their folders say so, and can be resumed."""

import random
from dataclasses import replace

import pytest
import torch

from paramdyn.checkpoints import load_checkpoint, save_checkpoint
from paramdyn.errors import OutOfMemory, RunBusy, RunIncomplete, StoreError
from paramdyn.specs import RunSpec
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.writer import to_toml
from paramdyn.store.layout import Layout
from paramdyn.store.lock import locked
from paramdyn.store.manifest import read_manifest
from paramdyn.store.process import this_process
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, effective_status, read_state, write_state
from paramdyn.training import run, scores
from paramdyn.training.loop import TrainingLoop
from paramdyn.training.run import resume_run, train_run


@pytest.fixture
def train(tiny_spec, runs_dir, tmp_path):
    """Return a function that trains the tiny spec; it stops at the n-th question if asked."""

    def start(*, stop_after=None, spec=tiny_spec, **keywords):
        asked = iter(range(1, 10**9))
        stop = lambda: stop_after is not None and next(asked) >= stop_after  # noqa: E731
        return train_run(spec, runs=runs_dir, data_folder=tmp_path, should_stop=stop, **keywords)

    return start


@pytest.fixture
def go_on(tmp_path):
    return lambda folder: resume_run(folder, data_folder=tmp_path)


def contents(folder):
    files = [folder.path / f"{name}.jsonl" for name in ("metrics", "drift", "events")]
    return {f.name: f.read_bytes() for f in files + sorted(folder.layout.snapshots.glob("*"))}


@pytest.mark.parametrize(("stop_after", "step", "kept"), [(1, 0, 0), (9, 8, 7)])
def test_a_long_evaluation_is_given_up(train, go_on, monkeypatch, stop_after, step, kept):
    """One question at step 0, one after each batch but the eighth, then that of the evaluation."""
    whole = contents(train())
    monkeypatch.setattr(scores, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(scores.Scorer, "is_worth", lambda *_: True)
    cut = train(stop_after=stop_after)
    state = read_state(cut.layout)
    assert ("stopped", step, kept) == (state.status, state.step, state.checkpoint_step)
    monkeypatch.undo()
    go_on(cut)
    assert whole == contents(cut)


def test_a_run_without_checkpoint_starts_again_in_its_folder(train, go_on, runs_dir, monkeypatch):
    whole = contents(train())
    step = TrainingLoop.train_batch

    def fail(self, index):
        step(self, index)
        if self.step == 5:
            raise MemoryError

    monkeypatch.setattr(TrainingLoop, "train_batch", fail)
    with pytest.raises(OutOfMemory):
        train()
    monkeypatch.undo()
    folder = RunFolder.open(next(runs_dir.glob("*-2")))
    state = read_state(folder.layout)
    assert ("failed", -1) == (state.status, state.checkpoint_step)
    assert "out of memory" in state.reason
    go_on(folder)
    assert whole == contents(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"values": torch.zeros(3)},
        {"values": torch.zeros(())},
        {"buffers": [torch.zeros(1)]},
        {"optimizer": [{"state": {}, "param_groups": []}]},
        {"recorder": {}},
        {"recorder": None},
        {"rate": "fast"},
        {"offsets": None},
        {"running": {"loss_sum": 0.0}},
        {"step": None},
    ],
)
def test_a_checkpoint_of_another_run_costs_no_record(train, go_on, change):
    cut = train(stop_after=9)
    path = cut.layout.checkpoint
    save_checkpoint(path, {**load_checkpoint(path), **change})
    before = contents(cut)
    with pytest.raises(RunIncomplete, match=r"does not fit this run \(.*run the spec again"):
        go_on(cut)
    assert before == contents(cut)


@pytest.mark.parametrize("key", ["values", "optimizer", "recorder", "offsets", "best", "step"])
def test_a_checkpoint_that_lacks_something_is_said(train, go_on, key):
    cut = train(stop_after=9)
    state = load_checkpoint(cut.layout.checkpoint)
    save_checkpoint(cut.layout.checkpoint, {k: v for k, v in state.items() if k != key})
    with pytest.raises(RunIncomplete, match="does not fit this run"):
        go_on(cut)


def test_damaged_checkpoints_are_refused_in_words(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 3, "values": torch.arange(100.0), "words": ["a", None]})
    whole, chance = path.read_bytes(), random.Random(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged[: chance.choice([len(damaged), chance.randrange(len(damaged))])])
        try:
            load_checkpoint(path)
        except StoreError:
            refused += 1
    assert refused > 100


def test_records_that_are_lost_are_said_and_no_other_is_cut(train, go_on):
    cut = train(stop_after=9)
    cut.layout.drift.write_bytes(b"")
    before = contents(cut)
    with pytest.raises(RunIncomplete, match=r"drift\.jsonl: has 0 bytes"):
        go_on(cut)
    assert before == contents(cut)


def test_a_finished_run_that_was_killed_before_it_could_tidy_up_is_finished(train, go_on):
    folder = train()
    folder.layout.checkpoint.write_bytes(b"")
    with pytest.raises(RunIncomplete, match="is finished and has no checkpoint"):
        go_on(folder)


@pytest.mark.parametrize("broken", ["write_manifest", "write_state", "keep_reserve"])
def test_a_folder_appears_with_its_state_or_not_at_all(train, runs_dir, monkeypatch, broken):
    def fail(*_):
        raise StoreError("no")

    monkeypatch.setattr(run, broken, fail)
    with pytest.raises(StoreError, match="no"):
        train()
    assert [] == list(runs_dir.iterdir())


def test_a_folder_shows_its_state_from_the_first_moment(train, runs_dir, monkeypatch):
    seen = []

    def look(layout):
        [path] = runs_dir.iterdir()
        seen.append((path.name[0], effective_status(read_state(Layout(path)))))
        read_manifest(Layout(path))
        return locked(layout)

    monkeypatch.setattr(RunFolder, "lock", lambda self: look(self.layout))
    train()
    assert [("l", "running")] == seen


def test_an_error_nobody_expected_is_in_the_state(train, runs_dir):
    def fail(_):
        raise ZeroDivisionError("of all things")

    with pytest.raises(ZeroDivisionError):
        train(on_start=fail)
    [path] = runs_dir.iterdir()
    state = read_state(Layout(path))
    assert ("failed", "ZeroDivisionError: of all things (see log.txt)") == (
        state.status,
        state.reason,
    )
    assert not Layout(path).lock.exists()


def test_a_queued_folder_is_filled(train, tiny_spec, runs_dir):
    queued = RunFolder.create(runs_dir, "queued", to_toml(RunSpec()))
    write_state(queued.layout, RunState(status="queued"))
    folder = train(into=queued.path, arm="twin", control_of="base")
    state, manifest = read_state(folder.layout), read_manifest(folder.layout)
    assert (queued.path, "finished") == (folder.path, state.status)
    assert ("queued", "twin", "base") == (manifest.id, manifest.arm, manifest.control_of)
    assert ("twin", "base", "synthetic") == tuple(
        state.summary[name] for name in ("arm", "control_of", "dataset")
    )
    assert tiny_spec.training.batch_size == state.summary["spec"]["training.batch_size"]
    assert 'name = "synthetic"' in folder.layout.spec.read_text()


def test_a_queued_folder_has_one_writer(train, runs_dir):
    queued = RunFolder.create(runs_dir, "queued", to_toml(RunSpec()))
    write_state(queued.layout, RunState(status="queued"))
    with queued.lock(), pytest.raises(RunBusy):
        train(into=queued.path)
    assert "queued" == read_state(queued.layout).status


def test_a_run_of_a_restarted_machine_is_resumed(train, go_on):
    cut = train(stop_after=9)
    before = replace(read_state(cut.layout), status="running", boot_id="before", heartbeat=0.0)
    write_state(cut.layout, before)
    assert "crashed" == effective_status(before)
    go_on(cut)
    ended = read_state(cut.layout)
    assert ("finished", this_process().boot_id) == (ended.status, ended.boot_id)


def test_a_queued_run_is_begun_once(train, tiny_spec, runs_dir):
    """Two processes begin it, and the first is done before the second has the lock."""
    folder = RunFolder.create(runs_dir, "queued", to_toml(tiny_spec))
    write_state(folder.layout, RunState(status="queued"))
    train(into=folder.path)
    before = contents(folder), folder.layout.manifest.read_bytes(), folder.layout.state.read_bytes()
    with pytest.raises(RunBusy, match="another process has begun this run meanwhile"):
        train(into=folder.path)
    assert before == (
        contents(folder),
        folder.layout.manifest.read_bytes(),
        folder.layout.state.read_bytes(),
    )


def test_a_child_whose_parent_is_gone_says_that_it_needs_it(train, go_on, tiny_spec, runs_dir):
    spec = with_overrides(tiny_spec, {"recording.snapshots": ["final"]})
    parent = train(spec=spec)
    name = f"run:{parent.name}"
    child = train(spec=with_overrides(spec, {"initializer.name": name}), stop_after=3)
    assert "stopped" == read_state(child.layout).status
    before = contents(child)
    parent.path.rename(runs_dir / "elsewhere")
    with pytest.raises(RunIncomplete, match=r"starts from a run that is not there .*Put that run"):
        go_on(child)
    assert ("stopped", before) == (read_state(child.layout).status, contents(child))
    (runs_dir / "elsewhere").rename(parent.path)
    go_on(child)
    assert "finished" == read_state(child.layout).status
