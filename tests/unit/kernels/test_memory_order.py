"""Copying weights into the order of files gives the values numpy gives, bit for bit."""

import numpy as np
import pytest

from paramdyn.native import memory_order
from paramdyn.native.memory_order import copy_in_order
from paramdyn.store.snapshots import read_snapshot, write_snapshot


def channels_last(outputs, inputs, height, width, dtype="f4"):
    count = outputs * inputs * height * width
    values = np.random.default_rng(0).permutation(count).astype(dtype) - count // 3
    return values.reshape(outputs, height, width, inputs).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize(
    "block",
    [
        channels_last(5, 7, 3, 3),
        channels_last(4, 64, 3, 3)[1:3],
        channels_last(3, 16, 5, 5),
        channels_last(2, 3, 1, 4),
        channels_last(2, 6, 1, 1),
        channels_last(1, 1, 3, 3),
        channels_last(0, 2, 3, 3),
        channels_last(5, 7, 3, 3)[:, ::2],
        channels_last(5, 7, 3, 3)[::2],
        channels_last(5, 7, 3, 3, "f8"),
        channels_last(5, 7, 3, 3, ">f4"),
        np.arange(12, dtype="f4").reshape(3, 4).T,
        np.float32(3.0).reshape(()),
    ],
    ids=lambda block: f"{block.dtype.str}{block.shape}{block.strides}",
)
def test_values_are_those_of_numpy(block, native, monkeypatch):
    if not native:
        monkeypatch.setattr(memory_order, "_native", lambda: None)
    to = np.full(block.shape, 9e9, block.dtype)
    copy_in_order(to, block)
    assert to.tobytes() == np.ascontiguousarray(block).tobytes()


def test_every_bit_is_kept():
    bits = np.array([0x7FC00001, 0xFFC12345, 0x80000000, 0x00000001, 0x7F800001] * 18, dtype="u4")
    block = bits.view("f4").reshape(2, 3, 3, 5).transpose(0, 3, 1, 2)
    to = np.empty(block.shape, "f4")
    copy_in_order(to, block)
    assert to.tobytes() == np.ascontiguousarray(block).tobytes()


def test_a_target_in_another_order_is_filled_too():
    block, to = channels_last(4, 5, 3, 3), np.empty((4, 3, 3, 5), "f4").transpose(0, 3, 1, 2)
    copy_in_order(to, block)
    assert np.array_equal(to, block)


def test_where_there_is_a_compiler_numpy_is_not_needed(monkeypatch):
    if memory_order._native() is None:
        pytest.skip("no C compiler")
    monkeypatch.setattr(np, "copyto", None)
    block = channels_last(5, 7, 3, 3)
    to = np.empty(block.shape, "f4")
    copy_in_order(to, block)
    assert np.array_equal(to, block)


def test_snapshots_have_equal_bytes_whoever_copies(tmp_path):
    tensors = {"large": channels_last(300, 200, 3, 3), "small": channels_last(2, 3, 5, 5)}
    write_snapshot(tmp_path / "a", tensors, {})
    write_snapshot(tmp_path / "b", tensors, {}, copy_in_order)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    kept, _ = read_snapshot(tmp_path / "b")
    assert all(np.array_equal(kept[name], tensors[name]) for name in tensors)
