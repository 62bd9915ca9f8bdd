"""Where a run stands, in words: the step, and from where it would go on."""

import pytest

from paramdyn.store.state import RunState
from paramdyn_tui.launch.answers import place_of


@pytest.mark.parametrize(
    ("status", "checkpoint", "words"),
    [
        ("stopped", 8, "at step 8 of 1,000"),
        ("stopped", 7, "at step 8 of 1,000; its checkpoint is of step 7"),
        ("stopped", -1, "at step 8 of 1,000"),
        ("running", 7, "at step 8 of 1,000"),
    ],
)
def test_where_it_is(status, checkpoint, words):
    state = RunState(status=status, step=8, total_steps=1000, checkpoint_step=checkpoint)
    assert place_of(state) == words
