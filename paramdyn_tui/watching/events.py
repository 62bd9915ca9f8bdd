"""events.jsonl as what happened to a run, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from paramdyn.store.records import decode
from paramdyn_tui.formatting import count, number, percent
from paramdyn_tui.watching.tail import Tail

LETTERS = {
    "perturbation": "P",
    "learning-rate": "L",
    "snapshot": "S",
    "diverged": "D",
    "warning": "W",
}
"""Event -> the letter that marks it in a picture, as ``paramdyn plot`` does."""
_EDGES = ("init", "final")


class Event(NamedTuple):
    """One thing that happened to a run.

    Attributes:
        step: After so many updates.
        epoch: The same in epochs; NaN while nobody knows how long one is.
        kind: ``perturbation``, ``learning-rate``, ``snapshot``, ``diverged``, ``warning``,
            ``finished``, or what a newer version writes.
        text: What happened, in words, without the kind.
        letter: What marks it in a picture; empty for what is not marked: the end, and snapshots of
            the start and the end.
    """

    step: int
    epoch: float
    kind: str
    text: str
    letter: str


class EventFeed:
    """The events of a run so far.

    Attributes:
        problem: What is wrong with the file or a line of it, in words; the others count.

    Args:
        path: Its events.jsonl; it may be absent.
    """

    def __init__(self, path: Path) -> None:
        self.problem = ""
        self._tail = Tail(path)
        self._records: list[tuple[int, Mapping[str, Any]]] = []
        self._lines = 0
        self._spoilt = ""

    def look(self) -> bool:
        """Read what was added; tell whether anything is new."""
        before = self.problem
        lines = self._tail.added()
        if self._tail.restarted:
            self._records, self._lines, self._spoilt = [], 0, ""
        for line in lines:
            self._lines += 1
            self._add(line)
        self.problem = self._tail.problem or self._spoilt
        return bool(lines) or self._tail.restarted or before != self.problem

    def events(self, steps_per_epoch: int) -> tuple[Event, ...]:
        """Return what happened so far, in the order in which it was written, each once.

        Args:
            steps_per_epoch: Updates an epoch; 0: unknown.
        """
        found: dict[Event, None] = {}
        for step, record in self._records:
            kind = str(record.get("event"))
            edge = kind == "snapshot" and record.get("name") in _EDGES
            found[
                Event(
                    step=step,
                    epoch=step / steps_per_epoch if steps_per_epoch else float("nan"),
                    kind=kind,
                    text=event_text(record),
                    letter="" if edge else LETTERS.get(kind, ""),
                )
            ] = None
        return tuple(found)

    def _add(self, line: bytes) -> None:
        try:
            record = decode(line)
        except (ValueError, RecursionError):
            record = {}
        step = record.get("step")
        if type(step) is int and abs(step) < 2**63:
            self._records.append((step, record))
        elif not self._spoilt:
            self._spoilt = (
                f"{self._tail.path}: line {self._lines} is corrupt. A line must be one JSON object "
                "with a whole number as 'step'. It is passed over; delete it."
            )


def event_text(record: Mapping[str, Any]) -> str:
    """Return what an event tells beside its step and kind, in a few words.

    >>> event_text({"step": 30, "event": "learning-rate", "rate": 0.01})
    '0.01'
    """
    kind = record.get("event")
    if kind == "learning-rate" and _is_number(record.get("rate")):
        return number(record["rate"])
    if kind == "perturbation":
        return _perturbation(record)
    about = {key: value for key, value in record.items() if key not in ("step", "event", "file")}
    texts = [str(about.pop(key)) for key in ("name", "text", "message", "reason") if key in about]
    return ", ".join([*texts, *(f"{key} {value}" for key, value in about.items())])


def _perturbation(record: Mapping[str, Any]) -> str:
    texts = [str(record.get("text", ""))]
    changed, scalars = record.get("changed"), record.get("scalars")
    if type(changed) is int and type(scalars) is int:
        texts.append(f"{count(changed)} of {count(scalars)} scalars")
    relative = record.get("relative_norm")
    if _is_number(relative):
        texts.append(f"moved {percent(relative)}")
    return ", ".join(filter(None, texts))


def _is_number(value: object) -> bool:
    return type(value) in (int, float)
