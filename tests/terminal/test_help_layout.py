"""Every ``--help``: examples stand as they are typed, and arguments as in a manual page."""

import pytest
from typer.testing import CliRunner

from paramdyn_tui.cli.app import COMMANDS, app

TAKES = {
    "run": "[SPEC]", "attach": "[RUN]", "stop": "[RUN...]", "pause": "RUN...", "resume": "RUN...",
    "ls": "[FILTER...]", "show": "RUN", "diff": "RUN[@STEP]...", "rm": "[RUN...]",
    "plot": "[RUN...]", "export": "[RUN...]", "catalog": "[KIND]", "completion": "SHELL",
    "help": "[TOPIC]", "doctor": "", "analyze": "[QUESTION] [RUN...]", "tui": "[RUN]",
}  # fmt: skip


@pytest.fixture
def said(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    return lambda name: CliRunner().invoke(app, [name, "--help"], prog_name="paramdyn").stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_marks_types_and_bounds_of_the_program_are_not_shown(said, name):
    text = said(name)
    for mark in ("\\b", "\b", "<list", "<str", "<path", "x>=", "[required]"):
        assert mark not in text


@pytest.mark.parametrize("name", COMMANDS)
def test_usage_names_what_is_taken(said, name):
    usage = f"Usage: paramdyn {name} [OPTIONS] {TAKES[name]}".rstrip()
    assert usage == said(name).splitlines()[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_keep_their_lines(said, name):
    for line in said(name).splitlines():
        assert line.count("  paramdyn ") <= 1
        assert " paramdyn " not in line.strip().partition("paramdyn ")[2].partition(" paramdyn ")[2]


def test_options_of_run_stand_under_headings_that_say_what_for(said):
    text = said("run")
    places = [text.index(title) for title in (
        "What to train:", "How it starts:", "How it trains:", "What is recorded:",
        "How it is carried out:", "Other options:",
    )]  # fmt: skip
    assert sorted(places) == places
    assert text.index("How it starts:") < text.index("  --perturb") < text.index("How it trains:")


def test_every_option_stands_under_one_heading():
    from paramdyn_tui.cli.app import load_command
    from paramdyn_tui.cli.help_layout import PANELS

    for command, panels in PANELS.items():
        listed = [name for names in panels.values() for name in names]
        assert len(listed) == len({*listed})
        assert {*listed} <= {each.name for each in load_command(command).params}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("help", "completion")])
def test_each_command_has_examples(said, name):
    assert said(name).count(f"  paramdyn {name}") >= (1 if name == "pause" else 2)
