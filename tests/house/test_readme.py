"""The README's commands are run as written, and nothing that exists is missing from it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paramdyn.catalogues import MEASUREMENTS, REGISTRIES
from paramdyn_tui.__main__ import main
from paramdyn_tui.cli.app import COMMANDS, app, load_command

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- run: begin -->\n```bash\n(.*?)```\n<!-- run: end -->", README, re.DOTALL)

COMMAND = """#!/bin/sh
if [ "$1" = run ] && [ -n "$TEST_STEPS" ]; then set -- "$@" --max-steps "$TEST_STEPS"; fi
exec "{python}" -m paramdyn_tui "$@"
"""
SPELLED = """paramdyn() { printf '%s\\0' "$@"; printf '\\n\\0'; }"""
"""Takes the command's place, and writes the words that the shell makes of each line."""


@pytest.fixture
def desk(tmp_path):
    """An empty folder with ``examples/`` in it and this checkout's ``paramdyn`` on the PATH."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    command = tmp_path / "bin" / "paramdyn"
    command.parent.mkdir()
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)
    return tmp_path


def in_a_shell(desk, block, *, steps=""):
    """Run a block in a shell."""
    environment = os.environ | {
        "PATH": f"{desk / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PARAMDYN_RUNS": str(desk / "runs"),
        "TERM": "dumb",
        "TEST_STEPS": steps,
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=desk,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def check_commands(desk, block, *, steps):
    done = in_a_shell(desk, block, steps=steps)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert block.count("paramdyn run") <= len(list((desk / "runs").glob("*/spec.toml")))


@pytest.mark.slow
def test_the_first_commands_run_as_written(desk):
    check_commands(desk, BLOCKS[0], steps="")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("number", range(1, len(BLOCKS)))
def test_commands_run_as_written(desk, number):
    """For a few steps a run."""
    check_commands(desk, BLOCKS[number], steps="12")


MANY_RUNS = next(number for number, block in enumerate(BLOCKS) if "export" in block)
"""The block that takes longest; each of its commands has tests of its own."""


@pytest.fixture
def _own_catalogues(monkeypatch):
    """A plug-in's names are gone after the test."""
    for registry in REGISTRIES:
        for table in ("_entries", "_objects"):
            monkeypatch.setattr(registry, table, dict(getattr(registry, table)))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("_paramdyn_plugin_"):
            del sys.modules[name]


@pytest.mark.slow
@pytest.mark.usefixtures("_own_catalogues")
@pytest.mark.parametrize("number", sorted({*range(1, len(BLOCKS))} - {MANY_RUNS}))
def test_words_as_written_do_what_they_say(desk, number, monkeypatch, capfd):
    """A shell makes the words, and this process does what each command says: torch is loaded."""
    spelled = in_a_shell(desk, f"{SPELLED}\n{BLOCKS[number]}")
    assert 0 == spelled.returncode, spelled.stderr
    commands = [words.split("\0")[:-1] for words in spelled.stdout.split("\n\0")[:-1]]
    assert len(commands) == BLOCKS[number].count("paramdyn ")
    monkeypatch.chdir(desk)
    monkeypatch.setenv("PARAMDYN_RUNS", str(desk / "runs"))
    for words in commands:
        few = ["--max-steps", "12", "--foreground"] if words[0] == "run" else []
        status = main([*words, *few])
        assert (0, "") == (status, "".join(capfd.readouterr().err.partition("Traceback")[1:])), (
            words
        )
    made = list((desk / "runs").glob("*/spec.toml"))
    assert len(made) == sum(words[0] == "run" for words in commands)


def test_blocks_are_found():
    assert README.count("```bash") == len(BLOCKS) > 0


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_help_and_a_place_in_the_readme(name):
    assert COMMANDS[name].endswith(".")
    assert load_command(name).help
    assert f"paramdyn {name}" in README


@pytest.mark.parametrize("name", COMMANDS)
def test_command_explains_every_option(name):
    mute = [parameter.name for parameter in load_command(name).params if not parameter.help]
    assert [] == mute


def test_help_lists_every_command():
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert [] == [name for name in COMMANDS if not re.search(rf"^\s+{name}\s", shown, re.MULTILINE)]


def test_every_measurement_is_in_the_table():
    assert [] == [entry.name for entry in MEASUREMENTS.entries() if f"`{entry.name}`" not in README]


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [] == [link for link in links if not (ROOT / link).exists()]


def test_readme_fits_a_few_screens():
    assert README.count("\n") <= 170
