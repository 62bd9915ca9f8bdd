"""The screen of one run, with its keys, in every state that a run can be in."""

import asyncio

import pytest

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.cells import Look

PREPARED = {
    "charts.move_left": ["right"], "charts.move_up": ["down"], "charts.raw": ["s"],
    "charts.rougher": ["s"], "charts.pan_left": ["plus"],
    "charts.pan_right": ["plus", "less_than_sign"],
    "charts.reset": ["plus"], "charts.zoom_out": ["plus", "plus"],
}  # fmt: skip
"""What has to be pressed before a key can do something."""


@pytest.mark.parametrize("scope", ["charts", "run"])
def test_every_key_changes_what_is_shown(
    scope, bench_template, each_shows_something, eventually, seen
):
    runs, names = bench_template

    async def begin(app, pilot):
        app.bench.baseline = runs / names["s0"]
        app.bench_changed()
        await eventually(pilot, lambda: "baseline" in seen(app) and "all " in seen(app))

    each_shows_something(of_scope(scope), PREPARED, begin, runs, run=runs / names["child"])


@pytest.mark.parametrize(("size", "charts"), [((80, 24), 3), ((120, 36), 4), ((200, 50), 8)])
def test_as_many_charts_as_fit_beside_the_layers(
    size, charts, bench_template, opened, eventually, seen
):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], size=size) as (app, pilot):
            await eventually(pilot, lambda: "fc3" in seen(app) and "gradient_norm" in seen(app))
            grid = app.screen.grid
            assert len(grid.tiles()) == charts + 1
            text = seen(app)
            assert "✔ FINISHED" in text
            assert "epoch 10/10" in text
            assert "100%" in text

    asyncio.run(look())


WORDS = {
    "stopped": "Stopped: asked to stop.  R carries on from step 60.",
    "crashed": "Crashed: its process is gone",
    "diverged": "Diverged: the loss is not finite at step 31.",
}


@pytest.mark.parametrize("name", WORDS)
def test_how_a_run_ended_is_said_in_words(name, bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names[name]) as (app, pilot):
            await eventually(pilot, lambda: name.upper() in seen(app))
            assert WORDS[name] in seen(app)

    asyncio.run(look())


def test_a_broken_folder_is_explained_where_its_charts_would_be(
    bench_template, opened, eventually, seen
):
    runs, _ = bench_template

    async def look():
        async with opened(runs, run=runs / "spoilt") as (app, pilot):
            await eventually(pilot, lambda: "BROKEN" in seen(app))
            assert "state.json" in seen(app)
            assert "cannot be read as a run" in seen(app)

    asyncio.run(look())


def test_without_a_run_it_says_what_to_do(tmp_path, opened, eventually, seen):
    async def look():
        async with opened(tmp_path / "none", start="run") as (app, pilot):
            await eventually(pilot, lambda: "No run is open" in seen(app))

    asyncio.run(look())


def test_a_chart_alone_and_back_by_steps(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def walk():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "gradient_norm" in seen(app))
            grid = app.screen.grid
            await pilot.press("down", "enter", "plus", "i")
            await eventually(pilot, lambda: "test/accuracy" not in seen(app))
            alone = grid.focused_chart
            assert [tile.chart for tile in grid.tiles()] == [alone]
            await pilot.press("escape")
            await eventually(pilot, lambda: "test/accuracy" in seen(app))
            assert grid.focused_chart == alone
            assert grid.cursor is not None
            await pilot.press("escape")
            assert grid.cursor is None
            assert grid.window() is not None
            await pilot.press("escape")
            assert grid.window() is None
            await pilot.press("escape")
            await eventually(pilot, lambda: app.current_mode == "runs")

    asyncio.run(walk())


def test_the_cursor_is_at_the_same_time_on_all_charts_and_layers(
    bench_template, opened, eventually, seen
):
    runs, names = bench_template

    async def walk():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "fc3" in seen(app))
            await pilot.press("i", *["left"] * 10)
            at = f"epoch {number(app.screen.grid.cursor, 4)} "
            await eventually(pilot, lambda: seen(app).count(at) == 4)
            assert app.screen.heat.cursor == app.screen.grid.cursor < 10

    asyncio.run(walk())


def test_metrics_are_chosen_while_a_pattern_is_typed(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def choose():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "gradient_norm" in seen(app))
            await pilot.press("slash", *"weight")
            await eventually(pilot, lambda: "weight_norm" in seen(app)
                             and "train/loss ━" not in seen(app))  # fmt: skip
            await pilot.press("z")
            await eventually(pilot, lambda: "no metric matches 'weightz'" in seen(app))
            await pilot.press("escape")
            await eventually(pilot, lambda: "train/loss ━" in seen(app))
            assert app.settings.metrics == ""

    asyncio.run(choose())


def test_what_was_chosen_is_remembered(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def choose():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "gradient_norm" in seen(app))
            await pilot.press("x", "s", "y", "t", "Y")
            await pilot.pause()
            kept = app.settings
            assert (kept.axis, kept.smoothing, kept.log) == ("step", 0.5, ["loss"])
            assert (kept.references, kept.log_x) == (False, True)

    asyncio.run(choose())


def test_a_target_is_drawn_remembered_and_taken_away(bench_template, opened, eventually, seen):
    runs, names = bench_template

    def line(app):
        return next((row for row in seen(app).splitlines() if " target " in row), "")

    async def choose():
        async with opened(runs, run=runs / names["s0"], references=False) as (app, pilot):
            await eventually(pilot, lambda: "gradient_norm" in seen(app))
            await pilot.press("T")
            assert "target of loss" in seen(app)
            await pilot.press("x", "enter")
            assert "'x' is no number" in seen(app)
            await pilot.press("backspace", "1", ".", "5")
            await eventually(pilot, lambda: "╌ target" in line(app))  # while it is typed
            await pilot.press("enter")
            assert ({"loss": 1.5}, True) == (app.settings.targets, app.settings.references)
            grid = app.screen.grid
            assert {"chance", "target"} == set(grid.panel("test/loss").references)
            assert {"chance"} == set(grid.panel("test/accuracy").references)
            await pilot.press("t")
            await eventually(pilot, lambda: not line(app))
            await pilot.press("t", "T", "backspace", "escape")
            await eventually(pilot, lambda: line(app))  # left as it was
            await pilot.press("T", "backspace", "backspace", "backspace", "enter")
            await eventually(pilot, lambda: not line(app))
            assert {} == app.settings.targets

    asyncio.run(choose())


def test_copies_and_exports(bench_template, opened, eventually, seen, home):
    runs, names = bench_template

    async def take():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "gradient_norm" in seen(app))
            await pilot.press("c")
            await eventually(pilot, lambda: "copied: this run  train/loss" in seen(app))
            await pilot.press("e", "enter")
            await eventually(pilot, lambda: "written:" in seen(app))
            table = (home / f"{names['s0']}-charts.csv").read_text().splitlines()
            assert table[0] == "chart,line,epoch,value"
            assert sum(line.startswith("train/loss,") for line in table) == 120
            await pilot.press("e", "down", "enter")
            await eventually(pilot, (home / f"{names['s0']}.svg").exists)
            assert "<svg" in (home / f"{names['s0']}.svg").read_text()

    asyncio.run(take())


@pytest.mark.parametrize("look", [Look(color=False), Look(ascii_only=True), Look(False, True)])
def test_plain_terminals_see_it_too(look, bench_template, opened, eventually, seen, seen_colors):
    runs, names = bench_template

    async def see():
        async with opened(runs, run=runs / names["s0"], look=look) as (app, pilot):
            await eventually(pilot, lambda: "fc3" in seen(app))
            if look.ascii_only:
                assert seen(app).isascii()
            if not look.color:
                assert "/" not in seen_colors(app)

    asyncio.run(see())


def test_the_mouse_zooms_pans_and_points(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def use():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "gradient_norm" in seen(app))
            grid = app.screen.grid
            pane = grid.panes[1]
            await pilot.click(pane, offset=(20, 4))
            assert pane.has_focus
            pane.post_message(_wheel(pane, up=True))
            await eventually(pilot, lambda: grid.window() is not None)
            left, _ = grid.window()
            await pilot.mouse_down(pane, offset=(10, 4))
            await pilot.hover(pane, offset=(30, 4))
            await pilot.mouse_up(pane, offset=(30, 4))
            await eventually(pilot, lambda: grid.window()[0] < left)
            await pilot.press("i")
            await pilot.click(pane, offset=(10, 4))
            first = grid.cursor
            await pilot.click(pane, offset=(25, 4))
            await eventually(pilot, lambda: grid.cursor > first)

    asyncio.run(use())


def _wheel(pane, *, up):
    from textual.events import MouseScrollDown, MouseScrollUp

    kind = MouseScrollUp if up else MouseScrollDown
    return kind(pane, 30, 4, 0, 0, 0, shift=False, meta=False, ctrl=False)


def test_a_double_click_on_the_layers_opens_them(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def click():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "fc3" in seen(app))
            await pilot.click(app.screen.heat, offset=(4, 4), times=2)
            await eventually(pilot, lambda: app.current_mode == "layers")

    asyncio.run(click())


@pytest.mark.parametrize(("key", "mode"), [("1", "run"), ("4", "layers"), ("5", "logs")])
def test_where_no_run_is_open_a_screen_of_one_opens_the_run_at_hand(
    bench_template, opened, eventually, key, mode
):
    runs, _ = bench_template

    async def look():
        async with opened(runs, start="runs") as (app, pilot):
            await eventually(pilot, lambda: app.screen.target() is not None)
            first = app.screen.target()
            await pilot.press("down")
            await eventually(pilot, lambda: app.screen.target() != first)
            at_hand = app.screen.target()
            await pilot.press(key)
            await eventually(pilot, lambda: app.current_mode == mode)
            assert app.bench.open_run == at_hand
            await pilot.press("2", "up")
            await eventually(pilot, lambda: app.current_mode == "runs")
            await pilot.press(key)
            await eventually(pilot, lambda: app.current_mode == mode)
            assert app.bench.open_run == at_hand  # what is open stays open

    asyncio.run(look())
