"""What an analysis says: verdicts, tables and pictures as plain data, for whoever shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from paramdyn.analysis.verdict import Verdict

Cell = str | int | float | bool | None
"""None is undefined: ``Table.reasons`` says why. Never NaN."""

Format = Literal["text", "count", "share", "number", "probability", "step", "bytes"]
"""How a column's cells are written; a share is in [0, 1] and shown in per cent."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        key: Its name in rows, JSON and CSV; lower_case.
        title: Its heading, one or two words.
        format: How cells are written.
        term: Name in the glossary of what it holds; empty for names of things.
        null: True for a null or a control: it belongs beside the column before it.
    """

    key: str
    title: str
    format: Format = "number"
    term: str = ""
    null: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers that belong together.

    Attributes:
        name: lower_case; unique within an answer.
        title: A heading.
        columns: In the order shown; those that matter most come first.
        rows: Column key -> cell; a missing key is an undefined cell.
        reasons: (row number, column key) -> why that cell is undefined.
        note: One sentence below the table: n, what was left out, what is counted.
        detail: True for a table that a first look can do without (per layer, per seed).
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Cell]]
    reasons: Mapping[tuple[int, str], str] = field(default_factory=dict)
    note: str = ""
    detail: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a picture.

    Attributes:
        label: What it shows.
        x: Shape: (N,), finite.
        y: Shape: (N,); NaN where undefined.
        low: Lower end of its band, shape (N,), or None.
        high: Upper end of its band, shape (N,), or None.
        null: True for a null or a control: drawn fainter.
    """

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    null: bool = False


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over a common axis."""

    name: str
    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """A matrix.

    Attributes:
        name: lower_case; unique within an answer.
        title: A heading.
        row_title: What rows are.
        column_title: What columns are.
        rows: A label each, or empty for units without names.
        columns: A label each, or empty.
        values: Shape: (R, C); NaN where undefined.
        low: Value of the scale's lower end.
        high: Value of its upper end; symmetric about zero when ``low`` is negative.
        note: One sentence below.
    """

    name: str
    title: str
    row_title: str
    column_title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: NDArray[np.float64]
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Lengths, or parts of a whole.

    Attributes:
        name: lower_case; unique within an answer.
        title: A heading.
        labels: One a bar.
        parts: Part -> a length a bar, drawn one after the other; undefined lengths are None.
        unit: Of the lengths; ``share`` is shown in per cent.
        nulls: Bars (by label) that are nulls or controls.
    """

    name: str
    title: str
    labels: Sequence[str]
    parts: Mapping[str, Sequence[float | None]]
    unit: str = ""
    nulls: Sequence[str] = ()


Picture = Curves | Heatmap | Bars


@dataclass(frozen=True, slots=True)
class Missing:
    """A control that was not there.

    Attributes:
        run: The run that lacks it.
        control: Its arm, such as ``order``.
        why: What cannot be said without it.
        command: What makes it: arguments of ``paramdyn``, as a shell takes them.
    """

    run: str
    control: str
    why: str
    command: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question found.

    Attributes:
        question: Its name.
        subjects: Names of the runs or files that it was asked about.
        summary: A few whole sentences that a reader could print; each number with its null.
        verdicts: In order of importance.
        tables: In the order shown.
        pictures: In the order shown.
        missing: Controls that were not there.
        notes: What was left out, assumed, or looked at on purpose (n images, device, BatchNorm).
    """

    question: str
    subjects: Sequence[str]
    summary: Sequence[str] = ()
    verdicts: Sequence[Verdict] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    missing: Sequence[Missing] = ()
    notes: Sequence[str] = ()
