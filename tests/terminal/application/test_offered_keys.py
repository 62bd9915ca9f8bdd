"""The footer offers what is of use: help and the way out always, and nothing that does nothing."""

import asyncio
import dataclasses

import pytest

from paramdyn.specs.run_spec import RunSpec
from paramdyn_tui.tui.widgets.footer import footer_row
from paramdyn_tui.tui.widgets.header import header_row


def text(row):
    return "".join(span.text for span in row)


KEYS = [("⏎", "open"), ("f", "fork"), ("c", "copy"), ("?", "help"), ("q", "quit")]


@pytest.mark.parametrize("width", range(32, 60))
def test_help_and_the_way_out_are_shown_at_any_width(width):
    assert text(footer_row(KEYS, width)).rstrip().endswith("? help  q quit")


def test_where_there_is_no_room_the_first_keys_are_shown():
    assert text(footer_row(KEYS, 16)).rstrip() == " ⏎ open  f fork"


def test_an_empty_folder_offers_what_can_be_done_there(tmp_path, opened, eventually, seen):
    async def session():
        async with opened(tmp_path / "runs", size=(80, 24)) as (app, pilot):
            await eventually(pilot, lambda: "No runs in" in seen(app))
            return seen(app).splitlines()

    assert asyncio.run(session())[-1].split("  ") == [" n new", "? help", "q quit"]


@pytest.mark.parametrize(
    ("name", "offered", "not_offered"),
    [("s0", "f fork", ("K stop", "R resume")), ("stopped", "R resume", ("K stop",)),
     ("crashed", "R resume", ("K stop",))],
)  # fmt: skip
def test_a_run_that_has_ended_is_not_offered_to_be_stopped(
    bench_template, opened, eventually, seen, name, offered, not_offered
):
    runs, names = bench_template

    async def session():
        async with opened(runs, run=runs / names[name], size=(120, 36)) as (app, pilot):
            await eventually(pilot, lambda: offered in seen(app))
            return seen(app).splitlines()[-1]

    footer = asyncio.run(session())
    assert not any(each in footer for each in not_offered)


def test_the_keys_follow_the_cursor(bench_template, opened, eventually, seen):
    runs, names = bench_template

    async def session():
        async with opened(runs, size=(120, 36)) as (app, pilot):
            await eventually(pilot, lambda: names["stopped"][:12] in seen(app))
            table = app.screen.table
            for name, wanted in (("stopped", True), ("s0", False)):
                table.place.go_to(names[name])
                app.screen.cursor_moved()
                await eventually(pilot, lambda wanted=wanted: ("R resume" in seen(app)) is wanted)

    asyncio.run(session())


def test_trends_that_come_while_another_screen_is_open_are_kept(bench_runs, opened, eventually):
    """A run that comes while another screen is open has its trend in the list."""
    runs, write = bench_runs
    spec = RunSpec(training=dataclasses.replace(RunSpec().training, epochs=10))
    write(runs, spec, steps=24, status="stopped")

    async def session():
        async with opened(runs, size=(120, 36)) as (app, pilot):
            listed = app.screen
            await eventually(pilot, lambda: bool(listed.trends))
            before = dict(listed.trends)
            await pilot.press("6")
            await eventually(pilot, lambda: app.screen is not listed)
            write(runs, dataclasses.replace(spec, seed=1))
            await eventually(pilot, lambda: len(app.bench.list_seen.rows) == 2)
            app.watcher.want_trends([row.name for row in app.bench.list_seen.rows],
                                    listed.listing.metric.name)  # fmt: skip
            await eventually(pilot, lambda: len(listed.trends) == 2)
            return before, listed.trends

    before, after = asyncio.run(session())
    assert before.items() < after.items()


LONG = "/a/long/path/to/a/run/of/somebody: cannot be written: the file system is read-only. " * 2


@pytest.mark.parametrize(("style", "whole"), [("bad", True), ("warn", True), ("bar-strong", False)])
def test_what_is_wrong_is_said_whole(bench_template, opened, eventually, seen, style, whole):
    async def session():
        async with opened(bench_template[0], size=(80, 24)) as (app, pilot):
            await eventually(pilot, lambda: "lenet" in seen(app))
            app.say(LONG, style)
            await eventually(pilot, lambda: "cannot be written" in seen(app))
            said = " ".join(" ".join(seen(app).splitlines()[-4:]).split())
            footer = app.screen.query_one("Footer")
            footer._forget()
            await eventually(pilot, lambda: "? help" in seen(app))
            return said, footer.size.height

    said, height = asyncio.run(session())
    assert (LONG.strip() in said) is whole
    assert height == 1


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("width", [80, 120])
def test_the_header_says_that_runs_are_only_looked_at(
    bench_template, opened, eventually, seen, width, readonly
):
    async def session():
        async with opened(bench_template[0], size=(width, 24), readonly=readonly) as (app, pilot):
            await eventually(pilot, lambda: "lenet" in seen(app))
            return seen(app).splitlines()[0]

    assert ("read-only" in asyncio.run(session())) is readonly


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_open_screen_is_named_and_every_other_has_its_key(width):
    text = "".join(span.text for span in header_row("layers", "a-run", width))
    assert len(text) == width
    assert "▸4 Layers" in text
    assert all(f" {key}" in text for key in "123567")
    assert not text.endswith(tuple("abcdefghijklmnopqrstuvwxyz")) or width < 60
