"""Verdicts as text: the word, what decided it beside its null, why, and what would change it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.answers.cells import figure
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
EXACT = "exact"
"""The margin of a verdict that rests on an identity."""


def verdicts_parts(verdicts: Sequence[Verdict], sheet: Sheet) -> list[list[str]]:
    """Return verdicts as parts of a page, in their order; neighbours share equal clauses.

    Args:
        verdicts: Any.
        sheet: How they are wanted.
    """
    parts: list[list[str]] = []
    for _, pairs in itertools.groupby(
        enumerate(verdicts), key=lambda pair: _clauses_of(pair[1]) or pair[0]
    ):
        group = [verdict for _, verdict in pairs]
        if len(group) == 1:
            parts.append(verdict_lines(group[0], sheet))
            continue
        parts += [verdict_lines(verdict, sheet, clauses=False) for verdict in group]
        head = "both because" if len(group) == 2 else f"all {len(group)} because"
        parts.append(_clause_lines(group[0], sheet, head))
    return parts


def verdict_lines(verdict: Verdict, sheet: Sheet, *, clauses: bool = True) -> list[str]:
    """Return a verdict as a few lines.

    Args:
        verdict: What was judged.
        sheet: How it is wanted.
        clauses: Whether with the reasons and with what would change it.
    """
    margin = _margin(sheet)
    word = word_of(verdict)
    claim = sheet.prose(f'"{verdict.claim}"', first=margin)
    if len(word) < len(margin):
        claim[0] = styled_word(word, sheet) + " " * (len(margin) - len(word)) + claim[0].lstrip()
        lines = claim
    else:
        lines = [styled_word(word, sheet), *claim]
    lines += sheet.prose(statistic_of(verdict), first=margin)
    lines += _dim(sheet, f"null {_figure(verdict.null)}: {verdict.null_name}", margin)
    if verdict.margin and verdict.margin != EXACT:
        more = also_needed(verdict)
        and_where = ", and where" if more else ""
        lines += _dim(sheet, f"the claim holds where it is {verdict.margin}{and_where}", margin)
        for text in more:
            folded = sheet.prose(text, first=f"{margin}- ")
            lines += [margin + sheet.dim(line[len(margin) :]) for line in folded]
    return lines + _clause_lines(verdict, sheet, "because") if clauses else lines


def also_needed(verdict: Verdict) -> list[str]:
    """Return what else an undecided claim needs, with what was found; reasons say it of others."""
    others = {each.statistic: each for each in verdict.measured}
    others.pop(verdict.statistic, None)
    if verdict.word != "inconclusive":
        return []
    return [
        f"{each.statistic} is {each.margin} (here {_figure(each.value, each.margin)})"
        for each in others.values()
    ]


def _margin(sheet: Sheet) -> str:
    return " " * (MARGIN if sheet.width >= 60 else 4)


def _clauses_of(verdict: Verdict) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return reasons and what would change it; None when one of them is empty."""
    if not (verdict.reasons and verdict.what_would_change_it):
        return None
    return tuple(verdict.reasons), tuple(verdict.what_would_change_it)


def _clause_lines(verdict: Verdict, sheet: Sheet, because: str) -> list[str]:
    margin = _margin(sheet)
    lines = _clauses(because, verdict.reasons, sheet, margin)
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
    low, high = (_figure(end, verdict.margin) for end in verdict.interval)
    seeds = f"n = {verdict.n} seed{'s' * (verdict.n != 1)}"
    if math.isnan(verdict.interval[0]):
        interval = "no interval"
    elif verdict.margin == EXACT:  # an identity is counted, and its ends are those of the seeds
        interval = "an exact count" if low == high else f"exact counts, {low} to {high} over seeds"
    else:
        interval = f"95 % interval {low} to {high}"
    value = _figure(verdict.value, verdict.margin)
    return f"{verdict.statistic} = {value}; {interval}, {seeds}"


def _figure(value: float, margin: str = "") -> str:
    """Return a number in three digits, more where it would read as an end of the margin.

    Of exact counts it is more where a share would read as nothing or as everything.
    """
    if math.isnan(value):
        return "undefined"
    ends = {0.0, 1.0} if margin == EXACT else {float(each) for each in _NUMBER.findall(margin)}
    ends -= {value}
    texts = (figure(value, digits) for digits in range(3, 18))
    return next((text for text in texts if float(text.replace(",", "")) not in ends), repr(value))


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


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
