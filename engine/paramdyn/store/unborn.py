"""Folders of runs that do not have their name yet: filled out of sight, or left by a killed maker.

Lists show none of them. Each says which process makes it, until it is renamed; so what is left
behind can be told from what a living process fills at this moment.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from paramdyn.errors import BadRequest, ParamdynError, StoreError
from paramdyn.store.atomic import TEMPORARY_SUFFIX, store_error, write_json
from paramdyn.store.json_files import build, read_object
from paramdyn.store.process import Process, is_alive, this_process

PREFIX = ".run-"
OLD_SECONDS = 86_400.0
"""Where its maker cannot be seen, a folder is left alone until nothing in it changed for a day."""
LONGEST_NAME = 240
"""Bytes of a run's name: file systems take 255, and the same run again gets a number."""

_MAKER = f".maker{TEMPORARY_SUFFIX}"


@contextlib.contextmanager
def unborn(runs: Path, run_id: str) -> Iterator[Path]:
    """Make a hidden folder for the block to fill; it is deleted unless ``name_folder`` named it.

    Errors in the block name the run, not the hidden folder: nobody else knows that one.

    Raises:
        BadRequest: The name is too long; nothing is made.
        StoreError: It cannot be made.
    """
    length = len(os.fsencode(run_id))
    if length > LONGEST_NAME:
        raise BadRequest(
            f"{run_id[:40]}...: the run's name has {length} bytes, at most {LONGEST_NAME} were "
            "expected. Choose shorter names for what it uses."
        )
    place = runs / run_id
    hidden = runs / f"{PREFIX}{secrets.token_hex(4)}{TEMPORARY_SUFFIX}"
    _make(runs, hidden, place)
    try:
        write_json(hidden / _MAKER, dataclasses.asdict(this_process()), durable=False)
        yield hidden
    except ParamdynError as error:
        error.args = (str(error).replace(str(hidden), str(place)),)
        raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def name_folder(hidden: Path, runs: Path, run_id: str) -> Path:
    """Give a folder the first free name, ``-2``, ``-3``, ...; two processes never get the same.

    Raises:
        StoreError: It cannot be renamed.
    """
    for number in itertools.count(1):
        path = runs / (run_id if number == 1 else f"{run_id}-{number}")
        if os.path.lexists(path):
            continue
        try:
            hidden.rename(path)
        except OSError as error:
            if not os.path.lexists(path):  # else another process was faster
                raise store_error(path, "made", error) from error
        else:
            # Only here: without it the hidden folder might be taken for one that was left.
            (path / _MAKER).unlink(missing_ok=True)
            return path
    raise AssertionError("unreachable")


def sweep_unborn(runs: Path) -> None:
    """Delete the folders in ``runs`` whose makers died, as far as that is possible.

    One is left alone while its maker lives; where that cannot be seen, as from another machine,
    until nothing in it has changed for a day.
    """
    with contextlib.suppress(OSError), os.scandir(runs) as entries:
        for entry in entries:
            name = entry.name
            if not (name.startswith(PREFIX) and name.endswith(TEMPORARY_SUFFIX)):
                continue
            if entry.is_dir(follow_symlinks=False) and _is_left(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)


def _make(runs: Path, hidden: Path, place: Path) -> None:
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise store_error(runs, "made", error) from error
    try:
        hidden.mkdir()
    except OSError as error:
        raise store_error(place, "made", error) from error


def _is_left(folder: Path) -> bool:
    alive = None
    with contextlib.suppress(StoreError):
        alive = is_alive(build(Process, read_object(folder / _MAKER), folder / _MAKER))
    return time.time() - _last_change(folder) > OLD_SECONDS if alive is None else not alive


def _last_change(folder: Path) -> float:
    """Return when something in the folder changed last; never, when that cannot be told."""
    try:
        return max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return float("inf")
