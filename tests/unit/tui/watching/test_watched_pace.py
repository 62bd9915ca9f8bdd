"""How soon a run is looked at again, and what of a look is told."""

import pytest

from paramdyn_tui.watching import watched
from paramdyn_tui.watching.watched import WatchedRun


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def run(hand):
    return WatchedRun(hand.layout.path)


def look(run, clock, seconds=0.5, *, ended=0):
    """Look at a run after some seconds; return what is told, and when it is looked at next."""
    clock.now += seconds
    seen = run.look(clock, ended=ended)
    return seen, pytest.approx(run.due - clock.now)


def test_a_run_that_moves_is_looked_at_more_often_than_a_silent_one(hand, run, clock):
    hand.state("running", 1)
    assert watched.LIVE_SECONDS == look(run, clock)[1]
    assert watched.LIVE_SECONDS == look(run, clock, watched.SOON_SECONDS - 1)[1]
    assert watched.QUIET_SECONDS == look(run, clock, 2.0)[1]
    hand.state("running", 2)
    assert watched.LIVE_SECONDS == look(run, clock)[1]


@pytest.mark.parametrize(
    ("status", "seconds", "over"),
    [("paused", watched.WAITING_SECONDS, False), ("queued", watched.WAITING_SECONDS, False),
     ("finished", watched.ENDED_SECONDS, True), ("failed", watched.ENDED_SECONDS, True)],
)  # fmt: skip
def test_a_run_that_waits_or_has_ended_is_looked_at_seldom(hand, run, clock, status, seconds, over):
    hand.state(status, 1)
    assert not run.is_over
    assert seconds == look(run, clock)[1]
    assert over == run.is_over


def test_many_that_have_ended_cost_as_much_as_a_few(hand, run, clock):
    hand.state("finished", 1)
    assert watched.ENDED_SECONDS == look(run, clock, ended=watched.MANY)[1]
    assert 3 * watched.ENDED_SECONDS == look(run, clock, 9.0, ended=3 * watched.MANY)[1]


def test_a_look_that_is_wanted_meanwhile_comes_at_once(hand, run, clock, monkeypatch):
    hand.state("finished", 1)
    look(run, clock)
    inner = run._watch.look
    monkeypatch.setattr(run._watch, "look", lambda: (inner(), setattr(run, "due", 0.0))[0])
    run.look(clock, ended=0)
    assert 0.0 == run.due


def test_what_is_new_is_told_though_it_came_while_a_long_file_was_read(
    hand, run, clock, monkeypatch
):
    hand.state("running", 1)
    first, _ = look(run, clock)
    reads = [True]
    monkeypatch.setattr(type(run._watch), "complete", property(lambda _: not reads[0]))
    hand.state("running", 2)
    assert (None, 0.0) == look(run, clock, watched.LOADING_SECONDS / 2)
    reads[0] = False
    told, _ = look(run, clock, 0.1)
    assert (1, 2) == (first.view.step, told.view.step)
