"""What an import may cost, and who may import whom."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "torchvision", "numpy", "scipy", "sklearn", "textual", "plotext")


def run_python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def loaded_by(code):
    """Return which heavy packages a fresh interpreter has loaded after running ``code``."""
    report = "import json, sys; print(); print(json.dumps(sorted(sys.modules)))"
    done = run_python("-c", f"{code}\n{report}")
    assert 0 == done.returncode, done.stderr
    return sorted(set(HEAVY) & set(json.loads(done.stdout.splitlines()[-1])))


def command_line(*arguments):
    return (
        "from paramdyn_tui.__main__ import main\n"
        f"import sys; sys.argv = ['paramdyn', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )


@pytest.mark.parametrize(
    "code",
    [
        "import paramdyn",
        "import paramdyn.catalogues",
        "import paramdyn.specs.reader",
        "import paramdyn.specs.validation",
        "import paramdyn_tui",
        command_line("--help"),
        command_line("run", "--help"),
        command_line("catalog", "models"),
        command_line("catalog", "questions"),
        command_line("analyze", "--help"),
        command_line("analyze"),
        "import paramdyn.analysis",
        command_line("attach", "nothing"),
        command_line("stop", "--all"),
        "import paramdyn_tui.cli.attach, paramdyn_tui.cli.foreground, paramdyn_tui.cli.ending",
    ],
)
def test_loads_nothing_heavy(code):
    assert [] == loaded_by(code)


def test_a_question_of_shapes_loads_no_statistics():
    asked = command_line("analyze", "reach", "--model", "lenet", "--quiet", "--width", "80")
    done = run_python("-c", f"{asked}\nprint([m for m in sys.modules if m.startswith('scipy.')])")
    assert 0 == done.returncode, done.stderr
    assert "lenet at 32 px: some image can give every one of its" in done.stdout
    loaded = done.stdout.splitlines()[-1]
    assert "scipy.stats" not in loaded
    assert "scipy.optimize" not in loaded


@pytest.mark.parametrize(
    "code",
    [
        "import paramdyn.store.run_index, paramdyn.store.snapshots, paramdyn.store.records",
        command_line("ls"),
    ],
)
def test_loads_numpy_at_most(code):
    assert set(loaded_by(code)) <= {"numpy"}


@pytest.mark.parametrize(
    "code", ["import paramdyn.store.run_summary", "import paramdyn_tui.watching.drift"]
)
def test_who_looks_at_runs_reads_no_spec(code):
    """Its data classes take longer to make than a run to be summarized."""
    done = run_python("-c", f"import sys\n{code}\nprint('paramdyn.specs.run_spec' in sys.modules)")
    assert "False" == done.stdout.strip(), done.stderr


def test_listing_every_catalogue_imports_no_target():
    code = "from paramdyn.catalogues import REGISTRIES\n[r.entries() for r in REGISTRIES]"
    assert [] == loaded_by(code)


def test_import_contracts_hold():
    code = (
        "import sys; from importlinter.cli import lint_imports\n"
        "sys.exit(lint_imports('pyproject.toml', no_cache=True))"
    )
    done = run_python("-c", code)
    assert 0 == done.returncode, done.stdout + done.stderr
