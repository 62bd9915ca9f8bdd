import errno
import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.store import snapshots
from paramdyn.store.snapshots import read_snapshot, tensor_shapes, write_snapshot


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshots" / "step-00000001.safetensors"


def tensors():
    random = np.random.default_rng(0)
    channels_last = random.normal(size=(4, 5, 5, 3)).astype("f4").transpose(0, 3, 1, 2)
    return {
        "conv.weight": channels_last,
        "conv.bias": np.array([0.0, -0.0, np.nan, np.inf], "f4"),
        "bn.num_batches_tracked": np.array(7, "i8"),
        "mask": np.array([True, False, True]),
        "half": np.array([0.1, 0.2], "f2"),
        "big_endian": np.array([1.5, 2.5], ">f4"),
        "empty": np.empty((0, 3), "f4"),
        "every_second": np.arange(20, dtype="f8")[::2],
    }


def test_round_trip(path):
    write_snapshot(path, tensors(), {"step": "1"})
    back, metadata = read_snapshot(path)
    assert metadata == {"layout": "contiguous", "step": "1"}
    assert back.keys() == tensors().keys()
    for name, array in tensors().items():
        assert back[name].shape == array.shape
        assert back[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(back[name], array)
    assert list(path.parent.iterdir()) == [path]


def test_the_safetensors_library_reads_the_same(path):
    write_snapshot(path, tensors(), {})
    ours, _ = read_snapshot(path)
    for library in (safetensors.numpy, safetensors.torch):
        theirs = library.load_file(path)
        assert theirs.keys() == ours.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(np.asarray(theirs[name]), array)


def test_the_library_s_files_are_read(path, tmp_path):
    path = tmp_path / "theirs.safetensors"
    contiguous = {name: np.array(array, order="C") for name, array in tensors().items()}
    del contiguous["big_endian"]
    safetensors.numpy.save_file(contiguous, path)
    back, metadata = read_snapshot(path)
    assert metadata == {}
    for name, array in contiguous.items():
        np.testing.assert_array_equal(back[name], array)


def test_each_tensor_starts_aligned(path):
    write_snapshot(path, tensors(), {})
    back, _ = read_snapshot(path)
    assert [name for name, array in back.items() if not array.flags.aligned] == []


def test_equal_tensors_have_equal_bytes(path):
    write_snapshot(path, tensors(), {"a": "1", "b": "2"})
    first = path.read_bytes()
    write_snapshot(path, tensors(), {"b": "2", "a": "1"})
    assert path.read_bytes() == first


def test_what_was_read_can_be_changed_without_changing_the_file(path):
    write_snapshot(path, {"x": np.zeros(3, "f4")}, {})
    before = path.read_bytes()
    back, _ = read_snapshot(path)
    back["x"] += 1
    assert back["x"].tolist() == [1, 1, 1]
    assert path.read_bytes() == before


def test_memory_stays_flat(path):
    tracemalloc.start()
    values = np.zeros((8, 100_000, 9), "f4").transpose(1, 2, 0)
    write_snapshot(path, {str(number): values for number in range(8)}, {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < values.nbytes + 2 * 2**20  # the one tensor, and the block that is copied


def test_what_is_copied_in_blocks_comes_back(path):
    """Rows of 12 bytes to 2 MB, blocks that divide the rows and blocks that do not."""
    values = np.arange(900_000, dtype="f4")
    arrays = {
        "channels_last": values.reshape(300, 3, 10, 100).transpose(0, 3, 1, 2),
        "long_rows": values.reshape(450_000, 2).T,
        "short_rows": values.reshape(3, 300_000).T,
        "big_endian": values.reshape(3, 300_000).T.astype(">f4"),
        "every_other": values[::2],
    }
    write_snapshot(path, arrays, {})
    back, _ = read_snapshot(path)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, back[name], err_msg=name)


@pytest.mark.parametrize("has_call", [True, False])
def test_the_disk_is_given_every_byte_once_while_more_is_written(path, monkeypatch, has_call):
    given = []

    def begin(_descriptor, start, length, _how):
        given.append((start, length))
        return 0

    monkeypatch.setattr(snapshots, "_sync_file_range", lambda: begin if has_call else None)
    monkeypatch.setattr(os, "posix_fadvise", begin, raising=False)
    write_snapshot(path, {"x": np.zeros((3, 2**20), "f4").T}, {})
    ends = [start + length for start, length in given]
    assert [0, *ends[:-1]] == [start for start, _ in given]
    assert 6 <= len(given)
    assert path.stat().st_size - 2**21 < ends[-1] <= path.stat().st_size


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="there is nothing to reserve with")
@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL])
def test_a_file_system_that_reserves_nothing_will_do(path, monkeypatch, code):
    def refuse(*_):
        raise OSError(code, "no")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    write_snapshot(path, {"x": np.ones(3, "f4")}, {})
    assert [1.0, 1.0, 1.0] == read_snapshot(path)[0]["x"].tolist()


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="there is nothing to reserve with")
def test_the_whole_file_is_reserved_before_its_first_byte(path, monkeypatch):
    def full(_descriptor, _offset, size):
        asked.append(size)
        raise OSError(errno.ENOSPC, "full")

    asked: list[int] = []
    write_snapshot(path, tensors(), {})
    whole = path.stat().st_size
    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(snapshots, "write_all", lambda *_: pytest.fail("nothing can be written"))
    with pytest.raises(StoreError, match="the disk is full"):
        write_snapshot(path, tensors(), {})
    assert [whole] == asked


def test_shapes(path):
    write_snapshot(path, tensors(), {})
    assert tensor_shapes(path) == {name: array.shape for name, array in tensors().items()}


def test_cut_anywhere_is_said(path):
    write_snapshot(path, {"x": np.arange(6, dtype="f4").reshape(2, 3)}, {})
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        for reads in (read_snapshot, tensor_shapes):
            with pytest.raises(RunIncomplete, match=r"step-00000001\.safetensors: (is no|has)"):
                reads(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]},
        {"dtype": "F32", "shape": [1]},
        {"dtype": "F32", "shape": None, "data_offsets": [0, 4]},
        5,
    ],
)
def test_a_wrong_header_is_said(tmp_path, entry):
    path = tmp_path / "x.safetensors"
    header = json.dumps({"x": entry}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(RunIncomplete, match="is no safetensors file"):
        read_snapshot(path)


def test_a_type_that_numpy_lacks_is_said(tmp_path):
    path = tmp_path / "x.safetensors"
    header = json.dumps({"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    assert tensor_shapes(path) == {"x": (2,)}
    with pytest.raises(StoreError, match="'x' has type BF16"):
        read_snapshot(path)


def test_missing(path):
    with pytest.raises(RunIncomplete, match="is missing"):
        read_snapshot(path)


def test_a_type_outside_the_format_is_refused_before_writing(path):
    with pytest.raises(StoreError, match="'x' has type complex128"):
        write_snapshot(path, {"x": np.zeros(2, "c16")}, {})
    assert not path.parent.exists()


def test_a_full_disk_leaves_the_old_snapshot(path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    write_snapshot(path, {"x": np.zeros(3, "f4")}, {})
    before = path.read_bytes()
    monkeypatch.setattr(snapshots, "write_all", full)
    with pytest.raises(StoreError, match="the disk is full"):
        write_snapshot(path, {"x": np.ones(3, "f4")}, {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_vanished_run_folder_is_not_made_again(tmp_path):
    path = tmp_path / "gone" / "snapshots" / "best.safetensors"
    with pytest.raises(StoreError, match="its folder is not there"):
        write_snapshot(path, {}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_goes_while_it_is_looked_for_is_said_to_be_gone(tmp_path, monkeypatch):
    """Making a folder that is there fails for a moment, and then it is not there any more."""

    def mkdir(*_, **__):
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(StoreError, match="its folder is not there"):
        write_snapshot(tmp_path / "gone" / "best.safetensors", {}, {})
