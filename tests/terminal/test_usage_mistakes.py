"""Every command, given words that it does not have: our words, status 2, nothing on stdout."""

import re

import pytest

from paramdyn_tui.cli.app import COMMANDS, load_command

FOREIGN = re.compile(
    r"Error:|Usage:|Try '|No such|Invalid value|Got unexpected|Missing |Input should|requires an|"
    r"[╭│╰]|Traceback"
)
"""What the parser would say."""


def parameters_of(name, kind):
    return [each for each in load_command(name).params if each.param_type_name == kind]


def options_with(wanted):
    """Return (command, option) for each option of whose object ``wanted`` says yes."""
    return [
        pytest.param(name, each.opts[0], id=f"{name} {each.opts[0]}")
        for name in COMMANDS
        for each in parameters_of(name, "option")
        if wanted(each)
    ]


def assert_refused(said, *, where, about):
    status, out, err = said
    assert (2, "") == (status, out)
    assert err.startswith("paramdyn: ")
    assert err.endswith(".\n")
    assert f" {where}: " in err
    assert about in err
    assert FOREIGN.search(err) is None


@pytest.mark.parametrize("name", COMMANDS)
def test_unknown_option(command, name):
    assert_refused(command(name, "--absurd"), where=name, about="unknown option '--absurd'")


@pytest.mark.parametrize("name", COMMANDS)
def test_unknown_option_near_one_that_exists(command, name):
    options = [each.opts[0] for each in parameters_of(name, "option") if len(each.opts[0]) > 4]
    near = options[0] if options else "--help"
    said = command(name, f"{near[:-1]}")
    assert_refused(said, where=name, about=f"'{near}'")
    assert f"paramdyn {name} --help" in said[2]


@pytest.mark.parametrize(("name", "option"), options_with(lambda each: not each.is_flag))
def test_option_without_its_value(command, name, option):
    from paramdyn_tui.cli.options import OPTIONAL_VALUES

    flags = [each.opts[0] for each in parameters_of(name, "option") if each.is_flag]
    for follower in ([], flags[:1]):
        said = command(name, option, *follower)
        if option in OPTIONAL_VALUES:
            assert "its value is missing" not in said[2]
        else:
            assert_refused(said, where=name, about=f"{option}: its value is missing")


@pytest.mark.parametrize(("name", "option"), options_with(lambda each: each.is_flag))
def test_flag_with_a_value(command, name, option):
    assert_refused(command(name, f"{option}=yes"), where=name, about=f"{option}: found ")


@pytest.mark.parametrize("name", COMMANDS)
def test_numbers_are_checked_before_the_parser_sees_them(command, name):
    kinds = load_command(name).kinds
    for each in parameters_of(name, "option"):
        for wrong in {int: ("x", "1.5", ""), float: ("x", "1,5")}.get(kinds[each.name].type, ()):
            said = command(name, f"{each.opts[0]}={wrong}")
            assert_refused(said, where=name, about=f"{each.opts[0]}: found '{wrong}'")
        if kinds[each.name].low is not None:
            said = command(name, each.opts[0], "-1")
            assert_refused(said, where=name, about=" or more")


@pytest.mark.parametrize("name", COMMANDS)
def test_too_few_and_too_many_arguments(command, name):
    arguments = parameters_of(name, "argument")
    if any(each.required for each in arguments):
        assert_refused(command(name), where=name, about=" is missing. Expected: ")
    if all(each.nargs == 1 for each in arguments):
        words = ["x"] * (len(arguments) + 1)
        assert_refused(command(name, *words), where=name, about="Expected no ")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_wins_over_mistakes(command, name):
    status, out, err = command(name, "--absurd", "--help")
    assert (0, "") == (status, err)
    assert f"Usage: paramdyn {name}" in out


def test_help_that_is_a_value_is_one(command):
    assert 2 == command("ls", "--columns=--help")[0]


def test_words_after_two_dashes_are_arguments(command):
    assert_refused(command("show", "--", "--runs", "x"), where="show", about="found 'x'")


def test_several_flags_in_one_word_and_a_value_behind_its_letter(command):
    status, _, err = command("run", "-qd", "--dry-run", "--limit", "x")
    assert 2 == status
    assert "paramdyn: run: --limit: found 'x'." in err
    assert "unknown" not in err


def test_what_the_parser_still_refuses_gets_our_form(command, monkeypatch):
    """As a parser of another version may, about words that are sound to us."""
    from paramdyn_tui.cli import usage

    monkeypatch.setattr(usage, "checked", lambda *given: list(given[-1]))
    said = command("plot", "--sotr", "x")[2] + command("show")[2] + command("ls", "--limit", "x")[2]
    assert 3 == len(said.splitlines())
    for line, name in zip(said.splitlines(), ("plot", "show", "ls"), strict=True):
        assert line.startswith(f"paramdyn: {name}: ")
        assert line.endswith(f" What is expected: paramdyn {name} --help.")


@pytest.mark.parametrize("words", [[], ["--"]])
def test_no_words_are_a_question_for_help(command, words):
    status, out, err = command(*words)
    assert (0, "") == (status, err)
    assert "Start here: paramdyn run" in out


def test_answer_that_never_comes_is_no_traceback(command, monkeypatch):
    from paramdyn_tui.cli import ls

    def ended(_):
        raise EOFError

    monkeypatch.setattr(ls, "request_from", ended)
    status, out, err = command("ls")
    assert (1, "") == (status, out)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (("run", "--seeds", "0-1", "--seeds", "2"), "--seeds"),
        (("run", "--measure=weight_norm", "--measure", "displacement"), "--measure"),
        (("ls", "--sort", "seed", "--sort", "model"), "--sort"),
        (("plot", "--where", "model=lenet", "--where", "seed=0"), "--where"),
        (("export", "--what", "metrics", "--what", "drift"), "--what"),
    ],
)
def test_list_in_two_pieces(command, line, option):
    """Neither of them is dropped without a word."""
    assert_refused(command(*line), where=line[0], about=f"{option}: is given twice")


def test_one_value_or_the_same_list_may_come_again(command):
    """The last one counts, as of any program: a user's habits are put before what is asked."""
    given = ("run", "--dry-run", "--epochs", "2", "--epochs", "3", "--seeds", "1", "--seeds", "1")
    status, out, _ = command(*given)
    assert (0, True) == (status, "3" in out)
