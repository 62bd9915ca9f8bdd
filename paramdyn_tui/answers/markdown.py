"""Answers as a page of Markdown, with pictures beside it: what goes into a paper's notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from paramdyn_tui.answers.cells import cell_text
from paramdyn_tui.answers.explained import headings_of, term_data
from paramdyn_tui.answers.tables import reason_letters
from paramdyn_tui.answers.verdicts import EXACT, also_needed, statistic_of, word_of

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer, Missing, Picture, Table
    from paramdyn.analysis.terms import Term
    from paramdyn.analysis.verdict import Verdict

_SPECIAL = str.maketrans({"|": "\\|", "<": "&lt;", ">": "&gt;", "*": "\\*", "_": "\\_"})
_WITH_CODE = str.maketrans({"|": "\\|", "<": "&lt;", ">": "&gt;"})


def markdown_page(
    answers: Sequence[Answer],
    *,
    title: str,
    facts: Mapping[str, str],
    pictures: Mapping[tuple[str, str], str],
    terms: Sequence[Term],
    failed: Mapping[str, str],
) -> str:
    """Return a whole page.

    Args:
        answers: In the order shown.
        title: The page's heading.
        facts: What was asked with which versions, name -> text.
        pictures: (question, picture) -> what stands there: a link to a file, or a block of text.
        terms: What the numbers mean.
        failed: Question -> why it has no answer.
    """
    lines = [f"# {title}", ""]
    lines += [f"- {name}: {text}" for name, text in facts.items() if text]
    if len(answers) + len(failed) > 1:
        lines += ["", "## Verdicts", "", *_overview(answers)]
    for answer in answers:
        lines += ["", *_answer(answer, pictures)]
    if failed:
        lines += ["", "## Not answered", ""]
        lines += [f"- **{question}**: {escaped(why)}" for question, why in failed.items()]
    if terms:
        lines += ["", "## What the numbers mean", ""]
        headings = headings_of(answers)
        for name, term in term_data(terms).items():
            shown = ", ".join(headings.get(name, ()))
            named = f" (columns: {escaped(shown)})" if shown else ""
            parts = [escaped(term["definition"])]
            parts += [f"{key}: {escaped(term[key])}" for key in ("formula", "null", "reference")
                      if term[key]]  # fmt: skip
            lines.append(f"- **{escaped(name)}**{named}: {' '.join(map(_ended, parts))}")
    return "\n".join(lines) + "\n"


def _overview(answers: Sequence[Answer]) -> list[str]:
    """Return a line for each verdict, and for each question that has none."""
    lines = []
    for answer in answers:
        lines += [
            f"- {answer.question}: **{word_of(each)}**: {escaped(each.claim)} (n = {each.n})"
            for each in answer.verdicts
        ]
        if not answer.verdicts:
            said = answer.summary[0] if answer.summary else "no verdict"
            lines.append(f"- {answer.question}: {escaped(said)}")
    return lines


def _answer(answer: Answer, pictures: Mapping[tuple[str, str], str]) -> list[str]:
    lines = [f"## {answer.question}", "", f"Asked about: {', '.join(map(_code, answer.subjects))}."]
    if answer.verdicts:
        lines += ["", *_verdicts(answer.verdicts)]
    for text in answer.summary:
        lines += ["", escaped(text)]
    for table in answer.tables:
        lines += ["", *_table(_without_run(table, answer.subjects))]
    for picture in answer.pictures:
        lines += ["", *_picture(picture, pictures[answer.question, picture.name])]
    if answer.missing:
        lines += ["", "**Missing controls**", "", *_missing(answer.missing)]
    if answer.notes:
        lines += ["", "**Notes**", "", *(f"- {escaped(note)}" for note in answer.notes)]
    return lines


def _verdicts(verdicts: Sequence[Verdict]) -> list[str]:
    lines = []
    for verdict in verdicts:
        null = "" if verdict.null != verdict.null else f"; null {verdict.null:.3g}"
        lines.append(
            f'- **{word_of(verdict)}**: "{escaped(verdict.claim)}": '
            f"{escaped(statistic_of(verdict) + null + ': ' + verdict.null_name)}."
        )
        where = (
            [f"it is {verdict.margin}", *also_needed(verdict)]
            if verdict.margin not in ("", EXACT)
            else []
        )
        if where:
            lines.append(f"  It holds where {escaped(', and where '.join(where))}.")
        for head, clauses in (
            ("Because", verdict.reasons),
            ("Would change with", verdict.what_would_change_it),
        ):
            if clauses:
                lines.append(f"  {head} {escaped(', and '.join(clauses))}.")
    return lines


def _without_run(table: Table, subjects: Sequence[str]) -> Table:
    """Return a table without a first column that names the one subject in each row."""
    if len(subjects) > 1 or not table.rows:
        return table
    first, *others = table.columns
    if any(row.get(first.key) != subjects[0] for row in table.rows):
        return table
    return replace(table, columns=others) if others else table


def _table(table: Table) -> list[str]:
    """Return a table; a letter in an undefined cell leads to its reason below."""
    heads = [f"*{escaped(c.title)}*" if c.null else escaped(c.title) for c in table.columns]
    sides = [":--" if column.format == "text" else "--:" for column in table.columns]
    lines = [f"**{escaped(table.title)}**", "", _row(heads), _row(sides)]
    letters = reason_letters(table)
    for index, row in enumerate(table.rows):
        cells = []
        for column in table.columns:
            why = table.reasons.get((index, column.key), "")
            value = row.get(column.key)
            text = cell_text(value, column.format)
            if value is None and why:
                text = f"[{letters[why]}]"
            cells.append(escaped(text))
        lines.append(_row(cells))
    below = [f"[{sign}] undefined: {escaped(why)}." for why, sign in letters.items()]
    below += [escaped(table.note)] if table.note else []
    return [*lines, "", " ".join(below)] if below else lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _picture(picture: Picture, shown: str) -> list[str]:
    if "\n" in shown:
        return [f"**{escaped(picture.title)}**", "", "```text", shown, "```"]
    note = getattr(picture, "note", "")
    return [f"![{escaped(picture.title)}]({shown})", "", f"*{escaped(picture.title)}.* "
            f"{escaped(note)}".rstrip()]  # fmt: skip


def _missing(missing: Sequence[Missing]) -> list[str]:
    lines = [f"- {_code(each.run)} lacks {each.control}: {escaped(each.why)}" for each in missing]
    commands = dict.fromkeys(each.command for each in missing)
    return [*lines, "", "```sh", *(f"paramdyn {command}" for command in commands), "```"]


def escaped(text: str) -> str:
    """Return text as Markdown shows it, unchanged; a table's cell can hold it."""
    table = _WITH_CODE if "`" in text else _SPECIAL
    return text.translate(table).replace("\n", " ")


def _code(text: str) -> str:
    return f"`{text}`"


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
