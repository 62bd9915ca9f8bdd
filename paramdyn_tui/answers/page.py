"""One answer as a page of text: verdicts, sentences, tables, pictures, what is missing, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from paramdyn.analysis.answer import Curves
from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.answers.tables import table_lines
from paramdyn_tui.answers.verdicts import verdicts_parts
from paramdyn_tui.plotting.answer_pictures import answer_picture

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer, Cell, Missing, Picture, Table


def answer_lines(answer: Answer, sheet: Sheet) -> list[str]:
    """Return an answer as lines, most important things first, without a heading.

    Args:
        answer: What was found.
        sheet: How it is wanted.
    """
    if len(answer.subjects) == 1:
        answer = without_name(answer, answer.subjects[0])
    parts = verdicts_parts(answer.verdicts, sheet)
    parts.append([line for text in answer.summary for line in sheet.prose(text)])
    shown = [table for table in answer.tables if sheet.details or not table.detail]
    only = answer.subjects[0] if len(answer.subjects) == 1 else ""
    parts += [table_lines(table, sheet, only=only) for table in shown]
    parts += [
        answer_picture(picture, width=sheet.width, height=sheet.height, color=sheet.color)
        for picture in answer.pictures
    ]
    hidden = [table.title for table in answer.tables if table.detail and not sheet.details]
    if hidden:
        text = f"With --details also: {'; '.join(hidden)}."
        parts.append([sheet.dim(line) for line in sheet.prose(text)])
    parts.append(missing_lines(answer.missing, sheet))
    parts.append(note_lines(answer.notes, sheet))
    return apart(parts)


def without_name(answer: Answer, name: str) -> Answer:
    """Return an answer whose tables and pictures do not say whose they are: there is one subject.

    Args:
        answer: About it.
        name: Of it, as it stands behind a title or before a text.
    """

    def put(text: str) -> str:
        return text.removesuffix(f": {name}").removeprefix(f"{name}: ").replace(f": {name}: ", ": ")

    def cells(table: Table) -> list[dict[str, Cell]]:
        return [
            {key: put(cell) if isinstance(cell, str) else cell for key, cell in row.items()}
            for row in table.rows
        ]

    def picture(found: Picture) -> Picture:
        title = put(found.title)
        if not isinstance(found, Curves):
            return replace(found, title=title)
        curves = [replace(each, label=put(each.label)) for each in found.curves]
        return replace(found, title=title, curves=curves)

    tables = [replace(each, title=put(each.title), rows=cells(each)) for each in answer.tables]
    return replace(answer, tables=tables, pictures=[picture(each) for each in answer.pictures])


def missing_lines(missing: Sequence[Missing], sheet: Sheet) -> list[str]:
    """Return which controls lack, why that matters, and what makes them; each command once."""
    if not missing:
        return []
    lines = [sheet.bold("missing controls")]
    lacking: dict[str, dict[str, list[str]]] = {}
    for each in missing:
        runs = lacking.setdefault(each.why, {}).setdefault(each.control, [])
        runs += [each.run] if each.run not in runs else []
    for why, controls in lacking.items():
        for control, runs in controls.items():
            verb = "lacks" if len(runs) == 1 else "lack"
            lines += sheet.prose(f"{', '.join(runs)} {verb} {control}", first="- ", rest="  ")
        lines += sheet.prose(why, first="  ")
    for command in dict.fromkeys(each.command for each in missing):
        # a command is copied: it is never broken
        lines.append(f"    paramdyn {command}")
    lines += sheet.prose("The same command with --make-controls trains them and answers again.")
    return lines


def note_lines(notes: Sequence[str], sheet: Sheet) -> list[str]:
    """Return the notes, a paragraph each."""
    if not notes:
        return []
    lines = [sheet.bold("notes")]
    for note in notes:
        lines += [sheet.dim(line) for line in sheet.prose(note, first="- ")]
    return lines


def apart(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return parts as lines, an empty one between two of them."""
    lines: list[str] = []
    for part in parts:
        if part:
            lines += [*([""] if lines else []), *part]
    return lines
