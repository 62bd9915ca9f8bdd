"""Verdicts as text: the word, what decided it beside its null, why, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.plotting.frame import DIM, PURPLE, VERMILION

if TYPE_CHECKING:
    from paramdyn.analysis.verdict import Measured, Verdict

GREEN = 35
INKS: Mapping[str, int] = {
    "supported": GREEN,
    "not supported": VERMILION,
    "artefact": PURPLE,
    "inconclusive": DIM,
}
"""Word -> its colour; the word itself is always there."""
MARGIN = 15


def verdict_lines(verdict: Verdict, sheet: Sheet) -> list[str]:
    """Return a verdict as a few lines: nothing of it is left out."""
    margin = " " * (MARGIN if sheet.width >= 60 else 4)
    word = word_of(verdict)
    claim = sheet.prose(f'"{verdict.claim}"', first=margin)
    if len(word) < len(margin):
        claim[0] = styled_word(word, sheet) + " " * (len(margin) - len(word)) + claim[0].lstrip()
        lines = claim
    else:
        lines = [styled_word(word, sheet), *claim]
    lines += sheet.prose(statistic_of(verdict), first=margin)
    lines += _dim(sheet, f"null {_figure(verdict.null)}: {verdict.null_name}", margin)
    if verdict.margin:
        lines += _dim(sheet, f"the claim holds where it is {verdict.margin}", margin)
    lines += _clauses("because", verdict.reasons, sheet, margin)
    return lines + _clauses("would change with", verdict.what_would_change_it, sheet, margin)


def word_of(verdict: Verdict) -> str:
    """Return the word, with the artefact's name when it is one."""
    from paramdyn.analysis.verdict import word_text

    return word_text(verdict)


def styled_word(word: str, sheet: Sheet) -> str:
    """Return a verdict's word in its colour."""
    plain = word.partition(" (")[0]
    return sheet.bold(sheet.ink(word, INKS.get(plain, DIM))) if sheet.color else word


def statistic_of(verdict: Verdict | Measured) -> str:
    """Return what decided: value, interval and n."""
    low, high = verdict.interval
    interval = (
        "no interval" if math.isnan(low) else f"95 % interval {_figure(low)} to {_figure(high)}"
    )
    seeds = f"n = {verdict.n} seed{'s' * (verdict.n != 1)}"
    return f"{verdict.statistic} = {_figure(verdict.value)}; {interval}, {seeds}"


def _figure(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3g}"


def _dim(sheet: Sheet, text: str, margin: str) -> list[str]:
    return [margin + sheet.dim(line.lstrip()) for line in sheet.prose(text, first=margin)]


def _clauses(head: str, clauses: Sequence[str], sheet: Sheet, margin: str) -> list[str]:
    """Return clauses under a heading: on its line if there is one, else a line each."""
    if not clauses:
        return []
    if len(clauses) == 1:
        return sheet.prose(f"{head} {clauses[0]}", first=margin)
    lines = [f"{margin}{head}"]
    for clause in clauses:
        lines += sheet.prose(clause, first=f"{margin}- ")
    return lines
