"""Participation ratios of two arms over seeds: where both moved equally far, and at equal rate.

The learning rates of each arm whose runs end most nearly equally far from their start are compared.
Where two such runs still differ by more than 10 %, the one that moved farther is taken where it
passed the other's distance: between two kept snapshots, the logarithm of the participation ratio
linear in that of the distance.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from paramdyn.analysis.features.inside import Inside, participation
from paramdyn.analysis.features.points import Points
from paramdyn.analysis.movement.arms import Arm, SideBySide
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict import CorrelationSeed
from paramdyn.analysis.verdict.intervals import Interval, ratio_interval, undefined
from paramdyn.analysis.verdict.rules.distance import MARGIN
from paramdyn.errors import ParamdynError

MATCHED, EQUAL_RATE = "matched displacement", "equal learning rate"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two runs of one seed, compared.

    Attributes:
        level: Relative displacement of the one that moved less.
        first: Participation ratio of the first there.
        second: Of the second.
        how: How it was matched.
        reason: Why it was not; then the numbers are NaN.
    """

    level: float = math.nan
    first: float = math.nan
    second: float = math.nan
    how: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Participation ratio of the first arm over that of the second.

    Attributes:
        where: ``MATCHED`` or ``EQUAL_RATE``.
        rates: Learning rate of each arm.
        meetings: Seed -> the two runs.
        ratio: Geometric mean over seeds with its 95 % interval.
    """

    where: str
    rates: tuple[float, float]
    meetings: Mapping[int, Meeting]
    ratio: Interval


@dataclass(frozen=True, slots=True, eq=False)
class ArmPair:
    """Two arms.

    Attributes:
        first: Label of the first.
        second: Of the second.
        contrasts: Matched first, then at every shared learning rate.
        evidence: What the verdict rests on, one record a seed.
    """

    first: str
    second: str
    contrasts: Sequence[Contrast]
    evidence: Sequence[CorrelationSeed]


def compare_features(
    side: SideBySide, points: Points, *, floor: Callable[[Subject], float | None]
) -> list[ArmPair]:
    """Return every pair of arms, their features compared over seeds.

    Args:
        side: The arms, such as optimizers.
        points: Where runs are looked at, each once.
        floor: |ln| of the participation ratio of a run over that of the same run again; None where
            nobody ran it.
    """
    return [_pair(one, other, points, floor) for one, other in itertools.combinations(side.arms, 2)]


def _pair(
    one: Arm, other: Arm, points: Points, floor: Callable[[Subject], float | None]
) -> ArmPair:
    rates = _nearest_rates(one, other, points)
    ends = functools.partial(_at_end, points=points)
    matched = _contrast(MATCHED, rates, one, other, functools.partial(_match, points=points))
    shared = [rate for rate in one.runs if rate in other.runs]
    equal = {rate: _contrast(EQUAL_RATE, (rate, rate), one, other, ends) for rate in shared}
    centre = math.sqrt(rates[0] * rates[1])
    near = min(shared, key=lambda rate: abs(math.log(rate / centre)), default=None)
    at_rate = equal[near].meetings if near is not None else {}
    runs = _seeds(one, rates[0]), _seeds(other, rates[1])
    evidence = []
    for seed in sorted(set(runs[0]) | set(runs[1])):
        named = zip((one.label, other.label), runs, strict=True)
        there = [(label, each[seed]) for label, each in named if seed in each]
        evidence.append(
            _evidence(seed, there, matched.meetings.get(seed), at_rate.get(seed), points, floor)
        )
    return ArmPair(one.label, other.label, [matched, *equal.values()], evidence)


def _evidence(
    seed: int,
    runs: Sequence[tuple[str, Subject]],
    matched: Meeting | None,
    at_rate: Meeting | None,
    points: Points,
    floor: Callable[[Subject], float | None],
) -> CorrelationSeed:
    found = [(label, points.inside(run)) for label, run in runs]
    floors = [value for _, run in runs if (value := floor(run)) is not None]
    untrained = _before_training(runs[0][1], points)
    return CorrelationSeed(
        seed=seed,
        collapsed=tuple(label for label, each in found if each.trouble == "collapsed"),
        diverged=tuple(label for label, each in found if each.trouble == "diverged"),
        unfinished=tuple(label for label, run in runs if run.is_live),
        d0=max(floors, default=None),
        first_matched=_side(matched, "first"),
        second_matched=_side(matched, "second"),
        first_at_rate=_side(at_rate, "first"),
        second_at_rate=_side(at_rate, "second"),
        untrained=untrained,
        unused_outputs=max(each.unused_share for _, each in found),
    )


def _before_training(run: Subject, points: Points) -> float | None:
    try:
        return participation(points.untrained(run))
    except ParamdynError:
        return None


def _side(found: Meeting | None, which: str) -> float | None:
    return None if found is None or found.reason else float(getattr(found, which))


def _seeds(arm: Arm, rate: float) -> dict[int, Subject]:
    return {seed: run.subject for seed, run in arm.runs[rate].items()}


def _nearest_rates(one: Arm, other: Arm, points: Points) -> tuple[float, float]:
    """Return the two learning rates whose runs end most nearly equally far from their start.

    Those with the most seeds whose two runs are sound come first.
    """

    def apart(rates: tuple[float, float]) -> tuple[int, float]:
        ours, theirs = _seeds(one, rates[0]), _seeds(other, rates[1])
        both = [seed for seed in ours if seed in theirs and points.sound(ours[seed], theirs[seed])]
        gaps = [abs(math.log(points.relative(ours[s]) / points.relative(theirs[s]))) for s in both
                if points.relative(ours[s]) > 0 and points.relative(theirs[s]) > 0]  # fmt: skip
        sound = [gap for gap in gaps if math.isfinite(gap)]
        return -len(sound), sum(sound) / len(sound) if sound else math.inf

    return min(itertools.product(one.runs, other.runs), key=apart)


def _contrast(
    where: str,
    rates: tuple[float, float],
    one: Arm,
    other: Arm,
    meet: Callable[[Subject, Subject], Meeting],
) -> Contrast:
    ours, theirs = _seeds(one, rates[0]), _seeds(other, rates[1])
    meetings = {seed: meet(ours[seed], theirs[seed]) for seed in sorted(ours) if seed in theirs}
    good = [found for found in meetings.values() if not found.reason]
    reason = next((m.reason for m in meetings.values()), "they share no seed")
    interval = (
        ratio_interval([m.first for m in good], [m.second for m in good])
        if good
        else undefined(reason, 0, "t-interval on log-ratios")
    )
    return Contrast(where, rates, meetings, interval)


def _at_end(one: Subject, other: Subject, points: Points) -> Meeting:
    ends = [points.inside(each) for each in (one, other)]
    if ends[0].step != ends[1].step:
        return Meeting(reason="they did not take equally many steps")
    return _meeting(points.relative(one), ends, "both ends")


def _match(one: Subject, other: Subject, points: Points) -> Meeting:
    """Compare the ends where they are equally far, else the farther run where it passed."""
    far = [points.relative(each) for each in (one, other)]
    if not all(math.isfinite(each) and each > 0 for each in far):
        return Meeting(reason="a displacement is undefined or 0")
    ends = [points.inside(each) for each in (one, other)]
    level = min(far)
    if max(far) <= level * MARGIN:
        return _meeting(level, ends, "both ends, within 10 %")
    farther = far.index(max(far))
    value, how = points.at_level((one, other)[farther], level)
    near = participation(ends[1 - farther])
    if math.isnan(value) or near is None:
        return Meeting(reason=how if math.isnan(value) else "a participation ratio is undefined")
    values = (value, near) if farther == 0 else (near, value)
    return Meeting(level, values[0], values[1], f"{(one, other)[farther].name} {how}")


def _meeting(level: float, ends: Sequence[Inside], how: str) -> Meeting:
    values = [participation(each) for each in ends]
    if values[0] is None or values[1] is None:
        return Meeting(reason="a participation ratio is undefined")
    return Meeting(level, values[0], values[1], how)
