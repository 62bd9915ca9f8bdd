"""A hypothesis: a claim in words, the numbers that decide it, and its required controls.

::

    Hypothesis --- needs     fields of the evidence, each with the control that fills it
               |-- criteria  all must hold for "supported"; any one refuted is "not supported"
               |-- screens   all parts hold: the effect is there, but it is an artefact
               `-- identity  an exact statement, which holds of every seed or of none
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from paramdyn.analysis.verdict.evidence import SeedEvidence

ARTEFACTS = (
    "structural zeros",
    "weight decay",
    "symmetry orbit",
    "step size",
    "checkpoint choice",
    "biased estimator",
    "collapsed run",
    "unused outputs",
)
"""What a raw effect may be instead of what it is taken for."""

Kind = Literal["ratio", "mean", "difference", "share"]
Floor = Literal["", "distance", "difference", "logarithm"]


@dataclass(frozen=True, slots=True)
class Region:
    """The values between two ends, on the scale in which the statistic is printed.

    Attributes:
        low: Lower end, minus infinity when open; 0 is open for a ratio.
        high: Upper end, infinity when open.
    """

    low: float = -math.inf
    high: float = math.inf

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if self.high == math.inf:
            return f"at least {self.low:.4g}"
        if self.low in (-math.inf, 0.0):
            return f"at most {self.high:.4g}"
        return f"between {self.low:.4g} and {self.high:.4g}"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One statistic over seeds, and what its interval would say.

    Attributes:
        statistic: What it is called in the verdict, with its formula.
        kind: ``ratio``: geometric mean of value / other. ``mean``: of value. ``difference``: mean
            of value - other. ``share``: of seeds whose value is 1.
        value: Field of the evidence.
        other: The field it is compared with; empty for ``mean`` and ``share``.
        support: The claim holds inside any of these; empty: it only refutes.
        refute: The claim is false inside any of these; empty: it cannot refute.
        null: What the statistic would be if nothing interesting happened.
        null_name: What that null is.
        floor: How the numerical floor d0 limits it. ``distance``: value and other must be at least
            3 d0. ``difference``: 3 d0 must be less than the margin's share of both.
            ``logarithm``: 3 d0 must be less than the logarithm of the margin.
    """

    statistic: str
    kind: Kind
    value: str
    other: str = ""
    support: tuple[Region, ...] = ()
    refute: tuple[Region, ...] = ()
    null: float = math.nan
    null_name: str = ""
    floor: Floor = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the evidence that it reads."""
        return (self.value, self.other) if self.other else (self.value,)


@dataclass(frozen=True, slots=True)
class Screen:
    """What shows that an effect is an artefact.

    Attributes:
        artefact: One of ``ARTEFACTS``.
        criteria: All must be supported. A screen whose numbers were not measured shows nothing.
        because: Why that makes it one.
    """

    artefact: str
    criteria: tuple[Criterion, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Identity:
    """An exact statement about every seed: true by argument, so that one seed shows it.

    Attributes:
        artefact: One of ``ARTEFACTS``.
        holds: Whether it holds in one seed; sees only seeds whose ``fields`` are all there.
        fields: What it reads.
        value: From the same record, the statistic to print.
        statistic: What that is called.
        null: What the statistic would be if nothing interesting happened.
        null_name: What that null is.
        because: Why no further seed could change it.
    """

    artefact: str
    holds: Callable[[SeedEvidence], bool]
    fields: tuple[str, ...]
    value: Callable[[SeedEvidence], float]
    statistic: str
    null: float
    null_name: str
    because: str


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A typed claim.

    Attributes:
        name: Short, for a command line.
        question: Which question it answers, such as ``recovery``.
        claim: The sentence that is judged.
        evidence: The record per seed that it reads.
        needs: Field -> the control or measurement that fills it. Missing ones are named.
        criteria: The first one is the headline.
        screens: Tried in order, before the criteria.
        identity: Tried before anything that needs several seeds.
    """

    name: str
    question: str
    claim: str
    evidence: type[SeedEvidence]
    needs: Mapping[str, str]
    criteria: tuple[Criterion, ...]
    screens: tuple[Screen, ...] = field(default=())
    identity: Identity | None = None
