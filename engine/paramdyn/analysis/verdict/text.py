"""A verdict as one honest sentence, for terminals, Markdown and people."""

from __future__ import annotations

import math

from paramdyn.analysis.verdict.verdict import Verdict


def verdict_text(verdict: Verdict) -> str:
    """Return the verdict in a sentence, without markup.

    Args:
        verdict: Any.

    Returns:
        Claim, word, deciding statistic with interval and n, the null's value, the reasons, and
        what would change it. Ends with a full stop; no line breaks.
    """
    parts = [
        f'"{verdict.claim}": {word_text(verdict)}',
        statistic_text(verdict),
        f"because {_listed(verdict.reasons)}" if verdict.reasons else "",
        f"it would change with {_listed(verdict.what_would_change_it)}",
    ]
    return "; ".join(each for each in parts if each) + "."


def word_text(verdict: Verdict) -> str:
    """Return the word, with the artefact's name when it is one: ``artefact (step size)``."""
    return f"{verdict.word} ({verdict.artefact})" if verdict.artefact else verdict.word


def statistic_text(verdict: Verdict) -> str:
    """Return the deciding statistic with interval, n and null's value.

    Args:
        verdict: Any.

    Returns:
        Such as ``q = 1.65 (95 % interval 1.21 to 2.25, n = 6 seeds; null: 1, no farther ...)``.
    """
    seeds = f"n = {verdict.n} seed{'s' * (verdict.n != 1)}"
    low, high = verdict.interval
    interval = "no interval" if math.isnan(low) else f"95 % interval {low:.3g} to {high:.3g}"
    value = "undefined" if math.isnan(verdict.value) else f"{verdict.value:.3g}"
    null = f"null: {verdict.null:.3g}, {verdict.null_name}"
    return f"{verdict.statistic} = {value} ({interval}, {seeds}; {null})"


def _listed(clauses: tuple[str, ...]) -> str:
    return ", and ".join(clauses)
