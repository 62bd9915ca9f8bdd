"""Every key of the table does something that can be seen; so does what the palette lists."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from paramdyn_tui.tui.actions.table import ACTIONS, SCOPES

pytestmark = pytest.mark.slow

PLACES = {
    "dialog": ("runs", ("o",)), "help": ("runs", ("question_mark",)), "app": ("run", ()),
}  # fmt: skip
"""Scope -> the screen that is opened, and the keys that lead to a pane with that scope.

The other scopes are pressed through in the tests of their screens.
"""

BEFORE = {
    "dialog.cursor_up": ("down",), "dialog.cursor_first": ("down",),
    "dialog.cursor_page_up": ("down",), "help.scroll_up": ("down",),
    "help.scroll_page_up": ("pagedown",), "app.narrower": ("right_square_bracket",),
    "app.screen_run": ("2",), "app.step_out": ("plus",), "app.previous_pane": ("tab",),
    "app.wider": ("left_square_bracket",), "app.screen_analyze": ("2",),
}  # fmt: skip
"""What must be pressed first, so that there is something to do."""


def fingerprint(app, seen, seen_colors):
    """What a person could tell apart."""
    bench = app.bench
    return (
        seen(app), seen_colors(app), app.current_mode, len(app.screen_stack), app.clipboard,
        dataclasses.asdict(app.settings), bench.open_run, tuple(bench.marked), bench.baseline,
        app._exit,
    )  # fmt: skip


@pytest.mark.parametrize(
    "action", [each for each in ACTIONS if each.scope in PLACES], ids=lambda action: action.id
)
def test_a_key_does_something(action, bench_template, opened, eventually, seen, seen_colors):
    runs, names = bench_template
    mode, way = PLACES[action.scope]

    async def look():
        async with opened(runs, run=runs / names["s0"], start=mode) as (app, pilot):
            await eventually(pilot, lambda: is_there(app, mode, seen))
            app.bench.marked = [runs / names["s0"], runs / names["child"]]
            app.bench.baseline = runs / names["s1"]
            app.follow_run(runs / names["s1"])
            app.follow_run(runs / names["child"])
            app.bench_changed()
            for key in (*way, *BEFORE.get(action.id, ())):
                await pilot.press(key)
                await eventually(pilot)
            for _ in range(5):
                await eventually(pilot)
            before = fingerprint(app, seen, seen_colors)
            await pilot.press(action.keys.split(",")[0].strip())
            await eventually(
                pilot, lambda: fingerprint(app, seen, seen_colors) != before, tries=150
            )

    asyncio.run(look())


def is_there(app, mode, seen):
    """Whether the screen has its data."""
    return app.current_mode == mode and {"runs": "default", "run": "┤"}[mode] in seen(app)


def test_every_other_scope_is_pressed_through_elsewhere():
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(__file__).parent.glob("test_*.py")
        if path.name != Path(__file__).name
    )
    assert [scope for scope in SCOPES if scope not in PLACES and f'"{scope}"' not in text] == []
    assert text.count("of_scope(") >= 9  # one file does it for two scopes


def test_the_palette_lists_and_does_what_the_table_has(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], size=(120, 200)) as (app, pilot):
            await eventually(pilot, lambda: is_there(app, "run", seen))
            await pilot.press("ctrl+p")
            await eventually(pilot, lambda: "Go to the next pane." in seen(app))
            listed = seen(app)
            here = [
                a for a in ACTIONS if a.scope in ("app", "run", "charts") and a.name != "palette"
            ]
            missing = [a.id for a in here if a.help[:40] not in listed]
            assert missing == []
            await pilot.press(*"theme", "enter")
            await eventually(pilot, lambda: app.settings.theme == "light")

    asyncio.run(look())


def test_readonly_turns_off_what_acts_on_runs(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], readonly=True) as (app, pilot):
            await eventually(pilot, lambda: is_there(app, "run", seen))
            for key in ("n", "f", "K", "P", "R"):
                await pilot.press(key)
                await eventually(pilot, lambda: "That is off" in seen(app))
                assert len(app.screen_stack) == 1, key
                app.say("")
            await pilot.press("2")
            await eventually(pilot, lambda: is_there(app, "runs", seen))
            await pilot.press("D")
            await eventually(pilot, lambda: "That is off" in seen(app))
            assert len(app.screen_stack) == 1
            await pilot.press("question_mark")
            await eventually(pilot, lambda: len(app.screen_stack) == 2)

    asyncio.run(look())


def test_a_keymap_moves_a_key_in_dispatch_footer_and_help(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        keys = {"charts.log_y": "ctrl+l"}
        async with opened(runs, run=runs / names["s0"], keys=keys) as (app, pilot):
            await eventually(pilot, lambda: is_there(app, "run", seen))
            assert "^l log y" in seen(app)
            await pilot.press("y")
            await eventually(pilot)
            assert app.settings.log == []
            await pilot.press("ctrl+l")
            await eventually(pilot, lambda: app.settings.log != [])
            await pilot.press("question_mark")
            await eventually(pilot, lambda: "^l" in seen(app))

    asyncio.run(look())
