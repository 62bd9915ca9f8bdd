"""What Ctrl-C and the keys mean."""

import pytest

from paramdyn_tui.cli import dialog as meaning
from paramdyn_tui.cli.dialog import Dialog


def test_three_interrupts_ask_stop_and_kill():
    dialog = Dialog(can_ask=True)
    assert ["", "stop", "kill", "kill"] == [dialog.interrupt() for _ in range(4)]


def test_without_anybody_to_ask_an_interrupt_stops():
    dialog = Dialog(can_ask=False)
    assert ["stop", "kill"] == [dialog.interrupt() for _ in range(2)]


def test_any_number_of_sigterms_is_one_request():
    dialog = Dialog(can_ask=False)
    assert ["stop", "stop"] == [dialog.stop(), dialog.stop()]


@pytest.mark.parametrize(
    ("key", "action", "asking"),
    [
        ("d", "detach", False), ("q", "detach", False), ("\r", "detach", False),
        ("a", "stop-after-epoch", False), ("N", "stop", False), ("c", "", False),
        ("\x1b", "", False), ("x", "", True),
    ],
)  # fmt: skip
def test_answers(key, action, asking):
    dialog = Dialog(can_ask=True)
    dialog.interrupt()
    assert (action, asking) == (dialog.key(key, paused=False), dialog.asking)


def test_an_interrupt_after_the_epoch_was_asked_for_asks_again():
    dialog = Dialog(can_ask=True)
    dialog.interrupt()
    dialog.key("a", paused=False)
    assert ("", True) == (dialog.interrupt(), dialog.asking)
    assert "stop" == dialog.interrupt()


def test_p_pauses_and_goes_on():
    dialog = Dialog(can_ask=True)
    assert ["pause", "resume"] == [dialog.key("p", paused=paused) for paused in (False, True)]
    dialog.stop()
    assert ("", "") == (dialog.key("p", paused=False), dialog.key("s", paused=False))


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("asked", ["", *vars(meaning)["_ASKED"], "pause"])
@pytest.mark.parametrize("asking", [True, False])
@pytest.mark.parametrize("can_ask", [True, False])
def test_hints_fit(width, asked, asking, can_ask):
    dialog = Dialog(can_ask=can_ask, asked=asked, asking=asking)
    for status in ("running", "paused", ""):
        assert 0 < len(dialog.hint(status, width=width)) <= width


def test_s_alone_brings_up_the_question():
    for key in "xyl":
        dialog = Dialog(can_ask=True)
        assert ("", False) == (dialog.key(key, paused=False), dialog.asking)
    dialog = Dialog(can_ask=True)
    assert ("", True) == (dialog.key("s", paused=False), dialog.asking)


@pytest.mark.parametrize("asked", [meaning.STOP_NOW, meaning.KILL])
def test_who_asked_to_stop_is_not_asked_again(asked):
    dialog = Dialog(can_ask=True, asked=asked)
    assert ("", False) == (dialog.key("s", paused=False), dialog.asking)
