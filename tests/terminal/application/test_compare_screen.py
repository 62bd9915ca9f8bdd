"""The screen of compared runs: every key shows something, and charts are of what was marked."""

import asyncio

import pytest

from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.cells import Look

KEYS = [(action, key) for action in of_scope("compare") for key in action.keys.split(",")]
SCROLLS = [(action, key) for action in of_scope("facts") for key in action.keys.split(",")]
BEFORE = {
    "scroll('up')": ["down", "down"],
    "scroll('page_up')": ["pagedown"],
    "scroll('left')": ["right"],
}


def compared(app, runs, names, marked, baseline=None):
    app.bench.marked = [runs / names[each] for each in marked]
    app.bench.baseline = runs / names[baseline] if baseline else None
    app.bench_changed()


async def drawn(app, pilot, eventually, count):
    await eventually(pilot, lambda: len(app.screen.charts.subjects) == count)
    await eventually(pilot, lambda: all(s.view.complete for s in app.screen.charts.subjects))
    await eventually(pilot, lambda: all(s.view.drift for s in app.screen.charts.subjects))


@pytest.mark.parametrize("key", [key for _, key in KEYS], ids=[f"{a.name}-{k}" for a, k in KEYS])
def test_every_key_shows_something(opened, bench_template, eventually, seen, seen_colors, key):
    runs, names = bench_template

    async def session():
        async with opened(runs, start="compare", size=(160, 45)) as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["s1", "s2", "stopped"], "s0")
            await drawn(app, pilot, eventually, 4)
            before = seen(app), seen_colors(app)
            await pilot.press(key)
            await eventually(pilot, lambda: (seen(app), seen_colors(app)) != before)
            assert "compare" == app.current_mode

    asyncio.run(session())


@pytest.mark.parametrize(("action", "key"), SCROLLS, ids=[f"{a.name}-{k}" for a, k in SCROLLS])
def test_what_differs_scrolls(opened, bench_template, eventually, seen, action, key):
    runs, names = bench_template

    async def session():
        async with opened(runs, start="compare", size=(120, 24)) as (app, pilot):
            await pilot.pause()
            marked = ["s1", "s2", "stopped", "child", "twin", "diverged"]
            compared(app, runs, names, marked, "s0")
            await drawn(app, pilot, eventually, 7)
            app.screen.query_one("#facts").focus()
            await pilot.press("a", *BEFORE.get(action.name, []))
            await pilot.pause()
            before = seen(app)
            await pilot.press(key)
            await eventually(pilot, lambda: seen(app) != before)
            assert "compare" == app.current_mode

    asyncio.run(session())


def test_differences_and_bands(opened, bench_template, eventually, seen):
    runs, names = bench_template

    async def session():
        async with opened(runs, start="compare") as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["s1", "s2"])
            await drawn(app, pilot, eventually, 2)
            await pilot.press("d")
            await eventually(pilot, lambda: "There is no baseline yet." in seen(app))
            await pilot.press("b")
            assert runs / names["s1"] == app.bench.baseline
            await pilot.press("d")
            screen = app.screen
            panel = screen.grid.panel("train/loss")
            assert [screen.charts.subjects[1].label] == [curve.label for curve in panel.curves]
            assert "train/loss - baseline" in seen(app)
            await pilot.press("d", "g")
            panel = screen.grid.panel("train/loss")
            assert ["all runs (n=2)"] == [curve.label for curve in panel.curves]
            await eventually(pilot, lambda: "all runs (n=2)  baseline" in seen(app).split("\n")[1])
            assert screen.charts.subjects[1].label not in seen(app).split("\n")[1]
            assert panel.curves[0].low is not None
            await pilot.press("b")
            assert runs / names["s2"] == app.bench.baseline
            assert [runs / names["s1"], runs / names["s2"]] == app.bench.marked
            await pilot.press("escape")
            assert not screen.bands
            await pilot.press("escape")
            await eventually(pilot, lambda: app.current_mode == "runs")

    asyncio.run(session())


def test_a_family_is_named_by_what_each_run_is(opened, bench_template, eventually, seen, home):
    runs, names = bench_template

    async def session():
        async with opened(runs, start="compare", size=(160, 45)) as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["s0", "child"], "twin")
            await drawn(app, pilot, eventually, 3)
            charts = app.screen.charts
            assert ["twin", "parent", "sign-flip"] == [each.label for each in charts.subjects]
            assert [0, 120, 120] == sorted(each.steps_before for each in charts.subjects)
            assert "drift: relative_displacement" in seen(app)
            app.screen.query_one("#facts").focus()
            await pilot.press("c")
            told = " ".join(names[each] for each in ("twin", "s0", "child"))
            assert f"paramdyn diff {told} --runs {runs}" == app.clipboard
            for name, write in app.screen.exports().items():
                write(home / name)

    asyncio.run(session())
    assert "train/loss" in (home / "compare.csv").read_text(encoding="utf-8")
    assert "perturbations,-,-,sign-flip" in (home / "compare-fields.csv").read_text(
        encoding="utf-8"
    )


def test_nothing_marked_says_how_to_mark(opened, bench_template, eventually, seen):
    async def session():
        async with opened(bench_template[0], start="compare") as (app, pilot):
            await eventually(pilot, lambda: "No run is marked. 2 shows all runs" in seen(app))
            await pilot.press("b", "d", "g", "a", "c")
            assert (None, []) == (app.bench.baseline, app.bench.marked)

    asyncio.run(session())


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50)])
@pytest.mark.parametrize("look", [Look(), Look(color=False, ascii_only=True)])
def test_it_fits_any_terminal(opened, bench_template, eventually, seen, size, look):
    runs, names = bench_template

    async def session():
        async with opened(runs, start="compare", size=size, look=look) as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["s1", "stopped"], "s0")
            await drawn(app, pilot, eventually, 3)
            await eventually(pilot, lambda: "baseline" in seen(app))
            await pilot.press("d", "g", "a", "tab")
            assert seen(app).isascii() or not look.ascii_only

    asyncio.run(session())


def test_of_very_many_runs_each_chart_has_a_turn_of_its_own(
    opened, bench_template, eventually, monkeypatch
):
    from paramdyn_tui.tui.screens import compare
    from paramdyn_tui.tui.widgets import chart_grid

    monkeypatch.setattr(compare, "MANY", 2)
    monkeypatch.setattr(chart_grid, "MANY_LINES", 2)
    runs, _ = bench_template

    async def session():
        async with opened(runs, size=(160, 45)) as (app, pilot):
            await eventually(pilot, lambda: app.screen.listing is not None)
            await pilot.press("ctrl+a", "3")  # what differs is drawn before anything is known
            await eventually(pilot, lambda: app.current_mode == "compare")
            charts = app.screen.charts
            await eventually(pilot, lambda: len(charts.subjects) == 9)
            await eventually(pilot, lambda: all(s.view.complete for s in charts.subjects))
            await eventually(pilot, lambda: len(app.screen.facts._sides) == 9)
            tiles = app.screen.grid.tiles()
            await eventually(pilot, lambda: all("┤" in text_of_pane(tile) for tile in tiles))
            before = [text_of_pane(tile) for tile in tiles]
            await pilot.press("x", "plus")
            await eventually(
                pilot,
                lambda: all(
                    text_of_pane(tile) != text for tile, text in zip(tiles, before, strict=True)
                ),
            )

    asyncio.run(session())


def text_of_pane(pane):
    return "\n".join("".join(span.text for span in row) for row in pane._picture)


def test_several_runs_have_a_column_each_at_the_usual_size(
    opened, bench_template, eventually, seen
):
    runs, names = bench_template

    async def session():
        async with opened(runs, start="compare", size=(120, 36)) as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["child", "s1", "stopped"], "twin")
            await drawn(app, pilot, eventually, 4)
            await eventually(pilot, lambda: "perturbations" in seen(app))
            return [s.label for s in app.screen.charts.subjects], seen(app).splitlines()

    labels, lines = asyncio.run(session())
    place = next(n for n, line in enumerate(lines) if "differing" in line)
    assert all(label[:8] in lines[place + 1] for label in labels)
    assert not any("…ations" in line for line in lines)  # names of rows are whole


def test_no_frame_shows_charts_where_they_stood_before_the_layout_changed(
    opened, bench_template, eventually, seen, monkeypatch
):
    runs, names = bench_template
    edges = []

    async def session():
        async with opened(runs, start="compare", size=(120, 36)) as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["s1"])
            await drawn(app, pilot, eventually, 1)
            grid, display = app.screen.grid, app._display
            assert grid.region.right < 120  # what differs stands beside it

            def watched(*given):
                edges.append((max(tile.region.right for tile in grid.tiles()), grid.region.right))
                display(*given)

            monkeypatch.setattr(app, "_display", watched)
            compared(app, runs, names, ["child", "s1", "stopped"], "twin")
            await drawn(app, pilot, eventually, 4)
            await eventually(pilot, lambda: "more below" in seen(app))

    asyncio.run(session())
    assert {(120, 120)} == set(edges)


@pytest.mark.parametrize("size", [(120, 24), (100, 30), (160, 45)])
def test_another_size_shows_what_is_shown_when_opened_in_it(
    opened, bench_template, eventually, seen, size
):
    runs, names = bench_template

    async def session(first):
        async with opened(runs, start="compare", size=first) as (app, pilot):
            await pilot.pause()
            compared(app, runs, names, ["child", "s1", "stopped"], "twin")
            await drawn(app, pilot, eventually, 4)
            await eventually(pilot, lambda: "more below" in seen(app))
            await pilot.resize_terminal(*size)
            await eventually(pilot)
            return seen(app)

    assert asyncio.run(session(size)) == asyncio.run(session((120, 36)))
