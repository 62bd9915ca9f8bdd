"""A run's folder: made, opened, locked, found by name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from paramdyn.errors import PluginError, RunIncomplete, RunNotFound, StoreError
from paramdyn.registry import nearest_names
from paramdyn.regular_files import read_regular
from paramdyn.store import control
from paramdyn.store.atomic import store_error, write_whole
from paramdyn.store.layout import Layout
from paramdyn.store.lock import locked
from paramdyn.store.records import Record, read
from paramdyn.store.runs_place import DEFAULT_RUNS, RUNS_VARIABLE, runs_folder
from paramdyn.store.unborn import name_folder, sweep_unborn, unborn

__all__ = ["DEFAULT_RUNS", "RUNS_VARIABLE", "RunFolder", "find_run", "runs_folder", "snapshot_path"]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder.

    Attributes:
        path: Where it is.
    """

    path: Path

    @property
    def name(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def layout(self) -> Layout:
        """Its files."""
        return Layout(self.path)

    @classmethod
    def create(
        cls,
        runs: Path,
        run_id: str,
        spec_toml: str,
        fill: Callable[[Self], None] = lambda _: None,
    ) -> Self:
        """Make a new folder that holds ``spec_toml``; with ``-2``, ``-3``, ... when taken.

        It appears under its name with all that ``fill`` writes, or not at all: nobody ever sees a
        run without its state. A process that is killed on the way leaves a hidden folder, which
        the next run's creation sweeps away.

        Args:
            runs: Where it is made.
            run_id: Its name, unless that is taken.
            spec_toml: What was asked.
            fill: Called with the folder before it has its name, to write more into it.

        Raises:
            BadRequest: The name is longer than a disk takes; nothing is made.
            StoreError: It cannot be made or written; nothing is left behind.
        """
        with unborn(runs, run_id) as path:
            hidden = cls(path)
            write_whole(hidden.layout.spec, spec_toml.encode())
            fill(hidden)
            named = cls(name_folder(path, runs, run_id))
        sweep_unborn(runs)
        return named

    @classmethod
    def take(cls, path: Path, spec_toml: str) -> Self:
        """Return the folder that was made for a run when it was queued, with its final spec.

        Raises:
            RunNotFound, RunIncomplete: As ``open``.
            StoreError: spec.toml cannot be written.
        """
        folder = cls.open(path)
        write_whole(folder.layout.spec, spec_toml.encode())
        return folder

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the run folder at ``path``.

        Raises:
            RunNotFound: No such folder.
            RunIncomplete: The folder has no spec.toml.
        """
        if not os.path.isdir(path):  # noqa: PTH112 - as in find_run
            raise RunNotFound(f"{path}: no such run folder. List the runs: paramdyn ls.")
        folder = cls(path)
        if not folder.layout.spec.is_file():
            raise RunIncomplete(
                f"{path}: has no spec.toml, so it is no run folder. List the runs: paramdyn ls."
            )
        return folder

    def lock(self) -> AbstractContextManager[None]:
        """Return a context manager that makes the calling process the folder's one writer.

        Raises:
            RunBusy: On entering, when a living process is that already.
            StoreError: On entering, when the folder cannot be written.
        """
        return locked(self.layout)

    @contextlib.contextmanager
    def taken_up(self) -> Iterator[None]:
        """Hold the lock, which tells everybody that the run starts, without requests to others.

        Raises:
            RunBusy, StoreError: As ``lock``.
        """
        with self.lock():
            with contextlib.suppress(StoreError):
                control.drop_older(self.layout)
            yield

    def add_plugin(self, path: Path) -> Path:
        """Copy a plug-in file into the folder and return the copy.

        Raises:
            PluginError: Another plug-in of this run has the same file name.
            StoreError: It cannot be read or written.
        """
        try:
            content = read_regular(path)
            self.layout.plugins.mkdir(exist_ok=True)
        except OSError as error:
            raise store_error(path, "copied into the run folder", error) from error
        copy = self.layout.plugins / path.name
        if copy.exists() and read_regular(copy) != content:
            raise PluginError(
                f"{path}: this run has another plug-in named '{path.name}'. Each needs a file "
                "name of its own; rename one."
            )
        write_whole(copy, content)
        return copy


def find_run(runs: Path, name: str) -> RunFolder:
    """Return the run that ``name`` stands for: an id, a path, or the unambiguous start of an id.

    Raises:
        RunNotFound: None or several; the nearest or all candidates are named.
        RunIncomplete: The folder is there and is no run folder.
    """
    for path in (runs / name, Path(name).expanduser()) if name else ():
        if os.path.isdir(path):  # noqa: PTH112 - a Path raises where a name is too long
            return RunFolder.open(path.absolute())
    names = _names(runs)
    starting = [known for known in names if name and known.startswith(name)]
    if len(starting) == 1:
        return RunFolder.open((runs / starting[0]).absolute())
    if starting:
        raise RunNotFound(
            f"{runs}: '{name}' is the start of {len(starting)} runs: {_some(starting)}. Write more "
            "of the name."
        )
    near = nearest_names(name, names)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    raise RunNotFound(f"{runs}: no run '{name}' among {len(names)}.{hint} All runs: paramdyn ls.")


def snapshot_path(folder: RunFolder, step: str) -> Path:
    """Return the file of a kept snapshot.

    Args:
        folder: The run.
        step: ``init``, ``final``, ``best`` or a step number.

    Raises:
        RunNotFound: The run kept no such snapshot; those it kept are named.
        RunIncomplete: It was kept and the file is gone.
    """
    events = [event for event in read(folder.layout.events)[0] if event.get("event") == "snapshot"]
    for event in reversed(events):
        if _answers(event, step):
            path = folder.path / str(event.get("file"))
            if path.is_file():
                return path
            raise RunIncomplete(
                f"{path}: snapshot '{step}' was kept and is gone. Was it "
                "deleted? Put it back, or choose another one."
            )
    kept = [f"{event.get('name')} ({event.get('step')})" for event in events]
    has = f"It has: {', '.join(kept)}." if kept else "It kept none."
    raise RunNotFound(
        f"{folder.name}: no snapshot '{step}'. {has} Choose a kept one, or run its spec again with "
        "other --snapshots."
    )


def _answers(event: Record, step: str) -> bool:
    if event.get("name") == step:
        return True
    # best.safetensors moves on as validation improves: a step number never means it.
    wanted = 0 if step == "init" else int(step) if step.isdecimal() else None
    return event.get("name") != "best" and wanted is not None and event.get("step") == wanted


def _names(runs: Path) -> list[str]:
    try:
        return sorted(p.name for p in runs.iterdir() if p.name[0] != "." and p.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise store_error(runs, "read", error) from error


def _some(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
