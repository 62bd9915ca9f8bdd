"""Reports read back from what ``analyze --json`` prints: ``report_data`` the other way round."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from paramdyn_tui.answers.report import Report, SubjectFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paramdyn.analysis.answer import Answer, Bars, Curve, Curves, Heatmap, Picture, Table
    from paramdyn.analysis.terms import Term
    from paramdyn.analysis.verdict import Verdict

Made = TypeVar("Made")


def report_from(data: Mapping[str, Any]) -> Report:
    """Return the report of which ``data`` is ``report_data``. It imports no torch.

    Args:
        data: What ``paramdyn analyze --json`` prints.
    """
    from paramdyn.catalogues import QUESTIONS

    answers = [_answer(each) for each in data["answers"]]
    failed = {str(each["question"]): str(each["why"]) for each in data["failed"]}
    names = [*(answer.question for answer in answers), *failed]
    return Report(
        asked=str(data["question"]),
        about={name: QUESTIONS.entry(name).summary for name in names if name in QUESTIONS},
        subjects=[_made(SubjectFacts, each) for each in data["subjects"]],
        answers=answers,
        failed=failed,
        options=dict(data["options"]),
        versions=dict(data["versions"]),
        terms=terms_from(data["terms"]),
    )


def terms_from(data: Mapping[str, Mapping[str, str]]) -> list[Term]:
    """Return the terms of which ``data`` is ``term_data``."""
    from paramdyn.analysis.terms import Term

    return [_made(Term, {"name": name, **facts}) for name, facts in data.items()]


def _made(kind: type[Made], data: Mapping[str, Any], **other: Any) -> Made:  # noqa: ANN401
    """Return a dataclass from those of its fields that are there."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in {**data, **other}.items() if key in known})


def _answer(data: Mapping[str, Any]) -> Answer:
    from paramdyn.analysis.answer import Answer, Missing

    return _made(
        Answer,
        data,
        verdicts=[_verdict(each) for each in data["verdicts"]],
        tables=[_table(each) for each in data["tables"]],
        pictures=[_picture(each) for each in data["pictures"]],
        missing=[_made(Missing, each) for each in data["missing"]],
    )


def _verdict(data: Mapping[str, Any]) -> Verdict:
    from paramdyn.analysis.verdict import Measured, Verdict

    measured = tuple(_made(Measured, each, **_figures(each)) for each in data["measured"])
    texts = {key: tuple(data[key]) for key in ("reasons", "what_would_change_it", "missing")}
    return _made(Verdict, data, **_figures(data), **texts, measured=measured, p=_figure(data["p"]))


def _figures(data: Mapping[str, Any]) -> dict[str, Any]:
    low, high = data["interval"]
    interval = (_figure(low), _figure(high))
    return {"value": _figure(data["value"]), "interval": interval, "null": _figure(data["null"])}


def _figure(value: float | str | None) -> float:
    """Return a number; what is undefined is NaN, infinities are written as texts."""
    return math.nan if value is None else float(value)


def _table(data: Mapping[str, Any]) -> Table:
    from paramdyn.analysis.answer import Column, Table

    columns = [_made(Column, each) for each in data["columns"]]
    texts = {column.key for column in columns if column.format == "text"}
    rows = [
        {
            key: float(cell) if cell in ("inf", "-inf") and key not in texts else cell
            for key, cell in row.items()
        }
        for row in data["rows"]
    ]
    reasons = {(each["row"], each["column"]): each["why"] for each in data["undefined"]}
    return _made(Table, data, columns=columns, rows=rows, reasons=reasons)


def _picture(data: Mapping[str, Any]) -> Picture:
    makers: Mapping[str, Callable[[Mapping[str, Any]], Picture]] = {
        "heatmap": _heatmap, "bars": _bars, "curves": _curves,
    }  # fmt: skip
    return makers[data["kind"]](data)


def _heatmap(data: Mapping[str, Any]) -> Heatmap:
    import numpy as np

    from paramdyn.analysis.answer import Heatmap

    rows = [[_figure(value) for value in row] for row in data["values"]]
    values = np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows and rows[0] else 0)
    return _made(Heatmap, data, values=values, low=_figure(data["low"]), high=_figure(data["high"]))


def _bars(data: Mapping[str, Any]) -> Bars:
    from paramdyn.analysis.answer import Bars

    parts = {
        part: [None if value is None else float(value) for value in values]
        for part, values in data["parts"].items()
    }
    return _made(Bars, data, parts=parts)


def _curves(data: Mapping[str, Any]) -> Curves:
    from paramdyn.analysis.answer import Curves

    return _made(Curves, data, curves=[_curve(each) for each in data["curves"]])


def _curve(data: Mapping[str, Any]) -> Curve:
    from paramdyn.analysis.answer import Curve

    arrays = {key: _numbers(data[key]) for key in ("x", "y")}
    ends = {key: None if data[key] is None else _numbers(data[key]) for key in ("low", "high")}
    return _made(Curve, data, **arrays, **ends)


def _numbers(values: Sequence[float | str | None]) -> NDArray[Any]:
    import numpy as np

    return np.array([_figure(value) for value in values], dtype=np.float64)
