"""One file, one idea; one function, one task."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ("engine", "paramdyn_tui", "benchmarks", "examples")
LONGEST_FILE = {"tests": 500}
USUAL_LONGEST_FILE = 300
LONGEST_FUNCTION = 60
FRONT_DOORS = ("paramdyn_tui/__main__.py", "paramdyn_tui/watching/watcher.py")
"""Of the command line, and of the one thread that nobody waits for: it hands its faults on."""


def python_files(*folders):
    return files(*folders, endings=[".py"])


def files(*folders, endings):
    found = (file for folder in folders for file in (ROOT / folder).rglob("*"))
    return sorted(file for file in found if file.suffix in endings)


def name(file):
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("folder", [*SOURCE, "tests"])
def test_files_are_short(folder):
    limit = LONGEST_FILE.get(folder, USUAL_LONGEST_FILE)
    lengths = {
        name(f): len(f.read_text(encoding="utf-8").splitlines())
        for f in files(folder, endings=[".py", ".c", ".h"])
    }
    assert {} == {file: length for file, length in lengths.items() if length > limit}


@pytest.mark.parametrize("folder", SOURCE)
def test_functions_are_short(folder):
    long = {
        f"{name(file)}:{node.lineno} {node.name}": length
        for file in python_files(folder)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert {} == long


def test_functions_in_c_are_short():
    long, begin, seen = {}, 0, 0
    for file in files("engine", endings=[".c", ".h"]):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.endswith(") {") and line[0].isalpha():
                begin = number
            if line == "}":
                seen += 1
                if number - begin >= LONGEST_FUNCTION:
                    long[f"{name(file)}:{begin}"] = number - begin + 1
    assert seen > 20
    assert {} == long


def test_no_function_swallows_everything():
    """A broad handler hides bugs: only a front door may have one that does not raise again."""
    broad = [
        f"{name(file)}:{node.lineno}"
        for file in python_files(*SOURCE)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and not isinstance(node.body[-1], ast.Raise)
        and name(file) not in FRONT_DOORS
    ]
    assert [] == broad
