"""The short way to the application understands just what the parser of commands does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.cli import quick_tui
from paramdyn_tui.cli.app import load_command
from paramdyn_tui.cli.usage import UsageError

COMMAND = load_command("tui")
WORDS = st.sampled_from([
    "--readonly", "--ascii", "--no-mouse", "--runs", "--runs=a", "--runs=", "--data", "--theme",
    "--theme=dark", "--theme=", "lenet", "light", "", "--help", "-h", "--", "--what", "-q",
])  # fmt: skip


def parsed(words):
    try:
        context = COMMAND.make_context("tui", list(words))
    except (Exception, SystemExit):  # whatever the parser refuses, or answers itself
        return None
    return {name: value for name, value in context.params.items() if value}


@given(st.lists(WORDS, max_size=5))
def test_what_it_understands_the_parser_understands_in_the_same_way(words):
    quick = quick_tui.asked_for(words)
    if quick is not None:
        assert parsed(words) == quick


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--what"], ["a", "b"], ["--runs"], ["--"]])
def test_what_needs_the_parser_is_left_to_it(words):
    assert quick_tui.asked_for(words) is None


def test_a_plain_call_is_understood():
    words = ["lenet", "--runs", "there", "--theme=light", "--readonly"]
    expected = {"run": "lenet", "runs": "there", "theme": "light", "readonly": True}
    assert expected == quick_tui.asked_for(words)


def test_without_a_terminal_it_is_left_to_the_command(monkeypatch):
    monkeypatch.setattr(quick_tui, "is_screen", lambda: False)
    assert quick_tui.quick_tui([]) is None


def test_on_a_terminal_all_mistakes_are_said_at_once(monkeypatch, runs_dir):
    monkeypatch.setattr(quick_tui, "is_screen", lambda: True)
    with pytest.raises(UsageError) as told:
        quick_tui.quick_tui(["nope", "--theme", "drak", "--runs", str(runs_dir)])
    theme, run = told.value.problems
    assert "'dark'" in theme
    assert "'nope'" in run
