"""Records that may have been edited: as the recorder writes them, or an error that names the file.

The store reads any JSON object; what a picture or a table counts on is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paramdyn.errors import RunIncomplete

Record = Mapping[str, Any]

_WORDS = ("nan", "inf", "-inf")  # as the files write them


def odd_record(path: Path, record: Record, expected: str) -> RunIncomplete:
    """Return the error about a record that is not as the recorder writes it."""
    shown = str(dict(record))
    shown = shown if len(shown) <= 80 else f"{shown[:80]}..."
    return RunIncomplete(
        f"{path}: has the record {shown}. Expected {expected}. Was it edited? Delete that line, or "
        "run the spec again."
    )


def check_step(record: Record, path: Path) -> None:
    """Check that a record says at which step it was made.

    Raises:
        RunIncomplete: It does not.
    """
    if type(record.get("step")) is not int:
        raise odd_record(path, record, "a whole number as 'step'")


def check_metrics(record: Record, path: Path) -> None:
    """Check a record of metrics.jsonl.

    Raises:
        RunIncomplete: It has no step, or a field that is no number.
    """
    check_step(record, path)
    if not all(_is_number(value) for value in record.values()):
        raise odd_record(path, record, "numbers")


def check_drift(record: Record, path: Path) -> None:
    """Check a record of drift.jsonl.

    Raises:
        RunIncomplete: It has no step, or its values are no list of numbers; those of ``classes``
            are one such list of whole numbers for each class.
    """
    check_step(record, path)
    total, values = record.get("total"), record.get("values")
    if record.get("measurement") != "classes":
        if not _is_number(total) or not _are_numbers(values):
            raise odd_record(path, record, "a number as 'total' and a list of numbers as 'values'")
        return
    counts = isinstance(total, dict) and _is_list(list(total.values()), int)
    lists = isinstance(values, dict) and all(_is_list(value, int) for value in values.values())
    if not counts or not lists:
        raise odd_record(path, record, "whole numbers for each class in 'total' and 'values'")


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, int | float) or value in _WORDS


def _are_numbers(values: object) -> bool:
    return isinstance(values, list) and all(_is_number(value) for value in values)


def _is_list(value: object, *kinds: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kinds) for item in value)
