"""A snapshot holds the values of the moment it was asked for, although training goes on."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.parameters import FlatParameters
from paramdyn.store.snapshots import read_snapshot
from paramdyn.training import snapshots as module
from paramdyn.training.loop import TrainingLoop
from paramdyn.training.snapshots import SnapshotKeeper


class Own(nn.Linear):
    """A module of a plug-in: it may change its parameters at any time."""


@pytest.fixture
def keeping(tmp_path):
    """A function that opens a keeper of a small network, and closes it at the end."""
    keepers = []

    def start(layer=nn.Linear):
        torch.manual_seed(0)
        flat = FlatParameters(nn.Sequential(layer(3, 2), nn.BatchNorm1d(2)))
        keepers.append(SnapshotKeeper(flat))
        return flat, keepers[-1], tmp_path / "a.safetensors"

    yield start
    for keeper in keepers:
        keeper.close()


@pytest.fixture
def held_back(monkeypatch):
    """An event without which no copy is made."""
    release, copyto = threading.Event(), np.copyto

    def late(*arguments):
        assert release.wait(30)
        copyto(*arguments)

    monkeypatch.setattr(module.np, "copyto", late)
    yield release
    release.set()


def state(flat):
    return {name: tensor.numpy().copy() for name, tensor in flat.model.state_dict().items()}


def assert_kept(path, expected):
    kept, _ = read_snapshot(path)
    assert kept.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(kept[name], values)


def test_training_waits_for_a_copy_that_is_late(keeping, held_back):
    flat, keeper, path = keeping()
    expected = state(flat)
    keeper.keep(path, {})
    flat.model[1].running_mean += 5  # the next forward pass changes buffers before the step
    stepped = threading.Event()

    def step():
        keeper.settle()
        flat.values.add_(1.0)
        stepped.set()

    thread = threading.Thread(target=step)
    thread.start()
    try:
        assert not stepped.wait(0.05)
    finally:
        held_back.set()
        thread.join(30)
    assert stepped.is_set()
    keeper.wait()
    assert_kept(path, expected)


def test_keeping_does_not_wait_for_the_copy(keeping, held_back):
    _, keeper, path = keeping()
    keeper.keep(path, {})
    assert not path.exists()
    held_back.set()
    keeper.wait()
    assert path.exists()


def test_two_snapshots_of_one_moment_are_both_settled(keeping, tmp_path):
    flat, keeper, path = keeping()
    expected = state(flat)
    keeper.keep(path, {})
    keeper.keep(tmp_path / "b.safetensors", {})
    keeper.settle()
    flat.values.zero_()
    keeper.wait()
    assert_kept(path, expected)
    assert_kept(tmp_path / "b.safetensors", expected)


def test_a_module_that_is_not_known_is_copied_at_once(keeping, held_back):
    flat, keeper, path = keeping(Own)
    expected = state(flat)
    keeper.keep(path, {})
    flat.values.zero_()  # as its forward pass may
    keeper.wait()
    assert not held_back.is_set()
    assert_kept(path, expected)


def test_a_copy_that_fails_stops_training_and_says_so(keeping, monkeypatch):
    _, keeper, path = keeping()

    def fails(*_):
        raise MemoryError

    monkeypatch.setattr(module.np, "copyto", fails)
    keeper.keep(path, {})
    with pytest.raises(MemoryError):
        keeper.settle()
    with pytest.raises(MemoryError):
        keeper.wait()
    assert not path.exists()


def test_the_loop_settles_before_it_steps():
    """``TrainingLoop`` on its own: the order of its calls."""
    calls = []
    model = nn.Linear(3, 2)
    run = SimpleNamespace(
        seed_of=lambda _: 0,
        model=model,
        device=torch.device("cpu"),
        spec=SimpleNamespace(
            training=SimpleNamespace(precision="fp32", seed=0),
            schedule=SimpleNamespace(name="constant"),
        ),
        batches=SimpleNamespace(get=lambda _: (torch.ones(2, 3), torch.tensor([0, 1]))),
        rate_at=lambda _: 0.1,
        optimizer=SimpleNamespace(
            drop_gradients=lambda: None,
            set_learning_rate=lambda _: None,
            step=lambda _: calls.append("step"),
        ),
    )
    files = SimpleNamespace(settle=lambda: calls.append("settle"))
    recorder = SimpleNamespace(is_due=lambda _: False)
    loop = TrainingLoop(run, files, recorder, SimpleNamespace(), lambda: False)
    loop.train_batch(0)
    assert calls == ["settle", "step"]
