"""Lines of a log: the cursor, the pattern, and what a line is about."""

import time
from array import array

import pytest

from paramdyn_tui.tui.cells import text_of
from paramdyn_tui.tui.run_panes.log_lines import (
    LogState,
    find_lines,
    line_spans,
    matcher,
    step_of,
    wrapped_spans,
)
from paramdyn_tui.tui.run_panes.log_pane import log_row, log_tail
from paramdyn_tui.watching.log import LogFeed


@pytest.fixture
def log_of(tmp_path):
    def make(*lines):
        path = tmp_path / "log.txt"
        path.write_text("".join(f"{line}\n" for line in lines))
        feed = LogFeed(path)
        feed.look()
        return feed.view()

    return make


@pytest.fixture
def state(log_of):
    state = LogState()
    state.see(log_of(*(f"line {number}" for number in range(1000))))
    return state


def test_at_first_the_end_is_shown(state):
    assert state.window(10) == (990, 999)
    assert state.lines(990, 10)[-1] == (999, "line 999")


def test_going_up_stays_there_and_the_last_line_goes_along(state, log_of):
    state.move(-1)
    assert not state.follows
    longer = log_of(*(f"line {number}" for number in range(1010)))
    state.see(longer)
    assert state.window(10)[1] == 998
    state.move(1 << 60)
    assert state.follows
    state.see(log_of(*(f"line {number}" for number in range(1020))))
    assert state.window(10)[1] == 1019


def test_the_window_moves_only_as_far_as_it_must(state):
    state.move(-(1 << 60))
    assert state.window(10) == (0, 0)
    state.move(5)
    assert state.window(10) == (0, 5)
    state.move(7)
    assert state.window(10) == (3, 12)


def test_a_pattern_finds_lines_of_any_part(state):
    state.set_pattern("/^line .*99$/")
    found = array("q")
    find_lines(state.log, matcher(state.pattern), 0, lambda more, _: found.extend(more) or True)
    state.matches = found
    assert state.count == 10
    assert state.lines(8, 5) == [(899, "line 899"), (999, "line 999")]
    assert state.number_of(0) == 99


def test_looking_can_be_given_up(state):
    told = []
    find_lines(state.log, matcher("line"), 0, lambda *more: told.append(more))
    assert len(told) == 1


def test_a_log_that_was_replaced_is_begun_anew(state, log_of):
    state.set_pattern("line")
    state.matches, state.looked = array("q", [1, 2]), 1000
    state.see(log_of("line 0"))
    assert (state.looked, len(state.matches)) == (0, 0)


def test_text_or_expression():
    assert matcher("") is None
    assert matcher("WARN").search("a warning")
    assert not matcher("a.c").search("abc")
    assert matcher("/a.c/").search("abc")
    with pytest.raises(ValueError, match="no regular expression"):
        matcher("/(/")


LINE = "2026-02-28 12:00:05,791 WARNING paramdyn.training: gradient norm 31.2 at step 1,402"


def test_a_line_in_styles():
    spans = line_spans(LINE, matcher("norm"), here=False)
    assert "".join(span.text for span in spans) == LINE
    assert ("norm", "mark") in spans
    assert {span.style for span in spans} == {"dim", "warn", "mark"}
    assert "\x1b" not in text_of(tuple(line_spans("a\x1b[2Jb", None, here=True)))


def test_long_lines_are_broken():
    rows = wrapped_spans(line_spans("x" * 25, None, here=False), 10)
    assert [text_of(row) for row in rows] == ["x" * 10, "x" * 10, "x" * 5]


def test_which_step_a_line_is_about(view_of):
    view = view_of(heartbeat=time.mktime(time.strptime("2026-02-28 12:00:10", "%Y-%m-%d %H:%M:%S")))
    assert step_of(LINE, view) == 1402
    assert step_of("epoch 3  loss 0.4", view) == 30
    at = "2026-02-28 12:00:05,000 INFO somewhere: it went on"
    assert step_of(at, view) == pytest.approx(5.0), "five seconds before the last record"
    assert step_of("no time at all", view) is None


def test_the_tail_of_a_log(view_of, log_of, lines):
    view = view_of(log=log_of("Traceback (most recent call last):", LINE))
    text = lines(log_tail(view, 70, 5), 70, 5)
    assert "2 lines" in text[0]
    assert "12:00:05 WARNING gradient norm 31.2" in text[2]
    assert log_tail(view, 70, 1) == [log_row(LINE, 70)]
    assert "no log yet" in lines(log_tail(None, 30, 1), 30)[0]
    assert log_row("Traceback (most", 30)[0].style == "bad"
