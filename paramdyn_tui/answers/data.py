"""Answers as plain values for JSON: undefined is null, with its reason; never NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paramdyn.analysis.answer import Answer, Bars, Cell, Curves, Heatmap, Picture, Table
    from paramdyn.analysis.verdict import Verdict


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return everything that an answer holds."""
    return {
        "question": answer.question,
        "subjects": list(answer.subjects),
        "summary": list(answer.summary),
        "verdicts": [verdict_data(verdict) for verdict in answer.verdicts],
        "tables": [table_data(table) for table in answer.tables],
        "pictures": [picture_data(picture) for picture in answer.pictures],
        "missing": [asdict(each) for each in answer.missing],
        "notes": list(answer.notes),
    }


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict with all that it looked at, and its sentence."""
    from paramdyn.analysis.verdict import verdict_text

    return {**_plain(asdict(verdict)), "sentence": verdict_text(verdict)}


def table_data(table: Table) -> dict[str, Any]:
    """Return a table; every row has every column."""
    return {
        "name": table.name,
        "title": table.title,
        "detail": table.detail,
        "note": table.note,
        "columns": [asdict(column) for column in table.columns],
        "rows": [
            {column.key: plain_cell(row.get(column.key)) for column in table.columns}
            for row in table.rows
        ],
        "undefined": [
            {"row": row, "column": key, "why": why}
            for (row, key), why in sorted(table.reasons.items())
        ],
    }


def plain_cell(value: Cell) -> Cell:
    """Return a cell as JSON can hold it: infinities as ``inf`` and ``-inf``."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else f"{value:g}"
    return value


def picture_data(picture: Picture) -> dict[str, Any]:
    """Return the numbers of a picture, and which kind it is."""
    from paramdyn.analysis.answer import Bars, Heatmap

    if isinstance(picture, Heatmap):
        return {"kind": "heatmap", **_heatmap(picture)}
    if isinstance(picture, Bars):
        return {"kind": "bars", **_bars(picture)}
    return {"kind": "curves", **_curves(picture)}


def _curves(picture: Curves) -> dict[str, Any]:
    return {
        "name": picture.name,
        "title": picture.title,
        "x_label": picture.x_label,
        "y_label": picture.y_label,
        "log_x": picture.log_x,
        "log_y": picture.log_y,
        "curves": [
            {
                "label": curve.label,
                "null": curve.null,
                "x": _numbers(curve.x),
                "y": _numbers(curve.y),
                "low": None if curve.low is None else _numbers(curve.low),
                "high": None if curve.high is None else _numbers(curve.high),
            }
            for curve in picture.curves
        ],
    }


def _heatmap(picture: Heatmap) -> dict[str, Any]:
    return {
        "name": picture.name,
        "title": picture.title,
        "row_title": picture.row_title,
        "column_title": picture.column_title,
        "rows": list(picture.rows),
        "columns": list(picture.columns),
        "low": plain_cell(picture.low),
        "high": plain_cell(picture.high),
        "note": picture.note,
        "values": [[plain_cell(value) for value in row] for row in picture.values.tolist()],
    }


def _bars(picture: Bars) -> dict[str, Any]:
    return {
        "name": picture.name,
        "title": picture.title,
        "unit": picture.unit,
        "labels": list(picture.labels),
        "nulls": list(picture.nulls),
        "parts": {
            part: [plain_cell(value) for value in values] for part, values in picture.parts.items()
        },
    }


def _numbers(values: NDArray[Any]) -> list[Cell]:
    return [plain_cell(value) for value in values.tolist()]


def _plain(value: Any) -> Any:  # noqa: ANN401 - nested plain values
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return plain_cell(value)
