"""The tests keep their own rules."""

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))
CHECKING_CALLS = ("raises", "warns", "fail", "golden", "eventually")


def says_something(test):
    """Tell whether a test asserts: by itself, with pytest, or through a check_ helper."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in CHECKING_CALLS or called.startswith(("check_", "assert_")):
                return True
    return False


def functions_of(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def test_every_test_asserts():
    mute = [
        f"{file.relative_to(TESTS)}:{test.lineno} {test.name}"
        for file in FILES
        for test in functions_of(file)
        if not says_something(test)
    ]
    assert [] == mute


def test_no_test_is_written_over_by_another():
    doubled = []
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for scope in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
            names = Counter(node.name for node in scope.body if isinstance(node, ast.FunctionDef))
            doubled += [f"{file.name}: {name}" for name, count in names.items() if count > 1]
    assert [] == doubled


def test_file_names_are_unique():
    counts = Counter(file.name for file in FILES)
    assert [] == [name for name, count in counts.items() if count > 1]


def test_test_files_do_not_import_each_other():
    modules = {file.stem for file in FILES} | {"conftest", "tests"}
    imports = [
        f"{file.relative_to(TESTS)}: {name}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in _imported(node)
        if modules & set(name.split("."))
    ]
    assert [] == imports


def _imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
