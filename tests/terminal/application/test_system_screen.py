"""The screen of this machine."""

import asyncio
import os

import pytest

from paramdyn_tui.tui.actions.table import of_scope
from paramdyn_tui.tui.screens import run
from paramdyn_tui.watching.machine import ProcessRow

PREPARED = {"system.cursor_up": ["down"]}


@pytest.fixture
def processes(monkeypatch, bench_template):
    """The machine has three processes, one of which trains a run."""
    from paramdyn_tui.watching.machine import MachineWatch

    _, names = bench_template
    rows = (ProcessRow(11, "me", "python", 0.5, 7 << 20, 0, names["s1"]),
            ProcessRow(12, "root", "backup", 0.1, 900 << 20, 0, ""),
            ProcessRow(13, "me", "editor", 0.2, 80 << 20, 1 << 30, ""))  # fmt: skip
    monkeypatch.setattr(MachineWatch, "_listed", lambda *_: rows)
    return rows


@pytest.mark.usefixtures("processes")
def test_every_key_changes_what_is_shown(bench_template, opened, eventually, seen, seen_colors):
    runs, names = bench_template

    def table(app):
        """What is below the histories, which change by themselves."""
        text, colors = seen(app).splitlines(), seen_colors(app).splitlines()
        first = next(index for index, line in enumerate(text) if "processes" in line)
        return text[first:], colors[first:]

    async def press_all():
        for action in of_scope("system"):
            async with opened(runs, run=runs / names["s0"], start="system") as (app, pilot):
                await eventually(pilot, lambda: "backup" in seen(app))
                for key in PREPARED.get(action.id, []):
                    await pilot.press(key)
                await pilot.pause()
                before = table(app)
                await pilot.press(action.keys.split(",")[0])
                await eventually(
                    pilot,
                    lambda before=before: app.current_mode != "system" or table(app) != before,
                )

    asyncio.run(press_all())


@pytest.mark.usefixtures("processes")
def test_a_process_leads_to_its_run(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def follow():
        async with opened(runs, start="system") as (app, pilot):
            await eventually(pilot, lambda: names["s1"] in seen(app))
            await pilot.press("down", "enter")
            await eventually(pilot, lambda: "belongs to no run" in seen(app))
            await pilot.press("up", "enter")
            await eventually(pilot, lambda: app.current_mode == "run")
            await eventually(pilot, lambda: "✔ FINISHED" in seen(app))
            assert app.bench.open_run == runs / names["s1"]

    asyncio.run(follow())


def test_this_very_process_is_listed_and_looking_ends_with_the_screen(
    tmp_path, opened, eventually, seen
):
    async def look():
        async with opened(tmp_path / "runs", start="system", size=(120, 50)) as (app, pilot):
            await eventually(pilot, lambda: "memory" in seen(app) and "cores" in seen(app))
            pids = {row.pid for row in app.screen.query_one("ProcessPane").rows}
            assert os.getpid() in pids or len(pids) == 200
            await pilot.press("m")
            await eventually(pilot, lambda: "No run of this folder has a process" in seen(app))
            await pilot.press("1")
            await eventually(pilot, lambda: app.current_mode == "run")
            assert app.watcher._machine is None

    asyncio.run(look())


@pytest.mark.parametrize("start", ["run", "system"])
def test_the_history_of_the_machine_goes_on_behind_a_dialog(
    start, bench_template, opened, eventually, monkeypatch
):
    runs, names = bench_template
    monkeypatch.setattr(run, "AT_WORK", ("finished",))

    async def look():
        async with opened(runs, run=runs / names["s0"], start=start) as (app, pilot):
            await eventually(pilot, lambda: app.watcher and app.watcher._machine)
            watched = app.watcher._machine
            await pilot.press("question_mark")
            await eventually(pilot, lambda: len(app.screen_stack) > 1)
            await pilot.pause()
            assert watched is app.watcher._machine
            await pilot.press("escape", "2")
            await eventually(pilot, lambda: app.current_mode == "runs")
            assert app.watcher._machine is None

    asyncio.run(look())
