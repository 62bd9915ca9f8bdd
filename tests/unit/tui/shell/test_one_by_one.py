"""Keys that come in one piece are answered one by one."""

import asyncio
from typing import ClassVar

import pytest
from textual.app import App
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widgets import Input

from paramdyn_tui.tui import one_by_one
from paramdyn_tui.tui.one_by_one import OneByOne


class Asking(ModalScreen):
    BINDINGS: ClassVar = [("tab", "other", "other")]

    def compose(self):
        yield Input(id="first")
        yield Input(id="second")

    def action_other(self):
        self.query_one("#second").focus()


class Deaf(Input):
    """Lets nothing pass that follows a key."""

    def on_answered(self, message):
        message.stop()


class Application(OneByOne, App):
    BINDINGS: ClassVar = [("slash", "ask", "ask"), ("x", "count", "count")]
    counted = 0

    def action_ask(self):
        self.push_screen(Asking())

    def action_count(self):
        self.counted += 1


def in_application(steps):
    async def go():
        app = Application()
        async with app.run_test() as pilot:
            return await asyncio.wait_for(steps(app, pilot), 60)

    return asyncio.run(go())


def come(app, *keys):
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def until(pilot, condition):
    while not condition():
        await pilot.pause(0.01)


def test_keys_after_the_one_that_opens_a_dialog_are_the_dialogs():
    async def steps(app, pilot):
        come(app, "slash", *"xab", "tab", *"cd")
        app.post_message(Paste("pasted"))
        come(app, "x")
        await until(pilot, lambda: isinstance(app.screen, Asking))
        await until(pilot, lambda: app.screen.query_one("#second").value.endswith("x"))
        return [each.value for each in app.screen.query(Input)], app.counted

    assert (["xab", "cdpastedx"], 0) == in_application(steps)


def test_no_key_waits_for_ever(monkeypatch):
    monkeypatch.setattr(one_by_one, "PATIENCE_SECONDS", 0.01)

    async def steps(app, pilot):
        deaf = Deaf()
        await app.mount(deaf)
        deaf.focus()
        await pilot.pause()
        come(app, *"abc")
        await until(pilot, lambda: len(deaf.value) == 3)
        return deaf.value

    assert "abc" == in_application(steps)


@pytest.mark.parametrize("times", [1, 40])
def test_every_key_counts(times):
    async def steps(app, pilot):
        come(app, *"x" * times)
        await until(pilot, lambda: app.counted == times)
        await until(pilot, lambda: not app._answering)
        return len(app._waiting), app.counted

    assert (0, times) == in_application(steps)
