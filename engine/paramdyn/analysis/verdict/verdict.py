"""A verdict: the word, the number that decided it, and what would change it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Word = Literal["supported", "not supported", "artefact", "inconclusive"]

WORDS: tuple[Word, ...] = ("supported", "not supported", "artefact", "inconclusive")


@dataclass(frozen=True, slots=True)
class Measured:
    """One of the statistics that a verdict looked at.

    Attributes:
        statistic: Its name with its formula.
        value: The estimate; NaN when undefined.
        interval: 95 % interval, low and high; NaN when undefined.
        n: Seeds it rests on.
        null: What it would be if nothing interesting happened.
        null_name: What that null is.
        margin: Where it would support the claim, such as ``at most 1.5``.
        undefined: Why there is no interval; empty when there is one.
    """

    statistic: str
    value: float
    interval: tuple[float, float]
    n: int
    null: float
    null_name: str
    margin: str
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a claim. Made by ``judge`` only; the same evidence, the same verdict.

    Attributes:
        hypothesis: Name of the hypothesis.
        claim: The sentence that was judged.
        word: ``supported``, ``not supported``, ``artefact`` or ``inconclusive``.
        statistic: The statistic that decided; the headline one when nothing did.
        value: Its estimate; NaN when undefined.
        interval: Its 95 % interval; NaN when undefined, which it is for one seed.
        n: Seeds that it rests on: complete, neither collapsed nor diverged.
        null: What the statistic would be if nothing interesting happened.
        null_name: What that null is.
        margin: Where the statistic would support the claim.
        reasons: Why this word, a clause each; the seeds left out are among them.
        what_would_change_it: What to run or to see for another word, a clause each.
        artefact: Which artefact, when the word is that; else empty.
        missing: Fields of the evidence whose control was not run.
        measured: Every statistic that was looked at.
        p: Of the deciding statistic, for ``judge_grid``; NaN when nothing was tested.
    """

    hypothesis: str
    claim: str
    word: Word
    statistic: str
    value: float
    interval: tuple[float, float]
    n: int
    null: float
    null_name: str
    margin: str
    reasons: tuple[str, ...]
    what_would_change_it: tuple[str, ...]
    artefact: str = ""
    missing: tuple[str, ...] = ()
    measured: tuple[Measured, ...] = ()
    p: float = math.nan
