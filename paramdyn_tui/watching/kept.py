"""What is read of the records of listed runs: once, and again when the file has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from paramdyn_tui.watching.marks import Mark, mark_of

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Reads one kind of thing when somebody asks, and keeps it while the files are the same.

    Args:
        runs: The runs folder.
        file_of: What is wanted -> the file of a run folder that holds it.
        read: That file, its size, and what is wanted -> what was found. Raises nothing.
        absent: What is found where there is no file.
    """

    def __init__(
        self,
        runs: Path,
        file_of: Callable[[str], str],
        read: Callable[[str, int, str], Value],
        absent: Value,
    ) -> None:
        self._runs = os.fspath(runs)
        self._file_of = file_of
        self._read = read
        self._absent = absent
        self._kept: dict[tuple[str, str], tuple[Mark, Value]] = {}

    def __call__(self, names: Iterable[str], what: str) -> dict[str, Value]:
        """Return for each run what is wanted of it. May be called from any thread."""
        return {name: self._of(name, what) for name in names}

    def _of(self, name: str, what: str) -> Value:
        file = f"{self._runs}/{name}/{self._file_of(what)}"
        mark = mark_of(file)
        kept = self._kept.get((name, what))
        if kept is not None and kept[0] == mark:
            return kept[1]
        value = self._absent if mark is None else self._read(file, mark[2], what)
        self._kept[name, what] = (mark, value)
        return value
