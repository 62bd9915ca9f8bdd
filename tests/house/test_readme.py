"""The README's commands are run as written, and nothing that exists is missing from it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paramdyn.catalogues import MEASUREMENTS
from paramdyn_tui.cli.app import COMMANDS, app, load_command

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- run: begin -->\n```bash\n(.*?)```\n<!-- run: end -->", README, re.DOTALL)

COMMAND = """#!/bin/sh
if [ "$1" = run ] && [ -n "$TEST_STEPS" ]; then set -- "$@" --max-steps "$TEST_STEPS"; fi
exec "{python}" -m paramdyn_tui "$@"
"""


@pytest.fixture
def desk(tmp_path):
    """An empty folder with ``examples/`` in it and this checkout's ``paramdyn`` on the PATH."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    command = tmp_path / "bin" / "paramdyn"
    command.parent.mkdir()
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)
    return tmp_path


MANY_RUNS = next(number for number, block in enumerate(BLOCKS) if "export" in block)
"""The block that takes longest; each of its commands has tests of its own."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=[pytest.mark.long] * (number == MANY_RUNS))
        for number in range(len(BLOCKS))
    ],
)
def test_commands_run_as_written(desk, number):
    """The first block to its very end; the others, which need longer, for a few steps a run."""
    environment = os.environ | {
        "PATH": f"{desk / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PARAMDYN_RUNS": str(desk / "runs"),
        "TERM": "dumb",
        "TEST_STEPS": "12" if number else "",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", BLOCKS[number]],
        cwd=desk,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert BLOCKS[number].count("paramdyn run") <= len(list((desk / "runs").glob("*/spec.toml")))


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
