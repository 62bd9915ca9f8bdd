"""How long a run will take, from those that finished."""

import dataclasses

import pytest

from paramdyn.specs import DatasetSpec, ModelSpec, RunSpec, TrainingSpec
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import read_manifest, write_manifest
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import read_state, write_state
from paramdyn_tui.watching.past_times import estimate

SPEC = RunSpec(training=TrainingSpec(epochs=2, device="cpu", threads=1))


@pytest.fixture
def finished(made_run, runs_dir):
    """Return a function that makes a finished run of 1,000 images an epoch."""

    def make(spec=SPEC, *, speed=100.0, lasted=0.0, epochs=2.0, status="finished", train=1000,
             validation=0):  # fmt: skip
        layout = Layout(runs_dir / made_run(spec, status=status))
        write_state(layout, dataclasses.replace(
            read_state(layout), images_per_s=speed, started=1000.0, heartbeat=1000.0 + lasted,
            epoch=epochs,
        ))  # fmt: skip
        sizes = {"train": train, "validation": validation}
        write_manifest(layout, dataclasses.replace(read_manifest(layout), dataset=sizes))

    return make


def with_training(**fields):
    return dataclasses.replace(SPEC, training=dataclasses.replace(SPEC.training, **fields))


def with_dataset(**fields):
    return dataclasses.replace(SPEC, dataset=DatasetSpec(**fields))


def test_time_grows_with_epochs(finished, runs_dir):
    finished()
    rows = list_runs(runs_dir, cached=False)
    assert (20.0, 1) == dataclasses.astuple(estimate(SPEC, rows))
    assert 100.0 == estimate(with_training(epochs=10), rows).seconds


def test_max_steps_end_it_sooner(finished, runs_dir):
    finished()
    rows = list_runs(runs_dir, cached=False)
    assert 1.28 == estimate(with_training(max_steps=1), rows).seconds
    assert 20.0 == estimate(with_training(max_steps=10**6), rows).seconds


def test_median_of_the_newest_counts(finished, runs_dir, monkeypatch):
    from paramdyn_tui.watching import past_times

    monkeypatch.setattr(past_times, "MOST_RUNS", 3)
    for seed, speed in enumerate((1.0, 50.0, 100.0, 200.0)):  # the first one is the oldest
        finished(dataclasses.replace(SPEC, seed=seed), speed=speed)
    assert (20.0, 3) == dataclasses.astuple(estimate(SPEC, list_runs(runs_dir, cached=False)))


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(SPEC, model=ModelSpec(name="resnet18")),
        with_dataset(name="mnist"),
        with_dataset(image_size=64),
        with_training(batch_size=64),
        with_training(threads=2),
        with_training(device="cuda"),
        with_training(precision="bf16"),
    ],
)
def test_other_runs_tell_nothing(finished, runs_dir, other):
    finished()
    assert None is estimate(other, list_runs(runs_dir, cached=False))


def test_place_that_is_left_open_is_that_of_the_newest(finished, runs_dir):
    finished(speed=10.0)
    finished(with_training(threads=2), speed=100.0)
    rows = list_runs(runs_dir, cached=False)
    assert 20.0 == estimate(with_training(device="auto", threads=0), rows).seconds
    assert 200.0 == estimate(SPEC, rows).seconds


@pytest.mark.parametrize(
    "facts", [{"status": "stopped"}, {"speed": 0.0}, {"epochs": 0.0}, {"train": 0}]
)
def test_runs_that_do_not_tell_are_left_out(finished, runs_dir, facts):
    finished(**facts)
    assert None is estimate(SPEC, list_runs(runs_dir, cached=False))


def test_long_run_is_taken_with_its_evaluations(finished, runs_dir):
    finished(lasted=200.0)
    assert 200.0 == estimate(SPEC, list_runs(runs_dir, cached=False)).seconds


def test_short_run_is_taken_without_its_loading(finished, runs_dir):
    finished(lasted=50.0)
    assert 20.0 == estimate(SPEC, list_runs(runs_dir, cached=False)).seconds


@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [
        ({"train_limit": 100}, 2.0),
        ({"train_limit": 10**6}, 20.0),
        ({"validation": 0.25}, 15.0),
        ({"validation": 100.0}, 18.0),
    ],
)
def test_other_sizes_are_worked_out(finished, runs_dir, wanted, seconds):
    finished()
    assert seconds == estimate(with_dataset(**wanted), list_runs(runs_dir, cached=False)).seconds


def test_whole_size_is_not_told_by_a_part(finished, runs_dir):
    finished(with_dataset(train_limit=100), train=100)
    rows = list_runs(runs_dir, cached=False)
    assert None is estimate(SPEC, rows)
    assert 2.0 == estimate(with_dataset(train_limit=100), rows).seconds
