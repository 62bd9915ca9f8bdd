"""Arms are compared where both moved equally far: planted runs whose answer is known."""

import math
from dataclasses import dataclass, field

import pytest

from paramdyn.analysis.features.arms import EQUAL_RATE, MATCHED, compare_features
from paramdyn.analysis.features.points import Points
from paramdyn.analysis.similarity.measured import defined
from paramdyn.analysis.subjects.subject import Kept
from paramdyn.analysis.verdict import HYPOTHESES, judge


@dataclass
class Run:
    """A run whose participation ratio is a known function of how far it moved."""

    name: str
    path: dict[int, float]
    ratio: float = 1.0
    trouble: str = ""
    is_live: bool = False

    def kept(self):
        return tuple(Kept(step, "epoch") for step in self.path)


@dataclass
class Within:
    participation_ratio: object


@dataclass
class Found:
    within: Within
    trouble: str = ""
    step: int = 100
    unused_share: float = 0.0


@dataclass
class Side:
    what: str
    arms: list


@dataclass
class Planted:
    label: str
    runs: dict = field(default_factory=dict)


@dataclass
class Traveller:
    subject: Run


class Known(Points):
    """Points of planted runs: PR = 100 / (1 + 50 * displacement) times the run's own factor."""

    def __init__(self):
        super().__init__(bench=None)

    def inside(self, subject, moment="end"):
        far = 0.0 if moment == "untrained" else self.relative(subject, moment)
        value = subject.ratio * 100 / (1 + 50 * far)
        return Found(Within(defined(value, 1000)), subject.trouble)

    def untrained(self, subject):
        return self.inside(subject, "untrained")

    def relative(self, subject, moment="end"):
        return subject.path[100 if moment == "end" else moment]


def path(end):
    """A run whose snapshots are a fifth apart."""
    return {step: end * step / 100 for step in (40, 50, 60, 80, 100)}


def arm(label, ends, ratio=1.0, seeds=6, **more):
    runs = {
        rate: {
            seed: Traveller(
                Run(f"{label}-{rate}-{seed}", path(end * (1 + 0.01 * seed)), ratio, **more)
            )
            for seed in range(seeds)
        }
        for rate, end in ends.items()
    }
    return Planted(label, runs)


def compared(*arms):
    return compare_features(Side("optimizer", list(arms)), Known(), floor=lambda _run: 0.0)[0]


def word(pair):
    verdict = judge(HYPOTHESES["optimizers-correlate-differently"], pair.evidence)
    return verdict.word, verdict.artefact


def test_an_effect_that_is_gone_when_matched_is_an_artefact_of_the_step_size():
    pair = compared(arm("adam", {5e-3: 0.5, 3e-4: 0.05}), arm("sgd", {5e-3: 0.06, 1e-1: 0.8}))
    matched, equal = pair.contrasts
    assert (MATCHED, (3e-4, 5e-3)) == (matched.where, matched.rates)
    assert (EQUAL_RATE, (5e-3, 5e-3)) == (equal.where, equal.rates)
    assert equal.ratio.value < 0.3
    assert 1.0 == pytest.approx(matched.ratio.value, abs=0.02)
    assert ("artefact", "step size") == word(pair)


def test_an_effect_that_stays_when_matched_is_supported():
    pair = compared(arm("adam", {5e-3: 0.5, 3e-4: 0.05}, ratio=0.5), arm("sgd", {5e-3: 0.06}))
    assert ("supported", "") == word(pair)


def test_no_effect_anywhere_is_not_supported():
    pair = compared(arm("adam", {5e-3: 0.06}), arm("sgd", {5e-3: 0.06}))
    assert ("not supported", "") == word(pair)


def test_five_seeds_are_inconclusive():
    pair = compared(arm("adam", {5e-3: 0.06}, seeds=5), arm("sgd", {5e-3: 0.06}, seeds=5))
    assert ("inconclusive", "") == word(pair)


def test_collapsed_runs_get_no_verdict_and_no_match_where_others_are_sound():
    sound = arm("adam", {5e-3: 0.5})
    collapsed = arm("adam", {3e-4: 0.06}, trouble="collapsed")
    both = Planted("adam", sound.runs | collapsed.runs)
    assert (5e-3, 5e-3) == compared(both, arm("sgd", {5e-3: 0.06})).contrasts[0].rates
    pair = compared(collapsed, arm("sgd", {5e-3: 0.06}))
    assert ("inconclusive", "") == word(pair)
    assert ("adam",) == pair.evidence[0].collapsed


def test_the_farther_run_is_taken_where_it_passed_the_others_distance():
    pair = compared(arm("adam", {5e-3: 0.10}, seeds=1), arm("sgd", {5e-3: 0.055}, seeds=1))
    meeting = pair.contrasts[0].meetings[0]
    assert 0.055 == pytest.approx(meeting.level)
    assert 100 / (1 + 50 * 0.055) == pytest.approx(meeting.second)
    expected = math.exp(
        (math.log(100 / 3.5) * math.log(0.06 / 0.055) + math.log(100 / 4) * math.log(0.055 / 0.05))
        / math.log(0.06 / 0.05)
    )
    step = 100 / (1 + 50 * 0.06)
    assert meeting.first in (pytest.approx(expected), pytest.approx(step))


def test_snapshots_too_far_apart_are_not_interpolated():
    far, near = arm("adam", {5e-3: 0.5}, seeds=1), arm("sgd", {5e-3: 0.06}, seeds=1)
    meeting = compared(far, near).contrasts[0].meetings[0]
    assert "no two snapshots of adam-0.005-0 are close enough" in meeting.reason
    assert compared(far, near).evidence[0].first_matched is None
