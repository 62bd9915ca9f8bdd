"""Where two runs are compared, and what that says of planted trajectories."""

import math
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest

from paramdyn.analysis.movement.arms import Arm, SideBySide
from paramdyn.analysis.movement.comparison import compare_arms, judge_arms
from paramdyn.analysis.movement.matched import (
    Traveller,
    first_step_at,
    meet_at_loss,
    meet_at_path,
    smoothed_loss,
)
from paramdyn.analysis.movement.trajectory import Series, Trajectory
from paramdyn.analysis.verdict import word_text

NOTHING = Series(np.zeros(0), np.zeros(0))
STEPS = np.arange(101.0)


@dataclass
class Stand:
    """As much of a subject as a comparison looks at."""

    name: str = "a run"
    status: str = "finished"
    extra: dict = field(default_factory=dict)
    is_live: bool = False


def traveller(far, loss, *, every=1, name="a run", decayed=False):
    """Make a run that goes straight: its path is as long as its displacement."""
    keep = slice(None, None, every)
    far = Series(STEPS[keep], np.asarray(far, float)[keep])
    path = Trajectory(far, far, NOTHING, NOTHING, every, len(far.step) - 1, False)
    return Traveller(Stand(name), Series(STEPS[keep], np.asarray(loss, float)[keep]), path, decayed)


def test_the_first_time_at_a_level_lies_between_two_records():
    loss = Series(np.array([0.0, 10.0, 20.0, 30.0]), np.array([4.0, 3.0, 1.0, 2.0]))
    assert math.isclose(15.0, first_step_at(loss, 2.0))
    assert math.isclose(20.0, first_step_at(loss, 1.0))
    assert first_step_at(loss, 0.9) is None
    assert first_step_at(loss, 4.0) is None


def test_matched_loss_is_the_higher_of_the_lowest_and_displacement_is_taken_there():
    slow = traveller(STEPS * 0.01, 2.0 - 0.01 * STEPS)  # ends at loss 1, 1 away
    fast = traveller(STEPS * 0.05, np.maximum(2.0 - 0.05 * STEPS, 0.2))  # is at 1 after 20 steps
    met = meet_at_loss(slow, fast)
    assert math.isclose(1.0, met.level)
    assert math.isclose(1.0, met.first)
    assert math.isclose(1.0, met.second)
    assert met.second == meet_at_loss(fast, slow).first


def test_matched_path_is_the_shorter_one():
    long = traveller(np.sqrt(STEPS), 2.0 - 0.01 * STEPS)
    met = meet_at_path(long, traveller(STEPS * 0.02, 2.0 - 0.01 * STEPS))
    assert math.isclose(2.0, met.level)
    assert math.isclose(2.0, met.first, rel_tol=1e-6)
    assert math.isclose(2.0, met.second)


@pytest.mark.parametrize(
    ("one", "other", "meet", "reason"),
    [
        ({"loss": np.full(101, 2.0)}, {}, meet_at_loss, "never learned"),
        ({"decayed": True}, {}, meet_at_loss, "weight decay"),
        ({"decayed": True}, {}, meet_at_path, "weight decay"),
        ({"every": 5}, {"every": 4}, meet_at_path, "not equally far apart"),
        ({"far": np.zeros(101)}, {}, meet_at_path, "did not move"),
        ({"loss": np.full(101, np.nan)}, {}, meet_at_loss, "not finite"),
    ],
)
def test_what_cannot_be_matched_says_why(one, other, meet, reason):
    usual = {"far": STEPS, "loss": 2.0 - 0.01 * STEPS}
    met = meet(traveller(**usual | one), traveller(**usual | other))
    assert reason in met.reason
    assert math.isnan(met.first)


def test_equally_spaced_records_may_be_compared():
    usual = {"far": STEPS, "loss": 2.0 - 0.01 * STEPS, "every": 5}
    assert not meet_at_path(traveller(**usual), traveller(**usual)).reason


def test_smoothing_is_the_mean_of_the_last_epoch_or_tenth():
    loss = np.sin(np.arange(1, 41.0))
    columns = SimpleNamespace(curve=lambda _key: (np.arange(1, 41.0), loss))
    subject = SimpleNamespace(
        columns=lambda *_keys: columns,
        manifest=SimpleNamespace(steps_per_epoch=8, total_steps=40),
    )
    found = smoothed_loss(subject)
    expected = [loss[max(0, t - 4) : t].mean() for t in range(1, 41)]
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)


def arms_of(ratio_at_loss, *, rates=4, seeds=6, spread=0.02, step=8.0):
    """Plant two optimizers: one makes longer steps, and moves ``ratio_at_loss`` as far a loss."""
    draw = np.random.default_rng(0)

    def runs(rate, scale, direction):
        return {
            seed: traveller(
                direction * np.exp(spread * draw.normal()) * np.minimum(scale * rate * STEPS, 50),
                2.0 - np.minimum(scale * rate * STEPS, 50) / 50,
                name=f"{scale}-{rate}-{seed}",
            )
            for seed in range(seeds)
        }

    grid = [0.1 * 2**k for k in range(rates)]
    one = {rate: runs(rate, step * 0.1, ratio_at_loss) for rate in grid}
    other = {rate: runs(rate, 0.1, 1.0) for rate in grid}
    return SideBySide("optimizer", [Arm("Adam", one, grid[-1], "x"),
                                    Arm("SGD", other, grid[-1], "x")])  # fmt: skip


def judged(side, spoiled=lambda _run: "", floor=lambda _run: 0.0):
    return judge_arms(side.what, compare_arms(side, floor, spoiled))


@pytest.mark.parametrize(
    ("ratio", "step", "word"),
    [
        (1.0, 8.0, "artefact (step size)"),
        (3.0, 8.0, "supported"),
        (1.0, 1.0, "not supported"),
    ],
)
def test_planted_optimizers_get_their_word(ratio, step, word):
    at_loss, _ = judged(arms_of(ratio, step=step))
    assert word == word_text(at_loss)
    assert "Adam and SGD move differently far at matched train loss" == at_loss.claim


def test_fewer_than_four_learning_rates_are_named():
    at_loss, at_path = judged(arms_of(3.0, rates=3))
    for verdict in (at_loss, at_path):
        assert "inconclusive" == verdict.word
        assert {"first_rates", "second_rates"} == set(verdict.missing)
        assert any("at least 4 learning rates" in each for each in verdict.what_would_change_it)


def test_a_control_that_nobody_ran_is_named():
    at_loss, _ = judged(arms_of(3.0), floor=lambda _run: None)
    assert ("d0",) == at_loss.missing
    assert "inconclusive" == at_loss.word


@pytest.mark.parametrize("word", ["collapsed", "diverged"])
def test_spoiled_runs_are_in_no_ratio_and_forbid_a_verdict(word):
    side = arms_of(3.0)
    bad = {run.subject.name for run in side.arms[1].runs[side.arms[1].best].values()}
    spoiled = lambda run: word * (run.subject.name in bad)  # noqa: E731 - a table in a line
    pair = compare_arms(side, lambda _run: 0.0, spoiled)[0]
    matched = pair.ratios[-1]
    assert 0 == matched.interval.n
    assert all(met.reason.endswith(word) for met in matched.meetings.values())
    verdict, _ = judge_arms("optimizer", [pair])
    assert "inconclusive" == verdict.word
    assert word in " ".join(verdict.reasons)


def test_at_equal_rate_runs_of_other_lengths_are_not_compared():
    side = arms_of(1.0, rates=1, seeds=2)
    short = side.arms[0].runs[0.1][0]
    cut = Series(STEPS[:50], short.path.displacement.value[:50])
    path = replace(short.path, displacement=cut, path_length=cut)
    side.arms[0].runs[0.1][0] = replace(short, path=path)
    pair = compare_arms(side, lambda _run: 0.0, lambda _run: "")[0]
    assert "they did not take equally many steps" == pair.ratios[0].meetings[0].reason
