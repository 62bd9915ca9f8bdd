"""The pages of ``paramdyn help``: true, complete, and as wide as the terminal."""

import re
import shlex

import pytest

from paramdyn.catalogues import MEASUREMENTS, PERTURBATIONS
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn_tui.cli.app import COMMANDS, load_command
from paramdyn_tui.cli.help import page, rendered, topics

TOPICS = (
    "application", "controls", "detaching", "environment", "exit-codes", "filters", "json",
    "measurements", "perturbations", "queue", "run-folder", "verdicts",
)  # fmt: skip
TWO = {"RUN": "a", "OTHER": "b", "TWIN": "c", "COMMAND": "run", "TOPIC": "filters"}


def commands_in(text):
    for block in re.findall(r"```\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line.partition(" | ")[0])
            if words and words[0] == "paramdyn":
                yield words[1:]


@pytest.fixture
def say(capsys):
    from paramdyn_tui.__main__ import main

    def run(*arguments):
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_topics():
    assert list(TOPICS) == list(topics())


@pytest.mark.parametrize("topic", TOPICS)
def test_every_command_on_a_page_can_be_parsed(topic):
    found = list(commands_in(page(topic)))
    assert found
    for name, *arguments in found:
        command = load_command(name)
        context = command.make_context(name, list(arguments))
        assert name in COMMANDS
        assert not [each for each in context.args if each.startswith("--")]


def test_every_part_of_a_perturbation_on_its_page_can_be_read():
    parts = re.findall(r"^- `(\w+=\S+)`|`(\w+=[\w.]+)`", page("perturbations"), re.MULTILINE)
    found = {one or other for one, other in parts}
    assert {"norms=false", "buffers=means", "buffers=all", "share=0.5"} <= found
    for part in found:
        parse_perturbation(f"sign-flip,{part}")


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_of_text_is_wider_than_the_terminal(topic, width):
    text = rendered(page(topic), width=width)
    lines = [line for line in text.splitlines() if not line.startswith("    ")]
    assert [] == [line for line in lines if len(line) > width and " " in line.strip("- ")]
    assert "`" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("topic", TOPICS)
def test_every_line_of_code_is_shown_whole(topic):
    text = rendered(page(topic), width=40)
    for block in re.findall(r"```\n(.*?)```", page(topic), re.DOTALL):
        assert all(f"    {line}" in text.splitlines() for line in block.splitlines())


def test_pages_name_all_that_there_is():
    assert [] == [
        e.name for e in PERTURBATIONS.entries() if f"`{e.name}`" not in page("perturbations")
    ]
    assert [] == [
        e.name for e in MEASUREMENTS.entries() if f"`{e.name}`" not in page("measurements")
    ]


def test_colours_mark_code_and_headings():
    text = rendered("# Title\n\nUse `this`.\n", width=80, colour=True)
    assert "\x1b[1mTitle\x1b[0m\n\nUse \x1b[36mthis\x1b[0m." == text


def test_blocks_are_told_apart():
    text = "# T\n\none\ntwo\n\n- first\n  goes on\n- second\n\n```\ncode  kept\n```\n"
    assert "T\n\none two\n\n- first goes on\n- second\n\n    code  kept" == rendered(text, width=80)


def test_help_lists_the_topics(say):
    status, out, err = say("help")
    assert (0, "") == (status, err)
    assert list(TOPICS) == [line.split()[0] for line in out.splitlines()[1 : len(TOPICS) + 1]]


def test_an_unknown_topic_names_the_nearest(say):
    status, out, err = say("help", "perturbation")
    assert (2, "") == (status, out)
    assert "Did you mean 'perturbations'" in err


@pytest.mark.parametrize("name", ["export", "run", "help"])
def test_help_of_a_command_is_its_own(say, name):
    assert say(name, "--help") == say("help", name)


def test_exit_codes_are_what_the_program_returns(say):
    text = page("exit-codes")
    assert {"0", "1", "2", "130", "143"} == set(re.findall(r"^- `(\d+)`", text, re.MULTILINE))
    assert 0 == say("help")[0]
    assert 2 == say("help", "nothing-like-it")[0]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_examples_of_a_command_are_not_filled(say, name):
    status, text, _ = say(name, "--help")
    assert 0 == status
    assert "\\b" not in text
    assert "\b" not in text
