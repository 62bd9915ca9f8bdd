"""Everything that one ``paramdyn analyze`` found: as lines of a page, and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from paramdyn_tui.answers.data import answer_data
from paramdyn_tui.answers.explained import headings_of, term_data, term_lines
from paramdyn_tui.answers.letters import lettered, letters_for
from paramdyn_tui.answers.page import answer_lines, apart
from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.answers.verdicts import MARGIN, styled_word, word_of
from paramdyn_tui.formatting import count
from paramdyn_tui.plotting.frame import VERMILION

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer
    from paramdyn.analysis.terms import Term

MOST_SUBJECTS = 12
"""Subjects that are listed one a line."""
SUSPECT = ("diverged", "failed", "crashed", "broken")
"""Statuses of runs whose numbers are no result."""
NOT_ANSWERED = "not answered"
CHECKPOINT = "checkpoint"
"""What ``SubjectFacts.values`` says of values that are in no snapshot."""


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What was asked about.

    Attributes:
        name: Run id, or file name.
        path: Its folder or file; empty for a model without values.
        status: A run's status, ``weights`` or ``model``.
        model: Name of the model.
        dataset: Name of the data set.
        seed: Of the run; None for weights from elsewhere.
        step: Of the values that count as its end; None where none are kept.
        values: Where those are: ``checkpoint`` or a snapshot's name; empty of what is no run.
        last_record: Of a live run, the last step whose records count; None: all.
    """

    name: str
    path: str
    status: str
    model: str
    dataset: str
    seed: int | None
    step: int | None
    values: str = ""
    last_record: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        asked: The question, or ``all``.
        about: Question -> one line about it.
        subjects: What was asked about.
        answers: In the order of the questions.
        failed: Question -> why it has no answer.
        options: How closely was looked.
        versions: Of paramdyn and what it computes with.
        terms: What the numbers mean, if that was asked for or is to be kept.
    """

    asked: str
    about: Mapping[str, str]
    subjects: Sequence[SubjectFacts]
    answers: Sequence[Answer]
    failed: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    terms: Sequence[Term] = ()


def report_data(report: Report) -> dict[str, Any]:
    """Return everything for JSON."""
    return {
        "question": report.asked,
        "subjects": [asdict(each) for each in report.subjects],
        "options": dict(report.options),
        "versions": dict(report.versions),
        "answers": [answer_data(answer) for answer in report.answers],
        "failed": [{"question": name, "why": why} for name, why in report.failed.items()],
        "terms": term_data(report.terms),
    }


def report_lines(report: Report, sheet: Sheet, *, explain: bool = False) -> list[str]:
    """Return the page: who was asked about, for several questions the verdicts, each answer.

    Args:
        report: What was found.
        sheet: How it is wanted.
        explain: Whether it ends with what the numbers mean.
    """
    several = len(report.answers) + len(report.failed) > 1
    letters = letters_for([each.name for each in report.subjects])
    parts = [subject_lines(report.subjects, sheet, letters)]
    report = replace(report, answers=[lettered(answer, letters) for answer in report.answers])
    if several:
        parts.append(overview_lines(report, sheet))
    for answer in report.answers:
        head = question_line(answer.question, report.about.get(answer.question, ""), sheet)
        parts += [[head], answer_lines(answer, sheet)] if several else [answer_lines(answer, sheet)]
    if several:
        parts += [_failed_lines(name, why, sheet) for name, why in report.failed.items()]
    if explain and report.terms:
        lines = term_lines(report.terms, sheet, headings_of(report.answers))
        parts.append([sheet.bold("what the numbers mean"), *lines])
    return apart(parts)


def subject_lines(
    subjects: Sequence[SubjectFacts], sheet: Sheet, letters: Mapping[str, str]
) -> list[str]:
    """Return who was asked about, with status and step; one that failed stands out.

    Args:
        subjects: Who.
        sheet: How it is wanted.
        letters: What some are called on the rest of the page; those are all listed.
    """
    lines = []
    most = len(letters) or MOST_SUBJECTS
    for each in subjects[:most]:
        said = [each.status]
        if each.step is not None and each.status not in ("weights", "model"):
            said.append(f"step {count(each.step)}{' (checkpoint)' * (each.values == CHECKPOINT)}")
        if each.last_record is not None and each.last_record >= 0:
            said.append(f"records to {count(each.last_record)}")
        head = sheet.prose(each.name, first=f"{letters[each.name]}  " if letters else "")
        facts = ", ".join(said)
        ink = sheet.ink(facts, VERMILION) if each.status in SUSPECT else sheet.dim(facts)
        if len(head[-1]) + 2 + len(facts) > sheet.width:
            lines += [*head, f"  {ink}"]
        else:
            lines += [*head[:-1], f"{head[-1]}  {ink}"]
    if len(subjects) > most:
        lines.append(sheet.dim(f"... and {len(subjects) - most} more"))
    return lines


def question_line(name: str, about: str, sheet: Sheet) -> str:
    """Return the heading of one of several answers, with a rule to the right edge."""
    head = f"── {name}"
    text = f"{head}: {about} " if about and len(head) + len(about) + 4 < sheet.width else f"{head} "
    return sheet.bold(text + "─" * max(sheet.width - len(text), 0))


def overview_lines(report: Report, sheet: Sheet) -> list[str]:
    """Return a line for each verdict, and for each question that has none."""
    names = [*(answer.question for answer in report.answers), *report.failed]
    widest = max(map(len, names)) + 2
    lines = [sheet.bold("verdicts")]
    for answer in report.answers:
        for verdict in answer.verdicts:
            text = f"{verdict.claim} (n = {verdict.n})"
            lines += _row(word_of(verdict), answer.question.ljust(widest), text, sheet)
        if not answer.verdicts:
            text = answer.summary[0] if answer.summary else "no verdict"
            lines += _row("", answer.question.ljust(widest), text, sheet)
    for name, why in report.failed.items():
        lines += _row(NOT_ANSWERED, name.ljust(widest), why, sheet)
    return lines


def _row(word: str, question: str, text: str, sheet: Sheet) -> list[str]:
    """Return the word, the question and a text, side by side, folded below the text."""
    margin = " " * (MARGIN + len(question)) if sheet.width >= 72 else " " * 4
    styled = sheet.dim(word) if word == NOT_ANSWERED else styled_word(word, sheet) if word else ""
    # the artefact's name stands on a line of its own where the column is too narrow for it
    if sheet.width < 72 or len(word) >= MARGIN:
        head = f"{styled}  {question.strip()}" if sheet.width < 72 else styled
        body = sheet.prose(text, first=margin)
        if sheet.width >= 72:
            body[0] = " " * MARGIN + question + body[0].lstrip()
        return [head.strip(), *body]
    lines = sheet.prose(text, first=margin)
    lines[0] = styled + " " * (MARGIN - len(word)) + question + lines[0].lstrip()
    return lines


def _failed_lines(name: str, why: str, sheet: Sheet) -> list[str]:
    return [question_line(name, NOT_ANSWERED, sheet), "", *sheet.prose(why)]
