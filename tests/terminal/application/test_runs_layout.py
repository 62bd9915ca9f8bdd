"""A short list of runs leaves its room to the chart; a share that was chosen stays."""

import asyncio

import pytest


def heights(opened, eventually, runs, **settings):
    """Return the rows of the table, of the chart and how many runs there are."""

    async def session():
        async with opened(runs, size=(120, 45), **settings) as (app, pilot):
            await eventually(pilot, lambda: app.screen.listing is not None)
            await eventually(pilot, lambda: app.screen.beside.size.height > 0)
            screen = app.screen
            return screen.table.size.height, screen.beside.size.height, len(screen.listing.runs)

    return asyncio.run(session())


def test_the_chart_takes_the_rows_that_no_run_needs(bench_template, opened, eventually):
    table, chart, runs = heights(opened, eventually, bench_template[0])
    assert runs < table - 1 < runs + 5  # headings, and room for some that come
    assert chart > 45 // 2


@pytest.mark.parametrize("side", [26, 50])
def test_a_share_that_was_chosen_stays(bench_template, opened, eventually, side):
    _, chart, _ = heights(opened, eventually, bench_template[0], side=side)
    assert abs(chart - 45 * side / 100) < 3


def test_a_long_list_keeps_the_usual_share(bench_template, opened, eventually):
    _, chart, runs = heights(opened, eventually, bench_template[0], group="id")
    assert 2 * runs > 45 * 0.34
    assert chart < 45 * 0.5
