"""Which seeds may speak, and what forbids a verdict before any number is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from paramdyn.analysis.verdict.evidence import SeedEvidence
from paramdyn.analysis.verdict.hypothesis import Hypothesis
from paramdyn.analysis.verdict.statistics import FEWEST_SEEDS
from paramdyn.errors import BadRequest

MOST_SPOILED = 0.2
"""The share of seeds with a collapsed or diverged run beyond which nothing is said."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The evidence after the gate.

    Attributes:
        given: Every record, by seed.
        seeds: Those that are complete and sound.
        sound: Those in which every run has ended, and none collapsed or diverged.
        spoiled: What went wrong in each of the others.
        mixed: Whether any record is of a snapshot other than the last.
        missing: Fields that no sound record has.
        blockers: Why there can be no verdict, a clause each.
        remedies: What would remove each blocker.
        remarks: What a reader must know although it forbids nothing.
        fewest: How many seeds a screen needs.
    """

    given: tuple[SeedEvidence, ...]
    seeds: tuple[SeedEvidence, ...]
    sound: tuple[SeedEvidence, ...]
    spoiled: tuple[str, ...]
    mixed: bool
    missing: tuple[str, ...]
    blockers: tuple[str, ...]
    remedies: tuple[str, ...]
    remarks: tuple[str, ...]
    fewest: int = FEWEST_SEEDS

    def having(self, fields: Sequence[str]) -> tuple[SeedEvidence, ...]:
        """Return the sound records that have all these fields."""
        return tuple(s for s in self.sound if all(getattr(s, f) is not None for f in fields))


def admit(hypothesis: Hypothesis, evidence: Sequence[SeedEvidence]) -> Admission:
    """Sort the evidence into what may speak and what may not.

    Args:
        hypothesis: Knows which fields it needs.
        evidence: One record per seed, any order.

    Returns:
        The admission. A record with a value that is not finite counts as diverged.

    Raises:
        BadRequest: Records of another type, or two of the same seed.
    """
    given = _checked(hypothesis, evidence)
    used = _fields(hypothesis)
    waiting = tuple(seed for seed in given if seed.unfinished)  # may look collapsed, early on
    troubles = {s.seed: "" if s.unfinished else _trouble(s, used) for s in given}
    sound = tuple(s for s in given if not troubles[s.seed] and not s.unfinished)
    spoiled = tuple(f"seed {s}: {what}" for s, what in troubles.items() if what)
    missing = tuple(f for f in hypothesis.needs if all(getattr(s, f) is None for s in sound))
    if not sound:
        missing = ()  # nothing can be missing from nothing
    seeds = tuple(s for s in sound if all(getattr(s, f) is not None for f in hypothesis.needs))
    mixed = any(seed.checkpoints != ("last",) for seed in given)
    pairs = [
        *_spoiled_blocker(len(given), spoiled),
        *_missing_blockers(hypothesis, missing),
        *_checkpoint_blocker(mixed=mixed),
        *_count_blocker(len(seeds) if not missing else len(sound), len(waiting)),
    ]
    return Admission(
        given=given,
        seeds=seeds,
        sound=sound,
        spoiled=spoiled,
        mixed=mixed,
        missing=missing,
        blockers=tuple(blocker for blocker, _ in pairs),
        remedies=tuple(remedy for _, remedy in pairs),
        remarks=(
            *_remarks(len(given), spoiled, incomplete=0 if missing else len(sound) - len(seeds)),
            *_waiting_remark(len(given), waiting),
        ),
    )


def _checked(hypothesis: Hypothesis, evidence: Sequence[SeedEvidence]) -> tuple[SeedEvidence, ...]:
    wrong = sorted({type(s).__name__ for s in evidence if type(s) is not hypothesis.evidence})
    if wrong:
        raise BadRequest(
            f"hypothesis {hypothesis.name}: the evidence is {', '.join(wrong)}. "
            f"Expected {hypothesis.evidence.__name__}, one record per seed."
        )
    given = tuple(sorted(evidence, key=lambda seed: seed.seed))
    numbers = [seed.seed for seed in given]
    twice = sorted({each for each in numbers if numbers.count(each) > 1})
    if twice:
        raise BadRequest(
            f"hypothesis {hypothesis.name}: seed {', '.join(map(str, twice))} comes twice. "
            "Expected one record per seed: the same seed again is no further evidence."
        )
    return given


def _fields(hypothesis: Hypothesis) -> tuple[str, ...]:
    criteria = [*hypothesis.criteria, *(c for s in hypothesis.screens for c in s.criteria)]
    named = [field for each in criteria for field in each.fields]
    return tuple(dict.fromkeys([*hypothesis.needs, *named]))


def _trouble(seed: SeedEvidence, fields: Sequence[str]) -> str:
    what = [f"{name} collapsed" for name in sorted(seed.collapsed)]
    what += [f"{name} diverged" for name in sorted(seed.diverged)]
    for field in fields:
        value = getattr(seed, field)
        if value is not None and not math.isfinite(value):
            what.append(f"{field} is not finite")
    return ", ".join(what)


def _spoiled_blocker(n: int, spoiled: tuple[str, ...]) -> list[tuple[str, str]]:
    if len(spoiled) <= MOST_SPOILED * n:
        return []
    listed = "; ".join(spoiled)
    blocker = f"{len(spoiled)} of {n} seeds collapsed or diverged ({listed}), more than 20 %"
    return [(blocker, "runs that neither collapse nor diverge")]


def _missing_blockers(hypothesis: Hypothesis, missing: tuple[str, ...]) -> list[tuple[str, str]]:
    names = dict.fromkeys(hypothesis.needs[field] for field in missing)
    return [(f"what it needs is missing: {name}", name) for name in names]


def _checkpoint_blocker(*, mixed: bool) -> list[tuple[str, str]]:
    if not mixed:
        return []
    blocker = "best and last snapshots are mixed, and the choice of one makes distances"
    return [(blocker, "the last snapshot of every run")]


def _count_blocker(n: int, waiting: int) -> list[tuple[str, str]]:
    if n >= FEWEST_SEEDS:
        return []
    said = {0: "no seed is complete", 1: "n = 1: one seed shows no spread"}.get(
        n, f"n = {n} is exploratory: the exact sign-flip test cannot reach p < .05 below 6 seeds"
    )
    more = FEWEST_SEEDS - n - waiting
    remedies = [f"the end of training of {waiting} seed{'s' * (waiting != 1)}"] if waiting else []
    remedies += [f"{more} more seed{'s' * (more != 1)}"] if more > 0 else []
    return [(said, " and ".join(remedies))]


def _remarks(n: int, spoiled: tuple[str, ...], *, incomplete: int) -> tuple[str, ...]:
    remarks = []
    if spoiled and len(spoiled) <= MOST_SPOILED * n:
        remarks.append(f"{len(spoiled)} of {n} seeds left out ({'; '.join(spoiled)})")
    if incomplete:
        remarks.append(f"{incomplete} of {n} seeds left out for a missing control")
    return tuple(remarks)


def _waiting_remark(n: int, waiting: Sequence[SeedEvidence]) -> list[str]:
    if not waiting:
        return []
    listed = "; ".join(f"seed {seed.seed}: {', '.join(seed.unfinished)}" for seed in waiting)
    return [f"{len(waiting)} of {n} seeds left out: training has not ended ({listed})"]
