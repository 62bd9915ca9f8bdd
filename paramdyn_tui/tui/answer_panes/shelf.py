"""Answers that outlive the session: minutes of work are not lost with a link.

``answers`` in the user's state folder holds a file for each question and what it was asked about:
what ``paramdyn analyze --json`` printed, and how the files looked that it rests on. Where these
have changed since, or another version of paramdyn wrote it, it is no answer any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramdyn

MOST_KEPT = 200
"""Files; the oldest ones go first."""
Stamp = list[int] | None
"""Inode, time of change in ns, and size of a file; None where there is none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer from before.

    Attributes:
        question: What was asked.
        answer: What was printed.
        at: When, in seconds since 1970.
    """

    question: str
    answer: Any
    at: float


class Shelf:
    """The answers that are kept.

    Args:
        folder: Where; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(
        self, question: str, about: Sequence[str], stamps: Sequence[Stamp], answer: object
    ) -> None:
        """Keep an answer; where nothing can be written none is kept.

        Args:
            question: What was asked.
            about: What it was asked about: paths and options.
            stamps: How the files looked when the question was asked.
            answer: What was printed, as JSON can hold it.
        """
        from paramdyn.errors import StoreError
        from paramdyn.store.atomic import write_whole

        whole = {**_head(question, about, stamps), "at": time.time(), "answer": answer}
        with contextlib.suppress(OSError, StoreError, ValueError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._path(question, about), json.dumps(whole).encode(), durable=False)
            self._forget_old()

    def all_about(
        self, questions: Iterable[str], about: Sequence[str], stamps: Sequence[Stamp]
    ) -> list[Kept]:
        """Return what is known about the same files as they are now, the oldest answer first."""
        found = []
        for question in questions:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                whole = json.loads(self._path(question, about).read_bytes())
                head = _head(question, about, stamps)
                if {name: whole[name] for name in head} == head:
                    found.append(Kept(question, whole["answer"], float(whole["at"])))
        return sorted(found, key=lambda kept: kept.at)

    def _path(self, question: str, about: Sequence[str]) -> Path:
        name = hashlib.sha256("\0".join([question, *about]).encode("utf-8", "surrogateescape"))
        return self._folder / f"{name.hexdigest()[:24]}.json"

    def _forget_old(self) -> None:
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-MOST_KEPT]:
            path.unlink(missing_ok=True)


def stamp_of(path: Path) -> Stamp:
    """Return how a file looks: equal stamps, an unchanged file."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return [facts.st_ino, facts.st_mtime_ns, facts.st_size]


def _head(question: str, about: Sequence[str], stamps: Sequence[Stamp]) -> dict[str, Any]:
    return {
        "version": paramdyn.__version__,
        "question": question,
        "about": list(about),
        "stamps": list(stamps),
    }
