"""How soon a run's screen is drawn: what is first comes at once, then no faster than eyes see."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.screens import run
from paramdyn_tui.tui.widgets import chart_grid
from paramdyn_tui.tui.widgets.chart_pane import ChartPane
from paramdyn_tui.watching import watcher


def on_screen(opened, eventually, seen, bench_template, steps):
    runs, names = bench_template

    async def go():
        async with opened(runs, run=runs / names["s0"]) as (app, pilot):
            await eventually(pilot, lambda: "✔ FINISHED" in seen(app) and "fc3" in seen(app))
            await pilot.pause()
            steps(app, app.screen)

    asyncio.run(go())


@pytest.fixture
def shown(opened, eventually, seen, bench_template):
    return lambda steps: on_screen(opened, eventually, seen, bench_template, steps)


def test_a_run_that_records_fast_is_drawn_when_eyes_can_see_it(shown, monkeypatch):
    def steps(app, screen):
        now, shows, timers, show = [100.0], [], [], screen._show
        monkeypatch.setattr(run, "time", SimpleNamespace(monotonic=lambda: now[0]))
        monkeypatch.setattr(screen, "_show", lambda: (shows.append(now[0]), show()))
        monkeypatch.setattr(screen, "set_timer", lambda *what: timers.append(what))
        view, screen._shown_at = app.bench.open_view, 0.0
        for _ in range(4):
            screen.run_seen(view)
        [(wait, later)] = timers
        assert ([100.0], run.PACE_SECONDS) == (shows, pytest.approx(wait))
        later()
        screen.run_seen(view)
        assert (2, 2) == (len(shows), len(timers))
        now[0] += 1
        timers[-1][1]()
        now[0] += 1
        app.bench.seen[view.path] = young = replace(view, metrics={})
        screen.run_seen(young)
        screen.run_seen(view)  # what came before the first chart delays it not
        assert (5, 2) == (len(shows), len(timers))

    shown(steps)


def test_keys_have_a_turn_between_panes_of_very_many_lines(shown, monkeypatch):
    def steps(_, screen):
        grid = screen.grid
        panes = [tile for tile in grid.tiles() if isinstance(tile, ChartPane)]
        for pane in panes:
            pane.lines = 0
            pane._stamp = None
        grid.show()
        assert [] == grid._waiting
        assert {len(grid.panel(pane.chart).curves) for pane in panes} == {
            pane.lines for pane in panes
        }
        most = max(pane.lines for pane in panes)
        monkeypatch.setattr(chart_grid, "MANY_LINES", most + 1)
        grid.show()
        assert [] == grid._waiting
        monkeypatch.setattr(chart_grid, "MANY_LINES", most)
        grid.show()
        assert [] != grid._waiting

    shown(steps)


def test_one_run_is_looked_at_while_its_screen_is_imported(shown, monkeypatch):
    made, order, begin, switch = [], [], watcher.Watcher.__init__, ParamdynApp.switch_mode
    monkeypatch.setattr(
        watcher.Watcher, "__init__", lambda self, *a, **k: made.append(self) or begin(self, *a, **k)
    )
    monkeypatch.setattr(
        ParamdynApp, "switch_mode", lambda self, mode: order.append(len(made)) or switch(self, mode)
    )
    shown(lambda app, _: order.append(app.watcher is made[0]))
    assert ([1, True], 1) == (order, len(made))
