"""Every ``--help``: examples stand as they are typed, and arguments as in a manual page."""

import pytest
from typer.testing import CliRunner

from paramdyn_tui.cli.app import COMMANDS, app

TAKES = {
    "run": "[SPEC]", "attach": "[RUN]", "stop": "[RUN...]", "pause": "RUN...", "resume": "RUN...",
    "ls": "[FILTER...]", "show": "RUN", "diff": "RUN[@STEP]...", "rm": "[RUN...]",
    "plot": "[RUN...]", "export": "[RUN...]", "catalog": "[KIND]", "completion": "SHELL",
    "help": "[TOPIC]", "doctor": "", "analyze": "[QUESTION] [RUN...]",
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
