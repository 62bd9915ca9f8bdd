"""How far a run has moved in all, for a list: the last total of one measurement of drift.jsonl."""

from __future__ import annotations

import math
from pathlib import Path

from paramdyn.errors import StoreError
from paramdyn.store.drift_lines import last_line, needle_of
from paramdyn.store.records import decode

_STEP = b'{"step":'
_TOTAL = b',"total":'


def last_total(file: Path, measurement: str) -> float | None:
    """Return the total of the last whole line of a measurement, read from the end of the file.

    It may be NaN or infinite. None: there is no such line, the total is undefined, or the file
    cannot be read.
    """
    try:
        line = last_line(file, measurement)
    except StoreError:
        return None
    found = total_of(line, needle_of(measurement)) if line is not None else None
    return None if found is None else found[1]


def total_of(line: bytes, needle: bytes) -> tuple[float, float] | None:
    """Return step and total of a line; None where the total is undefined, or the line none.

    Args:
        line: A line of drift.jsonl that holds ``needle``.
        needle: Of its measurement, see ``needle_of``.
    """
    place = line.find(needle) + len(needle)
    if line.startswith(_STEP) and line.startswith(_TOTAL, place):
        step = line[len(_STEP) : line.find(b",")]
        total = line[place + len(_TOTAL) : line.find(b",", place + 1)].strip(b'"')
        try:
            return float(int(step)), float(total)
        except ValueError:
            pass  # null, or written by other hands
    try:
        record = decode(line)
        found = float(int(record["step"])), float(record["total"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return found if math.isfinite(found[0]) else None
