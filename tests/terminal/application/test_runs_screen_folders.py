"""Folders of runs that are empty, missing, unreadable, large, or change while they are shown."""

import asyncio
import shutil

import pytest

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.compared import follow_compared
from paramdyn_tui.tui.run_panes.behind import follow_behind
from paramdyn_tui.tui.screens import runs as runs_screen
from paramdyn_tui.watching.last_totals import last_total
from paramdyn_tui.watching.messages import RunSeen


def listed(app):
    return app.screen.listing is not None


def test_an_empty_folder_explains_itself(opened, home, eventually, seen):
    async def session():
        async with opened(home / "none", size=(80, 24)) as (app, pilot):
            await eventually(pilot, lambda: "No runs in" in seen(app))
            assert "records how every parameter moves" in seen(app)
            assert "start a first run from a form" in seen(app)
            assert "paramdyn run --model lenet --dataset digits" in seen(app)
            await pilot.press("c")
            where = home / "none"
            assert f"paramdyn run --model lenet --dataset digits --runs {where}" == app.clipboard
            await pilot.press("down", "space", "b", "d", "F", "g", "escape", "o", "escape", "enter")
        async with opened(home / "none", readonly=True, keys={"app.new_run": "ctrl+n"}) as (
            app, pilot,
        ):  # fmt: skip
            await eventually(pilot, lambda: "No runs in" in seen(app))
            assert "start a first run" not in seen(app)
        async with opened(home / "none", keys={"app.new_run": "ctrl+n"}) as (app, pilot):
            await eventually(pilot, lambda: " ^n " in seen(app))

    asyncio.run(session())


def test_a_folder_that_is_none_says_why(opened, home, eventually, seen):
    (home / "file").write_text("not a folder")

    async def session():
        async with opened(home / "file") as (app, pilot):
            await eventually(pilot, lambda: "cannot be read" in seen(app))
            assert "paramdyn tui --runs FOLDER" in seen(app)

    asyncio.run(session())


def test_the_first_run_of_an_empty_folder_turns_up(opened, home, bench_template, eventually, seen):
    template, names = bench_template
    runs = home / "runs"

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: "No runs in" in seen(app))
            shutil.copytree(template / names["s0"], runs / names["s0"])
            app.watcher.look_now()
            await eventually(pilot, lambda: "lenet-digits-default-sgd-s0" in seen(app))
            assert "No runs in" not in seen(app)
            shutil.rmtree(runs / names["s0"])
            app.watcher.look_now()
            await eventually(pilot, lambda: "No runs in" in seen(app))

    asyncio.run(session())


def test_the_cursor_stays_on_its_run_while_others_come_and_go(opened, home, bench_template,
                                                               eventually):  # fmt: skip
    template, names = bench_template
    runs = home / "runs"
    for name in ("s0", "s2", "child"):
        shutil.copytree(template / names[name], runs / names[name])

    async def session():
        async with opened(runs, sort="id") as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            place = app.screen.table.place
            place.go_to(names["s2"])
            for name in ("s1", "stopped", "twin"):
                shutil.copytree(template / names[name], runs / names[name])
            app.watcher.look_now()
            await eventually(pilot, lambda: len(place.names) == 6)
            assert names["s2"] == place.name
            shutil.rmtree(runs / names["s2"])
            app.watcher.look_now()
            await eventually(pilot, lambda: len(place.names) == 5)
            assert names["twin"] == place.name  # the next one

    asyncio.run(session())


def test_a_broken_run_says_what_is_wrong(opened, bench_template, eventually, seen):
    runs, _ = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            app.screen.table.place.go_to("spoilt")
            app.screen.show_lines()
            await eventually(pilot, lambda: "is no JSON" in seen(app))
            await eventually(pilot, lambda: "This run cannot be read." in seen(app))
            assert "! spoilt" in seen(app)

    asyncio.run(session())


def three_runs(home, bench_template):
    """Return a folder with three runs of one family, and the names of runs."""
    template, names = bench_template
    for name in ("s0", "s1", "s2"):
        shutil.copytree(template / names[name], home / "runs" / names[name])
    return home / "runs", names


def test_a_marked_run_that_is_deleted_is_drawn_no_more(opened, home, bench_template, eventually,
                                                        seen):  # fmt: skip
    runs, names = three_runs(home, bench_template)

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            app.screen.table.place.go_to(names["s1"])
            await pilot.press("D")
            await eventually(pilot, lambda: "for good?" in seen(app))
            await pilot.press("enter")  # nothing, unless it is chosen
            await pilot.pause()
            assert (runs / names["s1"]).exists()
            app.screen.table.place.go_to(names["s1"])
            await pilot.press("b")
            app.screen.table.place.go_to(names["s0"])
            await pilot.press("space", "space")
            assert 2 == len(app.bench.marked)
            await pilot.press("D")
            await eventually(pilot, lambda: "Delete the 2 marked runs for good?" in seen(app))
            await pilot.press("down", "enter")
            await eventually(pilot, lambda: len(app.screen.listing.runs) == 1)
            assert [names["s2"]] == [path.name for path in runs.iterdir()]
            assert [] == app.bench.marked
            assert app.bench.baseline is None
            assert "deleted 2 runs" in seen(app)

    asyncio.run(session())


def test_marks_of_runs_that_others_delete_stand_in_nobodys_way(opened, home, bench_template,
                                                                eventually, seen):  # fmt: skip
    runs, names = three_runs(home, bench_template)

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            app.bench.marked = [runs / names[name] for name in ("s0", "s1", "s2")]
            shutil.rmtree(runs / names["s0"])
            app.watcher.look_now()
            await eventually(pilot, lambda: "2 marked" in seen(app))
            await pilot.press("D")
            await eventually(pilot, lambda: "Delete the 2 marked runs for good?" in seen(app))
            shutil.rmtree(runs / names["s1"])
            await pilot.press("down", "enter")
            await eventually(pilot, lambda: "deleted 1 run" in seen(app))
            assert [] == list(runs.iterdir())

    asyncio.run(session())


def test_parents_are_deleted_with_or_without_their_children(opened, home, bench_template,
                                                             eventually, seen):  # fmt: skip
    template, names = bench_template
    runs = home / "runs"
    shutil.copytree(template, runs)

    async def session():
        async with opened(runs, size=(120, 36)) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            app.screen.table.place.go_to(names["s0"])
            await pilot.press("D")
            await eventually(pilot, lambda: "delete with children" in seen(app))
            assert "3 runs" in seen(app)
            assert "2 lose their parent" in seen(app)
            await pilot.press("down", "enter")
            await eventually(pilot, lambda: not (runs / names["s0"]).exists())
            assert not (runs / names["child"]).exists()
            assert (runs / names["s1"]).exists()

    asyncio.run(session())


def test_what_must_not_be_deleted_is_said_and_readonly_deletes_nothing(
    opened, home, bench_template, eventually, seen
):
    runs = home / "runs"
    shutil.copytree(bench_template[0], runs)
    (runs / "foreign").mkdir()

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            app.screen.table.place.go_to("foreign")
            await pilot.press("D")
            await eventually(pilot, lambda: "so it is no run" in seen(app))
        async with opened(runs, readonly=True) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            await pilot.press("D")
            await pilot.pause()
            assert 1 == len(app.screen_stack)

    asyncio.run(session())


def test_many_runs_are_listed_in_a_thread(opened, bench_template, eventually, monkeypatch):
    runs, names = bench_template
    monkeypatch.setattr(runs_screen, "MANY", 2)

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            app.screen.change(query="status=stopped")
            app.screen.change(query="status=diverged")
            await eventually(pilot, lambda: len(app.screen.listing.runs) == 1)
            assert names["diverged"] == app.screen.listing.runs[0].name

    asyncio.run(session())


def test_a_metric_that_no_run_has_is_said_and_another_one_shown(opened, bench_template, eventually,
                                                                 seen):  # fmt: skip
    runs, _ = bench_template

    async def session():
        async with opened(runs, metric="no.such", query="x=1") as (app, pilot):
            await eventually(pilot, lambda: listed(app))
            assert "unknown key 'x'" in seen(app)
            assert "test/accuracy" == app.screen.listing.metric.name

    asyncio.run(session())


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
def test_trends_are_drawn(opened, bench_template, eventually, seen, size):
    runs, _ = bench_template

    async def session():
        async with opened(runs, size=size) as (app, pilot):
            await eventually(pilot, lambda: "▁▂" in seen(app))
            assert "trend" in seen(app)

    asyncio.run(session())


def test_what_is_told_late_of_a_run_that_was_left_is_dropped(opened, bench_template, eventually):
    """Nothing newer would come: the list showed how far the run had moved when it was left."""
    runs, names = bench_template
    left, kept = runs / names["s0"], runs / names["s1"]

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app))

            def both_seen():
                follow_compared(app, [left, kept])  # the screen may follow its own ones meanwhile
                return {left, kept} <= set(app.bench.seen)

            await eventually(pilot, both_seen)
            late = app.bench.seen[left]
            follow_compared(app, [kept])
            assert left not in app.bench.seen
            for view in (late, app.bench.seen[kept]):
                app._inbox.put(RunSeen(view))
            await pilot.pause()
            return set(app.bench.seen) & {left, kept}

    assert {kept} == asyncio.run(session())


def test_a_run_that_lies_behind_no_longer_is_forgotten(opened, bench_template, eventually):
    runs, names = bench_template
    path = runs / names["s1"]

    async def session():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: app.bench.open_view is not None)
            follow_behind(app, path)
            await eventually(pilot, lambda: path in app.bench.seen)
            follow_behind(app, None)
            return path in app.bench.seen

    assert not asyncio.run(session())


def test_every_listed_run_says_how_far_it_moved(opened, bench_template, eventually, seen):
    runs, names = bench_template

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: "drift" in seen(app))
            listed = [run for run in app.screen.listing.runs if run.name != "spoilt"]
            watched = set(app.bench.seen)
            assert not watched >= {run.path for run in listed}
            expected = {
                run.name: last_total(run.path / "drift.jsonl", "relative_displacement")
                for run in listed
            }
            await eventually(pilot, lambda: app.screen.totals == expected)
            row = next(line for line in seen(app).splitlines() if "spoilt" in line)
            for run in listed:
                assert number(expected[run.name], 3) in seen(app)
            assert not any(number(each, 3) in row for each in expected.values())
            app.settings.measure = "weight_norm"
            app.bench_changed()
            norm = last_total(runs / names["s0"] / "drift.jsonl", "weight_norm")
            await eventually(pilot, lambda: app.screen.totals.get(names["s0"]) == norm)

    asyncio.run(session())


def test_a_total_is_listed_sorted_and_drawn_as_a_metric(opened, bench_template, eventually, seen):
    runs, _ = bench_template

    async def session():
        async with opened(runs, metric="drift/weight_norm", sort="drift/weight_norm") as (
            app,
            pilot,
        ):
            screen = app.screen

            def ordered():
                values = [screen.listing.metric.get(run) for run in screen.listing.runs]
                found = [value for value in values if value is not None]
                return len(found) == len(values) - 1 and found == sorted(found)

            await eventually(pilot, lambda: listed(app) and ordered())
            assert () == screen.listing.problems
            await eventually(pilot, lambda: "drift ‖θ‖" in seen(app) and "▁" in seen(app))
            assert len(screen.overlay.charts.panel("drift/total", "epoch").curves) == 1
            await pilot.press("m")
            assert "drift/path_length" in seen(app)
            await pilot.press("down", "enter")
            await eventually(pilot, lambda: screen.listing.metric.name == "drift/displacement")
            assert "drift/displacement" == app.settings.sort
            await eventually(pilot, ordered)

    asyncio.run(session())


def test_what_is_below_a_dialog_stays_on_the_screen(opened, bench_template, eventually):
    runs, _ = bench_template

    def painted(app):
        update = app.screen._compositor.render_update(
            full=True, screen_stack=app._background_screens
        )
        return "\n".join("".join(s.text for part in line for s in part) for line in update.strips)

    async def session():
        async with opened(runs) as (app, pilot):
            await eventually(pilot, lambda: listed(app) and app.screen.totals)
            await pilot.press("slash", *"adam")
            await eventually(pilot, lambda: len(app.screen_stack[0].listing.runs) == 1)
            await eventually(pilot, lambda: "1 of 9 runs" in painted(app))
            await pilot.press("escape", "m")
            await pilot.pause()
            assert "Metric" in painted(app)
            assert "spoilt" in painted(app)

    asyncio.run(session())
