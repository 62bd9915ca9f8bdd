"""Two arms side by side over seeds: at equal learning rate, at matched loss, at matched path."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from paramdyn.analysis.movement.arms import Arm, SideBySide
from paramdyn.analysis.movement.matched import Meeting, Traveller, meet_at_loss, meet_at_path
from paramdyn.analysis.verdict import HYPOTHESES, DistanceSeed, Verdict, judge_grid
from paramdyn.analysis.verdict.intervals import Interval, ratio_interval, undefined
from paramdyn.analysis.verdict.rules.distance import FEWEST_RATES

AT_RATE, AT_LOSS, AT_PATH = "equal learning rate", "matched train loss", "matched path length"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Displacement of one arm over that of another.

    Attributes:
        where: ``equal learning rate``, ``matched train loss`` or ``matched path length``.
        rates: Learning rate of each arm.
        meetings: Seed -> where the two runs of it were compared.
        interval: Geometric mean of first / second over seeds, with its 95 % interval.
    """

    where: str
    rates: tuple[float, float]
    meetings: dict[int, Meeting]
    interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two arms.

    Attributes:
        first: Label of the first.
        second: Of the second.
        ratios: At every learning rate that both have, then matched, each at its own best.
        evidence: What the verdicts rest on, one record a seed.
    """

    first: str
    second: str
    ratios: Sequence[Ratio]
    evidence: Sequence[DistanceSeed]


Floor = Callable[[Traveller], float | None]
Spoiled = Callable[[Traveller], str]


def compare_arms(side: SideBySide, floor: Floor, spoiled: Spoiled) -> list[Pair]:
    """Return every pair of arms.

    Args:
        side: The arms.
        floor: Distance of a run's end to that of the same run again; None where nobody ran it.
        spoiled: ``collapsed``, ``diverged``, or nothing for a sound run; others are not compared.
    """
    return [
        _Comparing(one, other, floor, spoiled).pair()
        for one, other in itertools.combinations(side.arms, 2)
    ]


def judge_arms(what: str, pairs: Sequence[Pair]) -> list[Verdict]:
    """Return a verdict on each pair at matched loss and at matched path.

    The two are different claims; Holm's correction is over the pairs of each.
    """
    claims = []
    for where, words in (("loss", AT_LOSS), ("path", AT_PATH)):
        cells = {}
        for pair in pairs:
            claim = f"{pair.first} and {pair.second} move differently far at {words}"
            hypothesis = replace(HYPOTHESES[f"{what}s-differ-at-{where}"], claim=claim)
            cells[claim] = (hypothesis, pair.evidence)
        claims.append(judge_grid(cells).values())
    return [verdict for pair in zip(*claims, strict=True) for verdict in pair]


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Two arms, and what is known of their runs."""

    one: Arm
    other: Arm
    floor: Floor
    spoiled: Spoiled

    def pair(self) -> Pair:
        one, other = self.one, self.other
        rates = [rate for rate in one.runs if rate in other.runs]
        equal = {rate: self._ratio(AT_RATE, (rate, rate), _at_end) for rate in rates}
        loss = self._ratio(AT_LOSS, (one.best, other.best), meet_at_loss)
        path = self._ratio(AT_PATH, (one.best, other.best), meet_at_path)
        # The second arm's own best rate, or the shared one that is nearest to it.
        near = min(rates, key=lambda rate: abs(math.log(rate / other.best)), default=None)
        at_rate = {} if near is None else equal[near].meetings
        seeds = sorted({*one.runs[one.best], *other.runs[other.best]})
        met = (loss.meetings, path.meetings, at_rate)
        evidence = [self._evidence(seed, *(each.get(seed) for each in met)) for seed in seeds]
        return Pair(one.label, other.label, [*equal.values(), loss, path], evidence)

    def _ratio(
        self,
        where: str,
        rates: tuple[float, float],
        meet: Callable[[Traveller, Traveller], Meeting],
    ) -> Ratio:
        ours, theirs = self.one.runs[rates[0]], self.other.runs[rates[1]]
        shared = [seed for seed in sorted(ours) if seed in theirs]
        meetings = {seed: self._met(meet, ours[seed], theirs[seed]) for seed in shared}
        good = [found for found in meetings.values() if not found.reason]
        method = "t-interval on log-ratios"
        if good:
            interval = ratio_interval([g.first for g in good], [g.second for g in good])
        elif meetings:
            interval = undefined(next(iter(meetings.values())).reason, 0, method)
        else:
            interval = undefined("they share no seed", 0, method)
        return Ratio(where, rates, meetings, interval)

    def _met(
        self, meet: Callable[[Traveller, Traveller], Meeting], one: Traveller, other: Traveller
    ) -> Meeting:
        for run in (one, other):
            word = self.spoiled(run)
            if word:
                return Meeting(reason=f"{run.subject.name} {word}")
        return meet(one, other)

    def _evidence(
        self, seed: int, loss: Meeting | None, path: Meeting | None, at_rate: Meeting | None
    ) -> DistanceSeed:
        arms = (self.one, self.other)
        runs = {arm.label: arm.runs[arm.best].get(seed) for arm in arms}
        there = {label: run for label, run in runs.items() if run is not None}
        floors = [found for run in there.values() if (found := self.floor(run)) is not None]
        words = {label: self.spoiled(run) for label, run in there.items()}
        return DistanceSeed(
            seed=seed,
            collapsed=tuple(label for label, word in words.items() if word == "collapsed"),
            diverged=tuple(label for label, word in words.items() if word == "diverged"),
            unfinished=tuple(label for label, run in there.items() if run.subject.is_live),
            d0=max(floors, default=None),
            first_at_loss=_first(loss),
            second_at_loss=_second(loss),
            first_at_path=_first(path),
            second_at_path=_second(path),
            first_at_rate=_first(at_rate),
            second_at_rate=_second(at_rate),
            first_rates=_enough(self.one),
            second_rates=_enough(self.other),
        )


def _at_end(one: Traveller, other: Traveller) -> Meeting:
    """Return both displacements at the last record, after equally many steps."""
    steps = [each.path.displacement.step for each in (one, other)]
    if one.decayed or other.decayed:
        return Meeting(reason="weight decay moves parameters that no gradient reaches")
    if not len(steps[0]) or not len(steps[1]):
        return Meeting(reason="displacement was not recorded")
    if steps[0][-1] != steps[1][-1]:
        return Meeting(reason="they did not take equally many steps")
    far = [each.path.displacement.last for each in (one, other)]
    if None in far:
        return Meeting(reason="a displacement is not finite")
    return Meeting(float(steps[0][-1]), float(far[0] or 0.0), float(far[1] or 0.0))


def _first(found: Meeting | None) -> float | None:
    return None if found is None or found.reason else found.first


def _second(found: Meeting | None) -> float | None:
    return None if found is None or found.reason else found.second


def _enough(arm: Arm) -> float | None:
    """Return the number of learning rates; None below what a verdict needs."""
    return float(len(arm.runs)) if len(arm.runs) >= FEWEST_RATES else None
