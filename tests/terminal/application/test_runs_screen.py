"""The screen of all runs: every key shows something, marks and the baseline are the bench's."""

import asyncio
import csv

import pytest

from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.widgets.run_list.columns import METRIC, columns_for

PREPARED = {
    "fold": {"group": "perturb"},
    "unfold": {"group": "perturb"},
}
"""What is remembered, where a key needs it."""
FIRST = {
    "unfold": ["left"],
    "all_fields": ["b", "down"],
    "diff": ["b", "down"],
    "family": [],
}
"""Keys that are pressed before, where a key needs it."""
KEYS = [(action, key) for action in of_scope("runs") for key in action.keys.split(",")]


def at(app, name):
    """Move the cursor to a run."""
    assert app.screen.table.place.go_to(name)
    app.screen.show_lines()


def listed(app):
    return app.screen.listing is not None


@pytest.mark.parametrize(("action", "key"), KEYS, ids=[f"{a.name}-{k}" for a, k in KEYS])
def test_every_key_shows_something(opened, bench_template, eventually, seen, seen_colors, action,
                                   key):  # fmt: skip
    runs, names = bench_template

    def looks(app):
        return app.current_mode, seen(app), seen_colors(app)

    async def session():
        async with opened(runs, **PREPARED.get(action.name, {})) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            at(app, names["child"])
            await pilot.press(*FIRST.get(action.name, []))
            await eventually(pilot, lambda: app.screen.overlay.charts.subjects)
            before = looks(app)
            await pilot.press(key)
            await eventually(pilot, lambda: looks(app) != before)
            assert app.current_mode == ("run" if action.name == "open" else "runs")

    asyncio.run(session())


def test_marks_and_the_baseline_are_laid_over_each_other(opened, bench_template, eventually, seen):
    runs, names = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            at(app, names["s0"])
            await pilot.press("b")
            at(app, names["s1"])
            await pilot.press("space")
            assert [runs / names["s1"]] == app.bench.marked
            assert runs / names["s0"] == app.bench.baseline
            subjects = app.screen.overlay.charts
            await eventually(pilot, lambda: len(subjects.subjects) == 2)
            assert ["seed 0", "seed 1"] == [each.label for each in subjects.subjects]
            assert "1 marked" in seen(app)
            await pilot.press("ctrl+a")
            assert len(app.screen.listing.runs) == len(app.bench.marked)
            await pilot.press("ctrl+a")
            assert [] == app.bench.marked

    asyncio.run(session())


def test_a_family_is_marked_with_its_twin_as_the_baseline(opened, bench_template, eventually):
    runs, names = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            at(app, names["twin"])
            await pilot.press("F")
            wanted = {names["s0"], names["child"], names["twin"]}
            assert wanted == {path.name for path in app.bench.marked}
            assert runs / names["twin"] == app.bench.baseline
            await pilot.press("F")
            assert [] == app.bench.marked

    asyncio.run(session())


@pytest.mark.parametrize("key", ["right", "tab"])
def test_a_filter_is_typed_while_the_list_follows(opened, bench_template, eventually, seen, key):
    runs, names = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            screen = app.screen
            await pilot.press("slash", *"status=sto")
            await eventually(pilot, lambda: "status=stopped" in seen(app))  # it is completed
            await pilot.press(key)
            await eventually(pilot, lambda: len(screen.listing.runs) == 1)
            await pilot.press("enter")
            assert [names["stopped"]] == [run.name for run in screen.listing.runs]
            assert "status=stopped" == app.settings.query
            await pilot.press("escape")
            assert "" == app.settings.query
            assert len(screen.listing.runs) == len(names) + 1

    asyncio.run(session())


def test_a_wrong_filter_is_said_and_cannot_be_taken(opened, bench_template, eventually, seen):
    runs, _ = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            await pilot.press("slash", *"modle=a", "enter")
            await eventually(pilot, lambda: "unknown key 'modle'" in seen(app))
            assert 2 == len(app.screen_stack)
            await pilot.press("escape")
            await eventually(pilot, lambda: "unknown key" not in seen(app))
            assert "" == app.settings.query

    asyncio.run(session())


def test_sorting_by_the_same_key_again_turns_the_list_around(opened, bench_template, eventually):
    runs, _ = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            screen = app.screen
            await pilot.press("o", "down", "enter")
            metric = screen.listing.metric
            assert metric.name == app.settings.sort
            values = [metric.get(run) for run in screen.listing.runs if metric.get(run) is not None]
            assert sorted(values, reverse=True) == values
            await pilot.press("o", "enter")
            assert f"-{metric.name}" == app.settings.sort
            values.reverse()
            assert values == [metric.get(run) for run in screen.listing.runs
                              if metric.get(run) is not None]  # fmt: skip

    asyncio.run(session())


def test_a_heading_sorts_and_a_line_is_opened_by_the_mouse(opened, bench_template, eventually):
    runs, _ = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app) and app.screen.totals)
            table = app.screen.table
            columns = columns_for(app.screen.listing, table.size.width - 1, drift=True)
            start = 4
            for column in columns:
                if column.name == METRIC:
                    break
                start += column.width + column.gap
            await pilot.click(table, offset=(start + 1, 0))
            assert "test/accuracy" == app.settings.sort
            await pilot.click(table, offset=(10, 4))
            assert 3 == table.place.at
            name = table.place.name
            await pilot.click(table, offset=(10, 4), times=2)
            await eventually(pilot, lambda: app.current_mode == "run")
            assert name == app.bench.open_run.name

    asyncio.run(session())


def test_groups_have_means_and_fold(opened, bench_template, eventually, seen):
    runs, names = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            screen = app.screen
            await pilot.press("g", "enter")  # all but seeds
            await eventually(pilot, lambda: screen.listing.heads)
            at(app, names["s1"])
            head = next(h for h in screen.listing.heads if h.group.runs[0].name == names["s2"]
                        or len(h.group.runs) == 3)  # fmt: skip
            assert {names["s0"], names["s1"], names["s2"]} == {r.name for r in head.group.runs}
            assert "n=3" in seen(app)
            assert "±" in seen(app)
            count = len(screen.lines.lines)
            await pilot.press("left")
            assert head.name == screen.table.place.name
            assert count - 3 == len(screen.lines.lines)
            await pilot.press("space")
            assert 3 == len(app.bench.marked)
            charts = screen.overlay.charts
            await eventually(pilot, lambda: len(charts.subjects) == 3)
            panel = screen.overlay.panel("test/accuracy")
            assert [True] == [curve.low is not None for curve in panel.curves]
            await pilot.press("enter")
            assert count == len(screen.lines.lines)

    asyncio.run(session())


def test_the_differences_can_be_copied_as_a_command(opened, bench_template, eventually, seen):
    runs, names = bench_template

    async def session():
        async with opened(runs, size=(160, 75)) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            at(app, names["twin"])
            await pilot.press("b", "d")
            at(app, names["child"])
            await eventually(pilot, lambda: "sign-flip" in seen(app).partition("diff")[2])
            await eventually(pilot, lambda: "drift: relative_displacement" in seen(app))
            assert "same in all" in seen(app)
            await pilot.press("c")
            command = f"paramdyn diff {names['twin']} {names['child']} --runs {runs}"
            assert command == app.clipboard
            await pilot.press("escape", "c")
            assert names["child"] == app.clipboard

    asyncio.run(session())


def test_what_is_listed_can_be_written(opened, bench_template, eventually, seen, home):
    runs, ids = bench_template

    async def session():
        async with opened(runs, query="model=lenet") as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            await eventually(pilot, lambda: app.screen.overlay.charts.subjects)
            app.bench.baseline = runs / ids["s1"]
            app.bench_changed()
            await eventually(pilot, lambda: len(app.screen.drifts()) > 3)
            await eventually(pilot, lambda: "0.864" in seen(app))  # it is drawn
            for name, write in app.screen.exports().items():
                write(home / name)
            return [run.name for run in app.screen.listing.runs]

    names = asyncio.run(session())
    with (home / "runs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
        assert names == [row["id"] for row in rows]
    written = {row["id"]: row for row in rows}
    child, base = written[ids["child"]], written[ids["s1"]]
    assert 0.139 == pytest.approx(float(child["drift/relative_displacement"]), abs=5e-4)
    difference = float(child["test/accuracy"]) - float(base["test/accuracy"])
    assert difference == float(child[f"test/accuracy - {ids['s1']}"]) < 0
    assert "<svg" in (home / "runs.svg").read_text(encoding="utf-8")
    assert "test/accuracy" in (home / "overlay.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36), (200, 50), (99, 17)])
@pytest.mark.parametrize("look", [Look(), Look(color=False, ascii_only=True)])
def test_it_fits_any_terminal(opened, bench_template, eventually, seen, size, look):
    runs, _ = bench_template

    async def session():
        async with opened(runs, size=size, look=look, group="perturb") as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            await pilot.press("b", "down", "d", "F", "a")
            await eventually(pilot, lambda: "test acc" in seen(app))
            assert app.screen.table.size.height > 3
            if look.ascii_only:
                assert seen(app).isascii()

    asyncio.run(session())


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (40, 12), (1, 1)])
def test_a_window_of_any_size_is_no_error(size, bench_template, opened, eventually, seen):
    runs, _ = bench_template

    async def look():
        async with opened(runs, size=(80, 24)) as (app, pilot):
            await eventually(pilot, lambda: "default" in seen(app))
            await pilot.resize_terminal(*size)
            await pilot.press("down", "up")
            await pilot.resize_terminal(80, 24)
            await eventually(pilot, lambda: "default" in seen(app))
            assert app._exit is False

    asyncio.run(look())
