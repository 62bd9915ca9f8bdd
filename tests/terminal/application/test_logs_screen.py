"""The screen of a run's log."""

import asyncio

import pytest

from paramdyn_tui.tui.actions.table import of_scope

PREPARED = {
    "log.scroll_down": ["home"], "log.scroll_page_down": ["home"], "log.scroll_last": ["home"],
    "log.link": ["up"],
}  # fmt: skip
LINES = 20_000


@pytest.fixture
def long_log(bench_template, tmp_path):
    """A run whose log has many lines, one of them very long."""
    import shutil

    runs, names = bench_template
    copy = tmp_path / "runs"
    shutil.copytree(runs / names["s0"], copy / "a-run")
    lines = [f"2026-02-28 12:00:00,000 INFO here: line {i} at step {i % 120}" for i in range(LINES)]
    lines[15_000] = "WARNING needle " + "x" * 500
    lines[-1] = "the last line " + "y" * 300
    (copy / "a-run" / "log.txt").write_text("\n".join(lines) + "\n")
    return copy / "a-run"


def test_every_key_changes_what_is_shown(long_log, each_shows_something, eventually, seen):
    async def begin(app, pilot):
        await eventually(pilot, lambda: "20,000 lines" in seen(app))

    where = {"run": long_log, "start": "logs"}
    each_shows_something(of_scope("log"), PREPARED, begin, long_log.parent, **where)


def test_any_place_of_a_long_log_is_at_hand(long_log, opened, eventually, seen):
    async def walk():
        async with opened(long_log.parent, run=long_log, start="logs") as (app, pilot):
            await eventually(pilot, lambda: "the last line" in seen(app))
            await pilot.press("home")
            await eventually(pilot, lambda: "line 0 at step 0" in seen(app))
            assert "stays here" in seen(app)
            await pilot.press("pagedown", "pagedown")
            await eventually(pilot, lambda: "line 60 at" in seen(app))
            await pilot.press("end")
            await eventually(pilot, lambda: "goes along" in seen(app))

    asyncio.run(walk())


def test_lines_are_found_anywhere(long_log, opened, eventually, seen):
    async def find():
        async with opened(long_log.parent, run=long_log, start="logs") as (app, pilot):
            await eventually(pilot, lambda: "20,000 lines" in seen(app))
            await pilot.press("slash", *"needle", "enter")
            await eventually(pilot, lambda: "1-1 of 1 in 20,000 lines" in seen(app))
            assert "15,001" in seen(app), "its number in the file"
            await pilot.press("w")
            await eventually(pilot, lambda: seen(app).count("xxxxxxxxxx") > 4)
            await pilot.press("slash", *["backspace"] * 6, *"/line 1999[5-9]/", "enter")
            await eventually(pilot, lambda: "1-4 of 4 in 20,000 lines" in seen(app))
            await pilot.press("escape")
            await eventually(pilot, lambda: "20,000 lines" in seen(app)
                             and "of 4" not in seen(app))  # fmt: skip

    asyncio.run(find())


def test_a_line_leads_to_its_place_on_the_charts(long_log, opened, eventually, seen):
    async def link():
        async with opened(long_log.parent, run=long_log, start="logs") as (app, pilot):
            await eventually(pilot, lambda: "20,000 lines" in seen(app))
            await pilot.press("l")
            await eventually(pilot, lambda: "names no step and no time" in seen(app))
            await pilot.press("home", *["down"] * 60, "l")
            await eventually(pilot, lambda: "epoch 5 " in seen(app))
            assert app.screen.grid.cursor == 5.0

    asyncio.run(link())


def test_new_lines_appear_while_the_end_is_shown(long_log, opened, eventually, seen):
    async def watch():
        async with opened(long_log.parent, run=long_log, start="logs") as (app, pilot):
            await eventually(pilot, lambda: "the last line" in seen(app))
            with (long_log / "log.txt").open("a") as log:
                log.write("one more\n")
            app.watcher.look_now()
            await eventually(pilot, lambda: "one more" in seen(app))
            assert "20,001 lines" in seen(app)
            await pilot.press("c")
            await eventually(pilot, lambda: "copied: one more" in seen(app))

    asyncio.run(watch())


def test_the_mouse_scrolls_and_points(long_log, opened, eventually, seen):
    from textual.events import MouseScrollUp

    async def use():
        async with opened(long_log.parent, run=long_log, start="logs") as (app, pilot):
            await eventually(pilot, lambda: "the last line" in seen(app))
            pane = app.screen.query_one("LogText")
            pane.post_message(
                MouseScrollUp(pane, 30, 4, 0, 0, 0, shift=False, meta=False, ctrl=False)
            )
            await eventually(pilot, lambda: pane.lines.at == LINES - 4)
            await pilot.click(pane, offset=(20, 1))
            await eventually(pilot, lambda: pane.lines.at == pane.lines.first)

    asyncio.run(use())
