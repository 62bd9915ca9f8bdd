"""Where a run that has not finished stands: its newest snapshot or checkpoint."""

from dataclasses import replace

import pytest
import torch

from paramdyn.analysis.subjects import END, open_run
from paramdyn.errors import RunIncomplete, RunNotFound
from paramdyn.store.state import read_state, write_state
from paramdyn.training.run import train_run


@pytest.fixture
def train(tiny_spec, runs_dir, tmp_path):
    """Train the tiny spec, 8 steps an epoch, and stop after some batches if asked."""

    def start(*, stop_after=None, snapshots=(), max_steps=20):
        spec = replace(
            tiny_spec,
            training=replace(tiny_spec.training, max_steps=max_steps),
            recording=replace(tiny_spec.recording, snapshots=snapshots),
        )
        asked = iter(range(10**9))
        stop = lambda: stop_after is not None and next(asked) >= stop_after  # noqa: E731
        return train_run(spec, runs=runs_dir, data_folder=tmp_path, should_stop=stop)

    return start


def test_a_stopped_run_ends_where_its_checkpoint_was_taken(train, runs_dir):
    cut = open_run(train(stop_after=5), runs=runs_dir)
    step = cut.step_of(END)
    whole = open_run(train(max_steps=step, snapshots=("final",)), runs=runs_dir)
    assert ("stopped", 0) == (cut.status, len(cut.kept()))
    assert 0 < step < 20
    assert step == whole.step_of(END)
    expected, actual = whole.state(END), cut.state(END)
    assert list(expected) == list(actual)
    assert all(torch.equal(expected[name], actual[name]) for name in expected)


def test_a_snapshot_after_the_last_checkpoint_counts(train, runs_dir):
    folder = train(stop_after=12, snapshots=("every:1",))
    run = open_run(folder, runs=runs_dir)
    assert run.step_of(END) > run.kept()[-1].step
    write_state(folder.layout, replace(read_state(folder.layout), checkpoint_step=1))
    later = open_run(folder, runs=runs_dir)
    assert later.kept()[-1].step == later.step_of(END)


def test_a_finished_run_ends_with_its_last_snapshot(train, runs_dir):
    run = open_run(train(snapshots=("every:1", "final")), runs=runs_dir)
    assert (20, "finished") == (run.step_of(END), run.status)


def test_a_run_that_kept_nothing_says_so(train, runs_dir):
    run = open_run(train(), runs=runs_dir)
    with pytest.raises(RunNotFound, match=r"it kept none.*Run its spec again with other"):
        run.state(END)
    run.status = "diverged"
    with pytest.raises(RunNotFound, match="a smaller learning rate"):
        run.state(END)


def test_a_broken_checkpoint_is_an_error_in_words(train, runs_dir):
    folder = train(stop_after=5)
    folder.layout.checkpoint.write_bytes(b"nothing")
    with pytest.raises(RunIncomplete, match="cannot be read"):
        open_run(folder, runs=runs_dir).state(END)
