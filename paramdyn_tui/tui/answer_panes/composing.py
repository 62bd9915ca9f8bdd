"""An answer as rows: the verdicts first, then sentences, tables, pictures, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from paramdyn.analysis.answer import Bars, Curves, Heatmap
from paramdyn_tui.answers.explained import term_lines
from paramdyn_tui.answers.letters import lettered, letters_for
from paramdyn_tui.answers.page import note_lines
from paramdyn_tui.answers.report import Report, overview_lines, question_line, subject_lines
from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.answers.tables import table_lines
from paramdyn_tui.answers.verdicts import verdicts_parts
from paramdyn_tui.plotting.answer_pictures import answer_picture
from paramdyn_tui.tui.answer_panes.painted import (
    AROUND_ZERO,
    BARS,
    CURVES,
    RISING,
    WORDS,
    Meaning,
    painted_rows,
)
from paramdyn_tui.tui.cells import Picture as Rows
from paramdyn_tui.tui.cells import Span

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer, Missing, Picture
    from paramdyn.analysis.terms import Term

LEAST_WIDTH = 40


def report_rows(report: Report, sheet: Sheet, *, explain: bool) -> Rows:
    """Return everything that was found as rows.

    Args:
        report: What was found.
        sheet: How wide it is, whether it has colours, and whether details are wanted.
        explain: Whether it ends with what the numbers mean.
    """
    letters = letters_for([each.name for each in report.subjects])
    answers = [lettered(answer, letters) for answer in report.answers]
    parts: list[Rows] = [painted_rows(subject_lines(report.subjects, sheet, letters), WORDS)]
    several = len(report.answers) + len(report.failed) > 1
    if several:
        overview = overview_lines(replace(report, answers=answers), sheet)
        parts.append(painted_rows(overview, WORDS))
    for answer in answers:
        if several:
            about = report.about.get(answer.question, "")
            parts.append(painted_rows([question_line(answer.question, about, sheet)], WORDS))
        parts += answer_parts(answer, sheet)
    for name, why in report.failed.items():
        head = [question_line(name, "not answered", sheet), *sheet.prose(why)]
        parts.append(painted_rows(head, WORDS))
    if explain:
        parts += [term_rows(report.terms, sheet)]
    return _apart(parts)


def answer_parts(answer: Answer, sheet: Sheet) -> list[Rows]:
    """Return an answer as parts of a page."""
    parts = [painted_rows(lines, WORDS) for lines in verdicts_parts(answer.verdicts, sheet)]
    summary = [line for text in answer.summary for line in sheet.prose(text)]
    parts.append(painted_rows(summary, WORDS))
    only = answer.subjects[0] if len(answer.subjects) == 1 else ""
    shown = [table for table in answer.tables if sheet.details or not table.detail]
    parts += [painted_rows(table_lines(table, sheet, only=only), WORDS) for table in shown]
    parts += [picture_rows(picture, sheet) for picture in answer.pictures]
    hidden = len(answer.tables) - len(shown)
    if hidden:
        text = f"{hidden} more table{'s' * (hidden != 1)} with the details."
        parts.append([(Span(text, "dim"),)])
    parts.append(missing_rows(answer.missing, sheet))
    parts.append(painted_rows(note_lines(answer.notes, sheet), WORDS))
    return parts


def picture_rows(picture: Picture, sheet: Sheet) -> Rows:
    """Return a picture in the colours of the theme."""
    lines = answer_picture(picture, width=sheet.width, height=sheet.height, color=sheet.color)
    return painted_rows(lines, _meaning(picture))


def _meaning(picture: Picture) -> Meaning:
    if isinstance(picture, Heatmap):
        return AROUND_ZERO if picture.low < 0 else RISING
    if isinstance(picture, Bars):
        return BARS
    assert isinstance(picture, Curves)
    return CURVES


def missing_rows(missing: Sequence[Missing], sheet: Sheet) -> Rows:
    """Return which controls are missing, why that matters, and what makes them."""
    if not missing:
        return []
    rows: Rows = [(Span("missing controls", "warn"),)]
    for each in dict.fromkeys((each.run, each.control, each.why) for each in missing):
        run, control, why = each
        rows += [(Span(line),) for line in sheet.prose(f"{run} lacks {control}: {why}", first="- ",
                                                       rest="  ")]  # fmt: skip
    for command in dict.fromkeys(each.command for each in missing):
        rows.append((Span("  $ ", "dim"), Span(f"paramdyn {command}", "link")))
    return rows


def term_rows(terms: Sequence[Term], sheet: Sheet) -> Rows:
    """Return what the numbers mean: definition, formula, null and source of each."""
    if not terms:
        return [(Span("No number here needs an explanation.", "dim"),)]
    head: Rows = [(Span("what the numbers mean", "title"),)]
    return [*head, *painted_rows(term_lines(terms, sheet), WORDS)]


def _apart(parts: Sequence[Rows]) -> Rows:
    rows: Rows = []
    for part in parts:
        if part:
            rows += [*([()] if rows else []), *part]
    return rows
