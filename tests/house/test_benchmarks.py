"""The benchmarks share one way of measuring, and say what they claim."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(BENCHMARKS.glob("[!_]*.py"))


@pytest.fixture(scope="module")
def side_by_side():
    specification = importlib.util.spec_from_file_location(
        "side_by_side_under_test", BENCHMARKS / "_side_by_side.py"
    )
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_variants_take_turns_in_alternating_order(side_by_side):
    called = []

    def variant(name):
        def measure():
            called.append(name)
            return float(len(called))

        return measure

    figures = side_by_side.take_turns({n: variant(n) for n in "abc"}, rounds=3, warm_up=False)
    assert list("abc" + "cba" + "abc") == called
    assert {"a": [1.0, 6.0, 7.0], "b": [2.0, 5.0, 8.0], "c": [3.0, 4.0, 9.0]} == figures


def test_warm_up_is_forgotten(side_by_side):
    figures = iter([100.0, 1.0, 2.0])
    assert {"a": [1.0, 2.0]} == side_by_side.take_turns({"a": lambda: next(figures)}, rounds=2)


def test_ratios_are_paired(side_by_side):
    figures = {"a": [2.0, 30.0], "b": [1.0, 10.0]}
    assert [2.0, 3.0] == side_by_side.ratio(figures, "a", "b")


def test_spread_is_median_and_range(side_by_side):
    values = [1.0, 2.00004, 9.0]
    assert {"median": 2.0, "min": 1.0, "max": 9.0, "n": 3} == side_by_side.spread(values)


def test_report_prints_one_json_object(side_by_side, capsys):
    figures = {"a": [2.0], "b": [1.0]}
    side_by_side.report("X", figures, unit="s", ratios={"a/b": [2.0]}, target="2", more=3)
    printed = json.loads(capsys.readouterr().out)
    assert 2.0 == printed["ratios"]["a/b"]["median"]
    assert 3 == printed["more"]
    assert f"Python {sys.version_info.major}." in printed["machine"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_is_listed_and_names_the_machine(script):
    text = script.read_text(encoding="utf-8")
    assert any(way in text for way in ("report(", "measure_parts(", "machine()"))
    assert f"`{script.name}`" in (BENCHMARKS / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_startup_benchmark_runs():
    """A smoke test: the figures are the machine's, what is loaded is ours."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "startup.py"), "--rounds", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    printed = json.loads(done.stdout)
    assert [] == printed["loaded"]
    assert 1 == printed["figures"]["help beyond interpreter"]["n"]
