"""Everything a run needs to go on as if it had never stopped, in one private file."""

from __future__ import annotations

import contextlib
import pickle
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from paramdyn.errors import RunIncomplete, SchemaTooNew
from paramdyn.store.atomic import replacing, write_all

VERSION = 2

_MISFIT = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError)
_UNREADABLE = (*_MISFIT, OSError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile)


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
        RunIncomplete: There is none, or it cannot be read.
        SchemaTooNew: A newer paramdyn wrote it.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except FileNotFoundError as error:
        raise RunIncomplete(
            f"{path}: no checkpoint. Only a run that was stopped, crashed or failed after it began "
            "can be resumed; to run its spec again: paramdyn run "
            f"{path.parent / 'spec.toml'}."
        ) from error
    except _UNREADABLE as error:
        raise RunIncomplete(
            f"{path}: cannot be read ({type(error).__name__}). A checkpoint of this run "
            f"was expected. Run the spec again: paramdyn run {path.parent / 'spec.toml'}."
        ) from error
    if not isinstance(state, dict) or not _has_number(state, "version"):
        raise RunIncomplete(
            f"{path}: holds something else. A checkpoint of this run was expected. Run the spec "
            f"again: paramdyn run {path.parent / 'spec.toml'}."
        )
    if state["version"] > VERSION:
        raise SchemaTooNew(
            f"{path}: version {state['version']}; this paramdyn reads up to {VERSION}. "
            "Resume with the paramdyn that wrote it, or a newer one."
        )
    if not _has_number(state, "step"):
        raise _foreign(path, "it has no step")
    return state


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


def _foreign(path: Path, reason: str) -> RunIncomplete:
    return RunIncomplete(
        f"{path}: does not fit this run ({reason}). Its own checkpoint was expected. Was the file "
        f"copied or edited? Put it back, or run the spec again: paramdyn run "
        f"{path.parent / 'spec.toml'}."
    )
