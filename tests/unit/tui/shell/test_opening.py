"""What the command line says reaches the application."""

from pathlib import Path

import pytest

from paramdyn.errors import UnknownName
from paramdyn_tui.tui import start
from paramdyn_tui.tui.opening import open_as_asked


@pytest.fixture
def opened(monkeypatch):
    """Return what the application was opened with."""
    found = []
    monkeypatch.setattr(start, "open_application", lambda opening: found.append(opening) or 7)
    return found


def test_everything_that_is_said_counts(opened, tmp_path, monkeypatch, made_run, runs_dir):
    from paramdyn.specs.run_spec import RunSpec

    name = made_run(RunSpec(), kept=())
    monkeypatch.chdir(tmp_path)
    status = open_as_asked(
        run=name, runs=str(runs_dir), data="images", theme="light",
        readonly=True, ascii=True, no_mouse=True,
    )  # fmt: skip
    [opening] = opened
    assert (7, runs_dir.absolute(), runs_dir / name) == (status, opening.runs, opening.run)
    assert ("images", "light") == (opening.data, opening.theme)
    assert (True, True, False) == (opening.readonly, opening.ascii_only, opening.mouse)


def test_nothing_is_needed(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_as_asked(runs="here")
    [opening] = opened
    assert (Path.cwd() / "here", None, None) == (opening.runs, opening.run, opening.data)
    assert (False, False, True) == (opening.readonly, opening.ascii_only, opening.mouse)
    with pytest.raises(UnknownName):
        open_as_asked(theme="nope")
