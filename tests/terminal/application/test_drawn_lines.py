"""What a pane draws is what Textual would show of it: nothing is lost by leaving its work out."""

import asyncio

import pytest
from textual.geometry import Region
from textual.widget import Widget

from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look

KEYS = {"form": "n", "fork": "f", "help": "question_mark", "group": "g"}


def looks(strips):
    """Return cell by cell what strips look like."""
    return [
        [(letter, segment.style) for segment in strip for letter in segment.text]
        for strip in strips
    ]


def by_textual(widget, crop):
    """Return what Textual makes of a widget's lines, with its borders, grounds and filters."""
    widget._styles_cache.clear()
    return Widget.render_lines(widget, crop)


CASES = [(shown, Look()) for shown in [*ParamdynApp.MODES, *KEYS]]
CASES += [("run", Look(color=False)), ("run", Look(ascii_only=True))]


@pytest.mark.parametrize(("shown", "look"), CASES)
def test_a_pane_shows_what_textual_would_make_of_it(opened, bench_template, look, shown):
    runs, names = bench_template

    async def go():
        start = shown if shown in ParamdynApp.MODES else "runs"
        run = runs / names["child"]
        async with opened(runs, run=run, start=start, look=look, theme="light") as (app, pilot):
            if shown in KEYS:
                await pilot.press(KEYS[shown])
            await pilot.pause()
            seen = 0
            for widget in app.screen.query(CellWidget):
                width, height = widget.region.size
                if not width or not height:
                    continue
                part = Region(width // 3, height // 3, max(width // 2, 1), max(height // 2, 1))
                for crop in (Region(0, 0, width, height), part):
                    assert looks(widget.render_lines(crop)) == looks(by_textual(widget, crop))
                    seen += 1
            return seen

    assert asyncio.run(go()) >= 2
