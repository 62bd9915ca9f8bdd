"""Parameters on disk, as safetensors: a format that holds no code and loads without reading.

Files are written by hand, one tensor after another and in true (C-contiguous) order, whatever the
order in memory, so that memory stays flat and ``safetensors.torch.load_file`` gives a state_dict.
Reading maps the file: nothing is copied until it is used.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import math
import mmap
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import replacing, store_error, write_all

LAYOUT_KEY = "layout"
LAYOUT = "contiguous"

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "C64": "<c8",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_CODES = {np.dtype(text): code for code, text in _DTYPES.items()}
_ALIGNMENT = 8
_PIECE = 2**20  # in cache between copying and writing; the disk begins with the first
_SYNC_FILE_RANGE_WRITE = 2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Scratch = np.ndarray[tuple[int], np.dtype[np.uint8]]
Copy = Callable[[np.ndarray[Any, Any], np.ndarray[Any, Any]], object]


def write_snapshot(
    path: Path,
    tensors: Mapping[str, np.ndarray[Any, Any]],
    metadata: Mapping[str, str],
    copy: Copy = np.copyto,
) -> None:
    """Write ``tensors`` whole or not at all.

    Args:
        path: The file; its folder is made when only that is missing.
        tensors: Name to values of any shape and memory order. Only those that are not contiguous
            are copied, about a megabyte at a time.
        metadata: Text to text. ``layout`` is added.
        copy: Does what ``numpy.copyto`` does, with contiguous targets.

    Raises:
        StoreError: It cannot be written, or a tensor's type is not in the format.
    """
    ordered = _ordered(path, tensors)
    header = _header(ordered, {LAYOUT_KEY: LAYOUT, **metadata})
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        # It was there, and moved away while it was looked for.
        gone = isinstance(error, FileExistsError) and not os.path.lexists(path.parent)
        cause = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) if gone else error
        raise store_error(path, "written", cause) from error
    with replacing(path) as descriptor:
        stream = _Stream(descriptor, len(header) + sum(a.nbytes for a in ordered.values()))
        stream.write(memoryview(header))
        _write_arrays(stream, ordered.values(), copy)


def read_snapshot(path: Path) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, str]]:
    """Return the tensors and the metadata of a snapshot.

    The arrays are views of the mapped file; writing to one changes it in memory only.

    Raises:
        RunIncomplete: The file is missing, cut, or no safetensors file.
        StoreError: It cannot be read, or holds a type that numpy does not have.
    """
    header = _read_header(path)
    try:
        with open_regular(path) as file:
            mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except OSError as error:
        raise store_error(path, "read", error) from error
    tensors = {}
    for name, entry in header.entries.items():
        if entry.dtype not in _DTYPES:
            raise StoreError(
                f"{path}: '{name}' has type {entry.dtype}, one of {', '.join(_DTYPES)} was "
                "expected. Convert the file to float32."
            )
        count = math.prod(entry.shape)
        flat = np.frombuffer(mapping, _DTYPES[entry.dtype], count, header.start + entry.begin)
        tensors[name] = flat.reshape(entry.shape)
    return tensors, header.metadata


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor, reading only the header.

    Raises:
        RunIncomplete: The file is missing, cut, or no safetensors file.
        StoreError: It cannot be read.
    """
    return {name: entry.shape for name, entry in _read_header(path).entries.items()}


def later_snapshots(folder: Path) -> list[str]:
    """Return what ``--from RUN@...`` calls a run's snapshots after step 0: best, then by step."""
    stems = [path.stem for path in folder.glob("snapshots/*.safetensors")]
    steps = sorted(int(stem[5:]) for stem in stems if re.fullmatch(r"step-\d+", stem, re.ASCII))
    return ["best"] * ("best" in stems) + [str(step) for step in steps if step]


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class _Header:
    entries: dict[str, _Entry]
    metadata: dict[str, str]
    start: int


def _ordered(
    path: Path, tensors: Mapping[str, np.ndarray[Any, Any]]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the tensors with the widest types first, so that each starts aligned."""
    for name, array in tensors.items():
        if array.dtype.newbyteorder("<") not in _CODES:
            raise StoreError(
                f"{path}: '{name}' has type {array.dtype}, which a snapshot cannot hold. "
                "Convert it to float32."
            )
    widest_first = sorted(tensors, key=lambda name: -tensors[name].dtype.itemsize)
    return {name: tensors[name] for name in widest_first}


def _header(tensors: Mapping[str, np.ndarray[Any, Any]], metadata: Mapping[str, str]) -> bytes:
    content: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    offset = 0
    for name, array in tensors.items():
        content[name] = {
            "dtype": _CODES[array.dtype.newbyteorder("<")],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(content, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _write_arrays(stream: _Stream, arrays: Iterable[np.ndarray[Any, Any]], copy: Copy) -> None:
    """Write all arrays; what is not contiguous in blocks that are still cached when written."""
    scratch: Scratch = np.empty(0, np.uint8)
    for array in arrays:
        little = array.dtype.newbyteorder("<")
        for block in _blocks(array):
            if block.flags.c_contiguous and block.dtype == little:
                stream.write(block.reshape(-1).view(np.uint8).data)
                continue
            if scratch.nbytes < block.nbytes:  # used again, memory costs no further page faults
                scratch = np.empty(max(_PIECE, block.nbytes), np.uint8)
            copied = scratch[: block.nbytes]
            copy(copied.view(little).reshape(block.shape), block)
            stream.write(copied.data)


def _blocks(array: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    """Yield an array that is contiguous whole, another one in parts of about ``_PIECE`` bytes."""
    if array.flags.c_contiguous or array.nbytes <= _PIECE:
        yield array
        return
    rows = max(1, _PIECE * len(array) // array.nbytes)
    for first in range(0, len(array), rows):
        yield array[first : first + rows]


class _Stream:
    """Writes on, and has the disk work on what is written while more is written."""

    def __init__(self, descriptor: int, size: int) -> None:
        """Reserve ``size`` bytes, so that the disk need not look for room with every write."""
        self._descriptor = descriptor
        self._written = self._handed_on = 0
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(descriptor, 0, size)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    raise

    def write(self, data: memoryview) -> None:
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            write_all(self._descriptor, piece)
            self._written += len(piece)
            if self._written - self._handed_on >= _PIECE:
                self._hand_on()

    def _hand_on(self) -> None:
        length = self._written - self._handed_on
        _begin_writing_out(self._descriptor, self._handed_on, length)
        self._handed_on = self._written


def _begin_writing_out(descriptor: int, start: int, length: int) -> None:
    """Have the disk begin with part of a file, where the system can be told; wait for nothing."""
    begin = _sync_file_range()
    if begin is not None:
        begin(descriptor, start, length, _SYNC_FILE_RANGE_WRITE)
    elif hasattr(os, "posix_fadvise"):
        # On Linux this advice begins it, too, but may drop from memory what is read next.
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)


@functools.cache
def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    """Return Linux's call of that name, which Python does not have; None elsewhere."""
    import ctypes

    try:
        call = ctypes.CDLL(None).sync_file_range
    except (AttributeError, OSError, TypeError):
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call


def _read_header(path: Path) -> _Header:
    try:
        with open_regular(path) as file:
            size = path.stat().st_size
            length = int.from_bytes(file.read(8), "little")
            text = file.read(length) if length <= size - 8 else b""
    except FileNotFoundError as error:
        raise RunIncomplete(
            f"{path}: is missing. Was it deleted? Run the spec again to make it."
        ) from error
    except OSError as error:
        raise store_error(path, "read", error) from error
    try:
        header = _parse_header(json.loads(text), 8 + length)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunIncomplete(
            f"{path}: is no safetensors file, or is cut inside its header ({size} bytes)."
        ) from error
    expected = header.start + max((entry.end for entry in header.entries.values()), default=0)
    if size != expected:
        raise RunIncomplete(
            f"{path}: has {size} bytes, its header promises {expected}. Copy it again, or run the "
            "spec again."
        )
    return header


def _parse_header(content: dict[str, Any], start: int) -> _Header:
    metadata = content.pop("__metadata__", {})
    entries = {}
    for name, fields in content.items():
        begin, end = fields["data_offsets"]
        entry = _Entry(fields["dtype"], tuple(fields["shape"]), begin, end)
        width = np.dtype(_DTYPES[entry.dtype]).itemsize if entry.dtype in _DTYPES else None
        if not 0 <= begin <= end or (width and end - begin != width * math.prod(entry.shape)):
            raise ValueError(name)
        entries[name] = entry
    return _Header(entries, dict(metadata), start)
