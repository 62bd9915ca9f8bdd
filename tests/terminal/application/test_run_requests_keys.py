"""The keys K, P and R: what is asked first, what is said after, and nothing with readonly."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.tui import run_requests
from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.run_requests import Said
from paramdyn_tui.tui.screens.base import BenchScreen


class Nothing(CellWidget):
    can_focus = True

    def draw(self, *_):
        return []


class Bare(BenchScreen):
    MODE = "run"

    def body(self):
        return [Nothing(classes="first-focus")]


@dataclass
class Asked:
    folder: RunFolder | None = None
    how: str = ""


@pytest.fixture(autouse=True)
def _bare_screens(monkeypatch):
    for mode in list(ParamdynApp.MODES):
        monkeypatch.setitem(ParamdynApp.MODES, mode, Bare)


@pytest.fixture
def about(opened, bench_template):
    runs, names = bench_template

    def do(steps, *, run="s0", **options):
        async def go():
            async with opened(runs, run=runs / names[run], **options) as (app, pilot):
                await pilot.pause()
                return await steps(app, pilot)

        return asyncio.run(go())

    return do


@pytest.fixture
def living(monkeypatch):
    """Every run lives; return what is asked of one."""
    asked = Asked()
    monkeypatch.setattr(run_requests.requests, "status_of", lambda _: ("running", None))

    def stop(folder, how):
        asked.folder, asked.how = folder, how
        return Said(f"{folder.name} is stopped.")

    monkeypatch.setattr(run_requests, "stopped", stop)
    return asked


@pytest.mark.parametrize(("downs", "how"), [(0, "stop-after-epoch"), (1, "stop"), (2, "kill")])
def test_how_a_run_stops_is_asked(about, living, seen, eventually, downs, how):
    async def steps(app, pilot):
        await pilot.press("K")
        await eventually(pilot, lambda: "how is it to stop?" in seen(app))
        for words in ("after this epoch", "with a checkpoint", "kill -9"):
            assert words in seen(app)
        await pilot.press(*["down"] * downs, "enter")
        await eventually(pilot, lambda: "is stopped." in seen(app))
        return app.bench.open_run

    path = about(steps)
    assert (Path(path), how) == (living.folder.path, living.how)


def test_nothing_is_asked_when_the_dialog_is_left(about, living, seen, eventually):
    async def steps(app, pilot):
        await pilot.press("K")
        await eventually(pilot, lambda: "how is it to stop?" in seen(app))
        await pilot.press("escape")
        await pilot.pause()
        return "how is it to stop?" not in seen(app)

    assert about(steps)
    assert "" == living.how


def test_a_run_that_has_ended_is_not_asked_to_stop(about, seen, eventually):
    async def steps(app, pilot):
        await pilot.press("K")
        await eventually(pilot, lambda: "there is nothing to stop" in seen(app))
        return True

    assert about(steps)


@pytest.mark.parametrize(("key", "words"), [("P", "neither wait nor go on"), ("R", "fork it")])
def test_what_became_of_a_request_is_said(about, seen, eventually, key, words):
    async def steps(app, pilot):
        await pilot.press(key)
        await eventually(pilot, lambda: words in seen(app))
        return True

    assert about(steps)


@pytest.mark.usefixtures("living")
def test_what_was_going_to_be_done_is_not_said_below_what_became_of_it(
    about, seen, eventually, monkeypatch
):
    monkeypatch.setattr(run_requests, "stopped", lambda *_: Said("It is stopped. " * 9))

    async def steps(app, pilot):
        await pilot.press("K")
        await eventually(pilot, lambda: "how is it to stop?" in seen(app))
        await pilot.press("enter")
        await eventually(pilot, lambda: "What became of it" in seen(app))
        return "it may take a moment" not in seen(app)

    assert about(steps)


def test_a_long_refusal_is_a_dialog_that_can_be_left(about, seen, eventually):
    async def steps(app, pilot):
        await pilot.press("R")
        await eventually(pilot, lambda: "That cannot be done" in seen(app))
        assert "its checkpoint" in seen(app)
        await pilot.press("escape")
        await pilot.pause()
        return "That cannot be done" not in seen(app)

    assert about(steps, run="stopped")


@pytest.mark.parametrize("key", ["K", "P", "R"])
def test_nothing_with_readonly(about, living, seen, key):
    async def steps(app, pilot):
        before, focused = seen(app).splitlines(), app.focused
        await pilot.press(key)
        await pilot.pause()
        after = seen(app).splitlines()
        assert "That is off: with --readonly runs are only looked at." in after[-1]
        return before[:-1] == after[:-1] and focused is app.focused

    assert about(steps, readonly=True)
    assert "" == living.how
