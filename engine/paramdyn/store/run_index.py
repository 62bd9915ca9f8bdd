"""All runs of a folder, for lists: one small file a run, read again only when it has changed.

The folder is the truth. What was read of each state.json is kept in the user's cache folder
(``index_cache``), and used as long as that very file is unchanged.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import orjson

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.store.atomic import store_error
from paramdyn.store.index_cache import Stamp, load_index, save_index
from paramdyn.store.layout import Layout
from paramdyn.store.present import present_state
from paramdyn.store.run_summary import (
    BROKEN,
    STATUSES,
    Facts,
    RunSummary,
    facts_of,
    facts_of_state,
    summary_from,
    summary_from_spec,
)
from paramdyn.store.state import LIVE

__all__ = ["RunSummary", "list_runs", "run_names", "summarize"]

_SETTLED_NS = 2 * 10**9
"""A file that changed this recently may change again without its time stamp showing it."""
_LOCKABLE = frozenset(STATUSES) - LIVE - {"suspended"}
_WORTH_KEEPING = 64  # files; reading fewer costs less than writing the cache


def list_runs(runs: Path, *, cached: bool = True) -> list[RunSummary]:
    """Return every run in ``runs``, newest first; those without a date last.

    A folder that cannot be read is listed with its problem; one that is deleted meanwhile is not. A
    missing ``runs`` has no runs.

    Args:
        runs: The folder of the run folders.
        cached: Whether what was read before may be used where a file has not changed since, and
            kept for the next time. Living processes are always looked up.

    Raises:
        StoreError: ``runs`` itself cannot be read.
    """
    names = run_names(runs)
    known = load_index(runs) if cached and len(names) >= _WORTH_KEEPING else {}
    index = _Index(runs, known)
    summaries = [index.summary(name) for name in names]
    summaries = [each for each in summaries if each.status != BROKEN or each.path.exists()]
    if cached and index.worth_keeping():
        save_index(runs, index.kept)
    return sorted(summaries, key=lambda summary: summary.created, reverse=True)


def summarize(path: Path) -> RunSummary:
    """Return one run's line; never raises."""
    return _Index(path.parent, {}).summary(path.name)


def run_names(runs: Path) -> list[str]:
    """Return the names of the folders in ``runs``, sorted; hidden ones are none of ours.

    Raises:
        StoreError: ``runs`` cannot be read. Missing, it has no names.
    """
    try:
        with os.scandir(runs) as entries:
            return sorted(e.name for e in entries if e.name[0] != "." and e.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise store_error(runs, "read", error) from error


class _Index:
    """Summaries of one folder's runs, made from what is known or from the files."""

    def __init__(self, runs: Path, known: dict[str, tuple[Stamp, Facts]]) -> None:
        self._runs = runs
        self._folder = os.fspath(runs)
        self._known = known
        self._read = 0
        self._settled = time.time_ns() - _SETTLED_NS
        self.kept: dict[str, tuple[Stamp, Facts]] = {}

    def summary(self, name: str) -> RunSummary:
        """Return one run's line; never raises."""
        summary = self._written(name)
        if summary.status in _LOCKABLE and os.path.lexists(f"{self._folder}/{name}/lock"):
            return self._carefully(name)  # somebody may have taken it up again
        return summary

    def _written(self, name: str) -> RunSummary:
        """Return what the last state says, corrected for a process that is gone."""
        file = f"{self._folder}/{name}/state.json"
        try:
            found = os.stat(file)  # noqa: PTH116 - ten thousand times; a Path costs more than this
        except (OSError, ValueError):
            return self._carefully(name)
        if not stat.S_ISREG(found.st_mode):
            return self._carefully(name)
        stamp = (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
        known = self._known.get(name)
        if known is not None and known[0] == stamp:
            try:
                summary = summary_from(name, self._runs, known[1])
            except (TypeError, ValueError, AttributeError):
                pass  # not as this version writes it
            else:
                self.kept[name] = known
                return summary
        return self._from_file(name, file, stamp)

    def worth_keeping(self) -> bool:
        """Tell whether enough was read that the next list gains by it."""
        return self._read >= max(_WORTH_KEEPING, len(self.kept) // 50)

    def _from_file(self, name: str, file: str, stamp: Stamp) -> RunSummary:
        try:
            with open(file, "rb") as opened:  # noqa: PTH123 - as above
                facts = facts_of(orjson.loads(opened.read()))
        except (OSError, ValueError):
            facts = None
        if facts is None:
            return self._carefully(name)
        if max(stamp[1], stamp[2]) < self._settled and name.isprintable():
            self.kept[name] = (stamp, facts)
            self._read += 1
        return summary_from(name, self._runs, facts)

    def _carefully(self, name: str) -> RunSummary:
        """Read state.json in the way that says what is wrong with it."""
        try:
            facts = facts_of_state(present_state(Layout(self._runs / name)))
        except RunIncomplete as error:
            return summary_from_spec(name, self._runs, str(error))
        except StoreError as error:
            return RunSummary(name=name, runs=self._runs, status=BROKEN, problem=str(error))
        if facts is None:
            problem = f"{self._folder}/{name}/state.json: is not as paramdyn writes it."
            return summary_from_spec(name, self._runs, f"{problem} Run its spec.toml again.")
        return summary_from(name, self._runs, facts)
