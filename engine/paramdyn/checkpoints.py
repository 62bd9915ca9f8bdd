"""Everything a run needs to go on as if it had never stopped, in one private file.

The file is a zip archive, in which torch keeps a checksum of each part and never looks at it; here
each is checked before anything is used. The checkpoint before is not kept: it would double what a
run needs on the disk (1.1 GB for VGG-19) against a fault of the disk that hits either one.
"""

from __future__ import annotations

import contextlib
import errno
import pickle
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from paramdyn.errors import RunIncomplete, SchemaTooNew
from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import replacing, store_error, write_all
from paramdyn.store.layout import Layout
from paramdyn.store.snapshots import later_snapshots

VERSION = 2
_MOST_REPLACED = 10

_MISFIT = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError)
_UNREADABLE = (
    *_MISFIT, EOFError, OverflowError, NotImplementedError, MemoryError, struct.error, zlib.error,
    pickle.UnpicklingError, zipfile.BadZipFile,
)  # fmt: skip


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint with ``state``: tensors, numbers, text, and lists and dicts of them.

    Raises:
        StoreError: It cannot be written; the old one is as it was.
    """
    with replacing(path) as descriptor:
        file = _File(descriptor)
        try:
            torch.save({"version": VERSION, **state}, cast("BinaryIO", file))
        except RuntimeError:
            if file.error is not None:
                raise file.error from None
            raise


class _File:
    """A file that remembers why it could not be written: torch.save only says that it was not."""

    def __init__(self, descriptor: int) -> None:
        self.error: OSError | None = None
        self._descriptor = descriptor

    def write(self, data: bytes) -> int:
        try:
            write_all(self._descriptor, data)
        except OSError as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: each write is complete."""


def load_checkpoint(path: Path, *, mapped: bool = False) -> dict[str, Any]:
    """Return what ``save_checkpoint`` wrote, tensors on the CPU; no code in it is run.

    Args:
        path: The file.
        mapped: Read tensors when they are used, for who needs a few of them; they stay those of
            this file when another one takes its place.

    Raises:
        RunIncomplete: There is none, or its bytes are not as they were written.
        SchemaTooNew: A newer paramdyn wrote it.
        StoreError: It cannot be read.
    """
    try:
        if mapped:
            state = _mapped(path)
        else:
            with open_regular(path) as file:
                _check_sound(path, file)
                file.seek(0)
                state = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunIncomplete(
            f"{path}: no checkpoint. Only a run that was stopped, crashed or failed after it began "
            "can be resumed; to run its spec again: paramdyn run "
            f"{Layout(path.parent).spec_quoted}."
        ) from error
    except OSError as error:
        raise store_error(path, "read", error) from error
    except _UNREADABLE as error:
        raise RunIncomplete(
            f"{path}: cannot be read ({type(error).__name__}). A checkpoint of this run "
            f"was expected. Run the spec again: paramdyn run {Layout(path.parent).spec_quoted}."
        ) from error
    if not isinstance(state, dict) or not _has_number(state, "version"):
        raise RunIncomplete(
            f"{path}: holds something else. A checkpoint of this run was expected. Run the spec "
            f"again: paramdyn run {Layout(path.parent).spec_quoted}."
        )
    if state["version"] > VERSION:
        raise SchemaTooNew(
            f"{path}: version {state['version']}; this paramdyn reads up to {VERSION}. "
            "Resume with the paramdyn that wrote it, or a newer one."
        )
    if not _has_number(state, "step"):
        raise _foreign(path, "it has no step")
    return state


def _mapped(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Map a checkpoint, again if another one took its place meanwhile.

    torch opens the path twice, for the list of contents and for the tensors: of a run that trains
    these may be two files.
    """
    for _ in range(_MOST_REPLACED):
        before = _identity(path)
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        if _identity(path) == before:
            return state
    raise RunIncomplete(
        f"{path}: is replaced faster than it can be read. Let the run wait and ask again: "
        f"paramdyn pause {path.parent.name}."
    )


def _identity(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@contextlib.contextmanager
def fitting(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a checkpoint is put into a run into words.

    Raises:
        RunIncomplete: It lacks something, or is of other shapes.
    """
    try:
        yield
    except _MISFIT as error:
        first = str(error).partition("\n")[0][:160]
        raise _foreign(path, f"{type(error).__name__}: {first}") from error


def copy_into(targets: Iterable[torch.Tensor], kept: Iterable[torch.Tensor]) -> None:
    """Copy each kept tensor into its target, without broadcasting.

    Raises:
        ValueError: Their numbers or shapes differ.
    """
    for target, values in zip(targets, kept, strict=True):
        if target.shape != values.shape:
            found, expected = tuple(values.shape), tuple(target.shape)
            raise ValueError(f"found shape {found} where {expected} belongs")
        target.copy_(values)


def _has_number(state: dict[str, Any], name: str) -> bool:
    return isinstance(state.get(name), int)


def _check_sound(path: Path, file: BinaryIO) -> None:
    """Compare each part of a checkpoint with its checksum.

    Raises:
        RunIncomplete: One is not as it was written.
    """
    part = "its list of contents"
    try:
        damaged = zipfile.ZipFile(file).testzip()
    except _UNREADABLE as error:
        raise _damaged(path, part) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # what a wrong offset in the file leads to
            raise
        raise _damaged(path, part) from error
    if damaged:
        raise _damaged(path, f"a part of it, '{damaged.partition('/')[2]}',")


def _damaged(path: Path, what: str) -> RunIncomplete:
    name, newest = path.parent.name, later_snapshots(path.parent)[-1:]
    others = [
        f"train on from its newest snapshot: paramdyn run --from {name}@{at}" for at in newest
    ]
    others.append(f"train it again from the start: paramdyn run {Layout(path.parent).spec_quoted}.")
    return RunIncomplete(
        f"{path}: is damaged: {what} is not as it was written. Sound bytes were expected; nothing "
        "of the run is changed. Put a good copy of the file back and resume the run; or "
        f"{'; or '.join(others)}"
    )


def _foreign(path: Path, reason: str) -> RunIncomplete:
    return RunIncomplete(
        f"{path}: does not fit this run ({reason}). Its own checkpoint was expected. Was the file "
        f"copied or edited? Put it back, or run the spec again: paramdyn run "
        f"{Layout(path.parent).spec_quoted}."
    )
