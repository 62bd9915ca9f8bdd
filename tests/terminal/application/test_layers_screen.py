"""The screen of the layers of a run."""

import asyncio

import pytest

from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.run_panes.inspector import Spread

PREPARED = {
    "layers.move_up": ["down"], "layers.move_page_up": ["end"], "layers.move_first": ["down"],
    "layers.move_right": ["left"],
}  # fmt: skip


def test_every_key_changes_what_is_shown(bench_template, each_shows_something, eventually, seen):
    runs, names = bench_template

    async def begin(app, pilot):
        app.bench.baseline = runs / names["s0"]
        await eventually(pilot, lambda: "fc3.bias" in seen(app) and "no snapshot" in seen(app))

    where = {"run": runs / names["child"], "start": "layers"}
    each_shows_something(of_scope("layers"), PREPARED, begin, runs, **where)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50)])
def test_every_size_shows_rows_and_the_cursor(size, bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], start="layers", size=size) as (app, pilot):
            await eventually(pilot, lambda: "conv1" in seen(app))
            await pilot.press("end")
            await eventually(pilot, lambda: "fc3.bias" in seen(app) or size[0] < 80)

    asyncio.run(look())


def test_the_inspector_tells_what_one_parameter_is(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], start="layers", size=(160, 50)) as (
            app,
            pilot,
        ):
            await eventually(pilot, lambda: "25 of 450 can never move" in seen(app))
            parts = ("450   conv", "default", "only meet padding", "all dead", "norm", "update/w",
                     "cosine")  # fmt: skip
            await eventually(pilot, lambda: all(part in seen(app) for part in parts))
            await pilot.press("down")
            await eventually(pilot, lambda: "─ conv1.bias ─" in seen(app))
            assert "can never move" not in seen(app)
            await pilot.press("left")
            await eventually(pilot, lambda: "at step 119" in seen(app))

    asyncio.run(look())


def test_the_difference_to_the_baseline_is_said(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["child"], start="layers", size=(160, 40)) as (
            app,
            pilot,
        ):
            app.bench.baseline = runs / names["s0"]
            await eventually(pilot, lambda: "fc3.bias" in seen(app))
            await pilot.press("b")
            await eventually(pilot, lambda: f"difference to {names['s0']}" in seen(app))
            await eventually(pilot, lambda: "baseline" in seen(app))

    asyncio.run(look())


def test_rows_that_a_pattern_hides_are_counted(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], start="layers") as (app, pilot):
            await eventually(pilot, lambda: "fc3.bias" in seen(app))
            await pilot.press("slash", *"*.bias", "enter")
            await eventually(pilot, lambda: "5 hidden" in seen(app))
            assert "conv1.weight" not in seen(app)
            await pilot.press("escape")
            await eventually(pilot, lambda: "conv1.weight" in seen(app))

    asyncio.run(look())


def test_histograms_of_a_cursor_that_has_gone_on_are_forgotten(
    bench_template, opened, eventually, seen
):
    runs, names = bench_template

    async def look():
        async with opened(runs, run=runs / names["s0"], start="layers") as (app, pilot):
            await eventually(pilot, lambda: "no snapshot" in seen(app))
            await pilot.press("down")
            await eventually(pilot, lambda: "reading its values" in seen(app))
            app.screen._has_read(("another", "parameter", 0), Spread(words="not wanted"))
            await eventually(pilot, lambda: "no snapshot" in seen(app))
            assert "not wanted" not in seen(app)

    asyncio.run(look())


def test_copies_and_exports(bench_template, opened, eventually, seen, home):
    runs, names = bench_template

    async def take():
        async with opened(runs, run=runs / names["s0"], start="layers") as (app, pilot):
            await eventually(pilot, lambda: "fc3.bias" in seen(app))
            await pilot.press("c")
            await eventually(pilot, lambda: "copied: conv1.weight" in seen(app))
            await pilot.press("e", "enter")
            await eventually(pilot, lambda: "written:" in seen(app))
            path = home / f"{names['s0']}-relative_displacement.csv"
            table = path.read_text().splitlines()
            assert table[0].startswith("step,conv1.weight,conv1.bias,")
            assert len(table) == 121

    asyncio.run(take())


def test_runs_without_layers_say_so(bench_template, opened, eventually, seen, tmp_path):
    runs, _ = bench_template

    async def look():
        async with opened(runs, run=runs / "spoilt", start="layers") as (app, pilot):
            await eventually(pilot, lambda: "does not record how its layers move" in seen(app))
            await pilot.press("down", "left", "o", "m", "y", "enter", "x")
        async with opened(tmp_path / "none", start="layers") as (app, pilot):
            await eventually(pilot, lambda: "No run is open" in seen(app))

    asyncio.run(look())
