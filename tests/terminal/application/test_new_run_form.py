"""The form of a new run, on a screen: every key does something, and what is started trains."""

import asyncio
import json
import shlex
import threading
import time

import pytest
from textual.events import Key, Paste

from paramdyn.errors import FailedWork
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.cli.run_words import run_options
from paramdyn_tui.cli.spec_options import specs_from
from paramdyn_tui.launch.requests import status_of
from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.forms.checking import check
from paramdyn_tui.tui.screens import new_run
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.screens.new_run import NewRunScreen


class Nothing(CellWidget):
    can_focus = True

    def draw(self, *_):
        return []


class Bare(BenchScreen):
    MODE = "runs"

    def body(self):
        return [Nothing(classes="first-focus")]


@pytest.fixture(autouse=True)
def _bare_screens(monkeypatch):
    for mode in list(ParamdynApp.MODES):
        monkeypatch.setitem(ParamdynApp.MODES, mode, Bare)


def in_form(opened, runs, steps, **options):
    """Open the form, do something, and return what that returns."""

    async def go():
        async with opened(runs, **options) as (app, pilot):
            await pilot.pause()
            await pilot.press("n")
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, NewRunScreen)
            return await steps(app, pilot, screen)

    return asyncio.run(go())


def checked(screen):
    return lambda: screen._checked is not None


async def type_text(pilot, text):
    for letter in text:
        await pilot.press("full_stop" if letter == "." else "minus" if letter == "-" else letter)


def command_in(text):
    """Return the command that a screen shows, as a shell takes it."""
    lines = [line.strip("┃ ").split("│")[-1].strip() for line in text.splitlines()]
    first = next(index for index, line in enumerate(lines) if line.startswith("$ "))
    last = first
    while lines[last].endswith("\\"):
        last += 1
    joined = " ".join(line.removesuffix("\\") for line in lines[first : last + 1])
    return shlex.split(joined.removeprefix("$ "))


def test_what_is_chosen_and_typed_is_in_the_command(opened, runs_dir, seen, eventually):
    async def steps(app, pilot, screen):
        await type_text(pilot, "resnet3")
        await pilot.press("enter", "right")
        await pilot.press("tab", "tab", "right", "tab")
        await type_text(pilot, "0.1")
        await pilot.press("tab", "backspace")
        await eventually(pilot, checked(screen))
        return command_in(seen(app))

    program, command, *words = in_form(opened, runs_dir, steps)
    assert ["paramdyn", "run"] == [program, command]
    [spec] = specs_from(run_options(words), runs=runs_dir)
    assert ("resnet34", "mnist") == (spec.model.name, spec.dataset.name)
    assert ("adam", 0.1) == (spec.optimizer.name, spec.optimizer.learning_rate)


def test_no_key_is_lost_of_many_that_come_at_once(opened, runs_dir, seen, eventually):
    """A slow link brings them in one piece: none waits until the focus has moved."""
    keys = [
        *"resnet34",
        "tab",
        *"cif",
        "tab",
        "tab",
        "tab",
        *"0.1",
        "tab",
        *"0.5",
        "tab",
        "tab",
        *"cos",
    ]

    async def steps(app, pilot, screen):
        for key in keys:
            app.post_message(Key(key, key if len(key) == 1 else None))
        await eventually(pilot, lambda: "cosine" in seen(app).splitlines()[-3])
        await pilot.press("tab")
        await eventually(pilot, checked(screen))
        return command_in(seen(app))

    _, _, *words = in_form(opened, runs_dir, steps)
    [spec] = specs_from(run_options(words), runs=runs_dir)
    assert ("resnet34", "cifar10", "cosine") == (
        spec.model.name, spec.dataset.name, spec.schedule.name
    )  # fmt: skip
    assert (0.1, 0.5) == (spec.optimizer.learning_rate, spec.optimizer.options["momentum"])


def test_a_name_that_is_pasted_finds_its_option(opened, runs_dir, seen, eventually):
    async def steps(app, pilot, screen):
        app.post_message(Paste(" resnet34\nand more"))
        await eventually(pilot, lambda: screen._page._line.finding)
        await pilot.press("tab")
        await eventually(pilot, checked(screen))
        return command_in(seen(app))

    assert ["--model", "resnet34"] == in_form(opened, runs_dir, steps)[2:4]


def test_a_mistake_is_shown_where_it_is_and_nothing_starts(opened, runs_dir, seen, eventually):
    async def steps(app, pilot, screen):
        screen._page.go_to("training.epochs")
        await type_text(pilot, "x")
        await eventually(pilot, lambda: "✖ Found 'x'" in seen(app))
        rows = seen(app).splitlines()
        at = next(index for index, row in enumerate(rows) if "✖ Found 'x'" in row)
        assert "epochs" in rows[at - 1]
        await pilot.press("ctrl+s")
        await eventually(pilot, lambda: "correct what is marked" in seen(app).splitlines()[-1])
        await pilot.press("backspace", "3")
        await eventually(pilot, lambda: "✔ valid   1 run   3 epochs" in seen(app))
        return list(runs_dir.iterdir())

    assert [] == in_form(opened, runs_dir, steps)


def test_what_was_wrong_before_is_not_said_while_a_check_takes_long(
    opened, runs_dir, seen, eventually, monkeypatch
):
    go_on = threading.Event()

    def slow(form, *more):
        if form.text("training.epochs") == "33":
            go_on.wait(60)
        return check(form, *more)

    monkeypatch.setattr(new_run, "check", slow)

    async def steps(app, pilot, screen):
        screen._page.go_to("training.epochs")
        await type_text(pilot, "x")
        await eventually(pilot, lambda: "✖ Found 'x'" in seen(app))
        await pilot.press("backspace", "3", "3")
        await eventually(pilot, lambda: "checking ..." in seen(app))
        assert "✖" not in seen(app)
        go_on.set()
        await eventually(pilot, lambda: "✔ valid   1 run   33 epochs" in seen(app))

    in_form(opened, runs_dir, steps)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50)])
def test_the_form_fits(opened, runs_dir, seen, eventually, size):
    async def steps(app, pilot, screen):
        await eventually(pilot, checked(screen))
        text = seen(app)
        await pilot.press("ctrl+o")
        screen._page.go_to("other")
        await eventually(pilot, lambda: "other" in seen(app))
        return text

    text = in_form(opened, runs_dir, steps, size=size)
    assert "New run" in text
    assert size[1] == len(text.splitlines())
    assert "$ paramdyn run" in text


KEYS = [key for action in of_scope("form") for key in action.keys.split(",")]


@pytest.mark.parametrize("key", [*KEYS, "tab", "shift+tab", "f1", "ctrl+p", "escape"])
def test_every_key_does_something(opened, runs_dir, seen, eventually, monkeypatch, key):
    def refused(_form):
        raise FailedWork("nothing is started in this test")

    monkeypatch.setattr("paramdyn_tui.tui.screens.new_run.started", refused)

    async def steps(app, pilot, screen):
        await eventually(pilot, checked(screen))
        await pilot.press("down", "down")
        await pilot.pause()
        here = screen._page._shown.cursor
        before = seen(app)
        await pilot.press(key)
        await eventually(pilot, lambda: seen(app) != before or screen._page._shown.cursor != here)
        return True

    assert in_form(opened, runs_dir, steps)


def test_the_command_is_copied(opened, runs_dir, eventually, monkeypatch):
    copied = []
    monkeypatch.setattr(ParamdynApp, "copy_to_clipboard", lambda _, text: copied.append(text))

    async def steps(_app, pilot, screen):
        await eventually(pilot, checked(screen))
        await pilot.press("ctrl+y")
        await pilot.pause()

    in_form(opened, runs_dir, steps)
    assert ["paramdyn run --detach"] == copied


def test_nothing_can_be_started_with_readonly(opened, runs_dir, seen):
    async def go():
        async with opened(runs_dir, readonly=True) as (app, pilot):
            await pilot.press("n")
            await pilot.pause()
            assert not isinstance(app.screen, NewRunScreen)
            app.push_screen(NewRunScreen())
            await pilot.pause()
            await pilot.press("ctrl+s")
            await pilot.pause()
            return seen(app)

    text = asyncio.run(go())
    assert "starting" not in text
    assert "^s" not in text.splitlines()[-1]


def test_enter_lists_all_options(opened, runs_dir, seen, eventually):
    async def steps(app, pilot, screen):
        await pilot.press("enter")
        await pilot.pause()
        listed = seen(app)
        await pilot.press("down", "enter")
        await eventually(pilot, lambda: app.screen is screen)
        return listed, screen._page.form.text("model.name")

    listed, chosen = in_form(opened, runs_dir, steps, size=(100, 30))
    assert "torchvision's, with a head" in listed
    assert "alexnet" == chosen


@pytest.mark.slow
def test_a_run_from_the_form_trains_on_when_the_application_is_gone(opened, runs_dir, eventually):
    async def steps(app, pilot, screen):
        for key, text in (("training.epochs", "1"), ("dataset.train_limit", "64")):
            screen._page.go_to(key)
            await type_text(pilot, text)
        screen._page.form.put("training.threads", "1")
        screen._page.form.put("training.device", "cpu")
        screen._page._changed()
        await pilot.press("ctrl+s")
        await eventually(pilot, lambda: app.bench.open_run is not None, tries=3000)
        assert "run" == app.current_mode or await settle(pilot, app)
        return app.bench.open_run

    async def settle(pilot, app):
        await eventually(pilot, lambda: app.current_mode == "run")
        return True

    path = in_form(opened, runs_dir, steps)
    folder = RunFolder(path)
    end = time.monotonic() + 120
    while status_of(folder)[0] != "finished" and time.monotonic() < end:
        time.sleep(0.1)
    assert "finished" == status_of(folder)[0]
    command = json.loads(Layout(path).manifest.read_text())["command"]
    words = [word for word in command[command.index("run") + 1 :] if word != "--json"]
    assert {"--epochs", "--limit", "--threads", "--detach"} <= set(words)


def test_the_command_names_the_runs_folder_only_where_it_would_be_another_one(
    tmp_path, monkeypatch
):
    from paramdyn_tui.tui.screens.new_run import _runs_to_say

    monkeypatch.delenv("PARAMDYN_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert _runs_to_say(tmp_path / "runs") is None
    assert _runs_to_say(tmp_path / "others") == tmp_path / "others"
