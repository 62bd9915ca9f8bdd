"""Answers as CSV: one file of verdicts, and one a table, as data frames want them.

RFC 4180, UTF-8. Undefined is an empty field; shares are in [0, 1], numbers have all their digits.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.answers.data import verdict_data

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer, Table

VERDICT_COLUMNS = (
    "question", "hypothesis", "word", "artefact", "claim", "statistic", "value", "low", "high",
    "n", "p", "null", "null_name", "margin", "reasons", "what_would_change_it", "missing",
)  # fmt: skip


def verdicts_csv(answers: Iterable[Answer]) -> str:
    """Return one row a verdict; without verdicts only the heading."""
    rows = []
    for answer in answers:
        for verdict in answer.verdicts:
            facts = verdict_data(verdict)
            low, high = facts["interval"]
            facts |= {"question": answer.question, "low": low, "high": high}
            rows.append([_field(facts[column]) for column in VERDICT_COLUMNS])
    return _text(VERDICT_COLUMNS, rows)


def table_csv(table: Table) -> str:
    """Return a table; a column ``KEY_undefined`` says why cells of KEY are empty, where some are.

    Args:
        table: Column keys are the headings.
    """
    keys = [column.key for column in table.columns]
    holed = [key for key in keys if any(name == key for _, name in table.reasons)]
    rows = [
        [_field(row.get(key)) for key in keys]
        + [table.reasons.get((index, key), "") for key in holed]
        for index, row in enumerate(table.rows)
    ]
    return _text([*keys, *(f"{key}_undefined" for key in holed)], rows)


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue()


def _field(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value
