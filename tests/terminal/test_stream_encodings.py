"""Streams that hold no block characters, and locales that ask for none, get plain letters."""

import json
import os
import subprocess
import sys

import pytest

from paramdyn.specs.run_spec import InitializerSpec, RunSpec

PLAIN = {
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    "ascii": {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"},
}
FULL = {
    "utf-8": {"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"},
    "utf-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "1"},
    "C.UTF-8": {"LANG": "C.UTF-8"},
    "C.UTF-8 of all": {"LANG": "C", "LC_ALL": "C.UTF-8"},
}
LATIN = {"PYTHONIOENCODING": "latin-1"}
COMMANDS = (
    ["ls", "--tree"], ["ls", "--group", "model"], ["show", "lenet-digits-default"], ["catalog"],
    ["plot", "lenet-digits-default"], ["help", "perturbations"], ["help", "measurements"],
    ["doctor"], ["show", "é█"], ["ls", "--help"], ["completion", "bash"],
)  # fmt: skip
SEVERAL = """
import json, sys
from paramdyn_tui.__main__ import main

ends = [main(words) for words in json.loads(sys.argv[1])]
assert all(status in (0, 1, 2) for status in ends), ends
"""
"""Several command lines in one process: what a stream can hold is settled when that starts."""


@pytest.fixture
def program(made_run, runs_dir, tmp_path):
    """Return a function that runs the program under an environment, and returns its bytes."""
    parent = made_run(RunSpec())
    child = made_run(RunSpec(initializer=InitializerSpec(name=f"run:{parent}")))
    state = json.loads((runs_dir / child / "state.json").read_text())
    state["summary"]["parent"] = f"{parent}@20"
    (runs_dir / child / "state.json").write_text(json.dumps(state))
    rows = [f'{{"step":{step},"epoch":0.1,"train/loss":{3 - step}.0}}\n' for step in range(3)]
    (runs_dir / parent / "metrics.jsonl").write_text("".join(rows))
    spoken = ("LANG", "LC_ALL", "LC_CTYPE", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONCOERCECLOCALE")
    kept = {name: value for name, value in os.environ.items() if name not in spoken}

    def run(words, environment, *more):
        lines = json.dumps([words, *more])
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL, lines] if more else
            [sys.executable, "-m", "paramdyn_tui", *words],
            env={**kept, **environment}, cwd=tmp_path, capture_output=True, check=False,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 1, 2)
        return done.stdout, done.stderr

    return run


@pytest.mark.parametrize("name", PLAIN)
def test_plain_letters(program, name):
    asked = COMMANDS if name == "C" else COMMANDS[::4]
    out, err = program(asked[0], PLAIN[name], *asked[1:])
    assert out.isascii()
    assert err.isascii()
    assert b"`- lenet" in out  # the first answer and the last one are there
    last = b"complete -F _paramdyn" in out if name == "C" else b"no run '\\xe9" in err
    assert last


def test_tree_and_chart_are_those_of_ascii(program):
    assert b"`- lenet" in program(["ls", "--tree"], PLAIN["C"])[0]
    asked = ["plot", "lenet-digits-default", "--ascii"]
    assert program(asked, FULL["C.UTF-8"])[0] == program(asked[:-1], PLAIN["C"])[0]


@pytest.mark.parametrize("name", FULL)
def test_block_characters_where_they_are_welcome(program, name):
    assert "└─ lenet" in program(["ls", "--tree"], FULL[name])[0].decode()


def test_letters_of_a_name_stay_apart(program):
    assert b"no run '\\xe9\\u05d0@'" in program(["show", "éא█"], PLAIN["C"])[1]


def test_latin_1_keeps_what_it_holds(program):
    assert "no run 'é@'".encode("latin-1") in program(["show", "é█"], LATIN)[1]
