"""Deleting run folders: never one that is being written, never a part of one under its name."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from paramdyn.errors import StoreError
from paramdyn.store.atomic import store_error
from paramdyn.store.layout import Layout
from paramdyn.store.lock import lock_holder, locked
from paramdyn.store.run_summary import ALIVE, BROKEN, RunSummary
from paramdyn.store.unborn import sweep_unborn

TRASH_PREFIX = ".trash-"
"""What the name of a folder begins with that is being deleted; no list shows such a folder."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What deleting a run means.

    Attributes:
        run: The run.
        size: Bytes on the disk that it occupies; 0 for a link, whose target stays.
        link: Where its folder's link points; empty for a folder.
        children: Names of runs that started from one of its snapshots.
        refusal: Why it must not be deleted, in words; empty when it may.
    """

    run: RunSummary
    size: int
    link: str
    children: tuple[str, ...]
    refusal: str


def plan_removal(run: RunSummary, everything: Iterable[RunSummary]) -> Removal:
    """Return what deleting ``run`` means; touches nothing.

    Args:
        run: The run.
        everything: All runs of its folder.
    """
    link = os.readlink(run.path) if run.path.is_symlink() else ""  # noqa: PTH115 - text is wanted
    children = tuple(each.name for each in everything if each.parent_run == run.name)
    size = 0 if link else size_on_disk(run.path)
    return Removal(run, size, link, children, _refusal(run))


def descendants(names: Iterable[str], everything: Sequence[RunSummary]) -> list[RunSummary]:
    """Return the runs that started from those named, the runs that started from these, ..."""
    found: dict[str, RunSummary] = {}
    wanted = set(names)
    while True:
        below = [
            run
            for run in everything
            if run.parent_run in wanted and run.name not in wanted and run.name not in found
        ]
        if not below:
            return list(found.values())
        found |= {run.name: run for run in below}
        wanted |= set(found)


def remove_run(path: Path) -> None:
    """Delete a run's folder, or the link that stands for it.

    The folder is locked, gets a hidden name in one step, and is deleted then: killed at any
    moment, this leaves a whole run or a hidden folder, which ``sweep`` deletes.

    Raises:
        RunBusy: A process writes it.
        StoreError: It cannot be renamed (then it is whole), or not deleted to the end.
    """
    if path.is_symlink():
        try:
            path.unlink()
        except OSError as error:
            raise store_error(path, "deleted", error) from error
        return
    hidden = path.with_name(f"{TRASH_PREFIX}{path.name[:200]}-{secrets.token_hex(4)}")
    with locked(Layout(path)):
        try:
            path.rename(hidden)
        except OSError as error:
            raise store_error(path, "deleted", error) from error
    try:
        shutil.rmtree(hidden)
    except OSError as error:
        said = str(store_error(path, "deleted to its end", error))
        raise StoreError(
            f"{said} What is left of it has the hidden name {hidden.name}, and the next paramdyn "
            "rm deletes it."
        ) from error


def sweep(runs: Path) -> None:
    """Delete what killed processes left hidden in a runs folder, as far as that is possible.

    What ``remove_run`` did not finish, and runs that were never begun (``unborn``). Another process
    may be deleting the same; both get to the end.
    """
    sweep_unborn(runs)
    with contextlib.suppress(OSError), os.scandir(runs) as entries:
        for entry in entries:
            if entry.name.startswith(TRASH_PREFIX) and entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)


def size_on_disk(path: Path) -> int:
    """Return the bytes that a folder's files occupy; links count as themselves."""
    total, waiting = 0, [os.fspath(path)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    total += getattr(found, "st_blocks", -(-found.st_size // 512)) * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total


def _refusal(run: RunSummary) -> str:
    layout = Layout(run.path)
    if not (layout.spec.is_file() or layout.state.is_file()):
        return "has neither spec.toml nor state.json, so it is no run. Delete it by hand."
    if run.status in ALIVE or (run.status == "queued" and run.pid):
        return f"is {run.status}. Stop it first: paramdyn stop {run.name}"
    if run.status == "stale":
        return (
            "is stale: its process is on another machine and may still write. Stop it there, or "
            "wait until it ends."
        )
    if run.status == BROKEN and run.problem and "schema version" in run.problem:
        return "was written by a newer paramdyn, which may be running it. Delete it with that one."
    try:
        holder = lock_holder(layout)
    except (StoreError, OSError):
        return ""  # taking the lock will say what is wrong
    return f"is being written by process {holder.pid} on {holder.host}." if holder else ""
