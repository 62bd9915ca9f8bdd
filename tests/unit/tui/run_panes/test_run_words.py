"""What is said about a run beside numbers."""

import pytest

from paramdyn.store.run_summary import STATUSES
from paramdyn_tui.tui.run_panes.run_words import quiet_for, why_no_chart, words_of

GOES_WELL = {"running", "finished"}


@pytest.mark.parametrize("status", [*STATUSES, "removed"])
def test_every_status_but_the_good_ones_is_explained(status, view_of):
    words = words_of(view_of(status=status), {})
    assert bool(words) == (status not in GOES_WELL)


@pytest.mark.parametrize("status", ["stopped", "failed", "crashed"])
def test_how_to_carry_on_names_the_key_that_is_in_force(status, view_of):
    view = view_of(status=status, checkpoint_step=1200)
    assert "R carries on from step 1,200" in words_of(view, {})
    assert "F9 carries on" in words_of(view, {"app.resume": "f9"})
    assert "carries on" not in words_of(view, {}, readonly=True)
    assert "no checkpoint" in words_of(view_of(status=status), {})


def test_a_run_that_diverged_cannot_carry_on(view_of):
    words = words_of(view_of(status="diverged", reason="loss is nan at step 7"), {})
    assert words == "Diverged: loss is nan at step 7."


def test_a_queued_run_says_behind_whom(view_of):
    words = words_of(view_of(status="queued", reason="waiting for cpu, behind a"), {})
    assert words == "Queued: waiting for cpu, behind a."
    assert "waits for its turn" in words_of(view_of(status="queued"), {})


def test_problems_requests_and_silences_are_told(view_of):
    assert "disk is on fire" in words_of(view_of(problem="disk is on fire"), {})
    gone = words_of(view_of(status="removed", problem="/runs/a: the folder is gone."), {})
    assert 1 == gone.count("gone")
    assert "end of this epoch" in words_of(view_of(request="stop-after-epoch"), {})
    assert "Nothing new for 1m00s" in words_of(view_of(silence=80.0), {})


def test_a_silence_grows_in_steps():
    assert [quiet_for(each) for each in (None, 3.0, 10.0, 29.0, 31.0, 1e9)] == [
        0.0, 0.0, 10.0, 10.0, 30.0, 86400.0,
    ]  # fmt: skip


def test_why_there_is_no_chart(view_of):
    assert "No run is open" in why_no_chart(None, "")
    assert why_no_chart(None, "a-run") == "Reading a-run ..."
    assert why_no_chart(view_of(complete=False), "a-run") == "Reading a-run ..."
    assert "Queued" in why_no_chart(view_of(status="queued"), "a-run")
    for complete in (False, True):
        spoilt = view_of(status="broken", problem="spoilt", complete=complete)
        assert why_no_chart(spoilt, "a") == "spoilt"
    assert "first step" in why_no_chart(view_of(), "a-run")
    assert "log says more" in why_no_chart(view_of(status="failed"), "a-run")
