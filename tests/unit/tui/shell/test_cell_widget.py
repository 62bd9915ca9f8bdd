import asyncio

import pytest
from textual.app import App

from paramdyn_tui.tui import cell_widget
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look, Span
from paramdyn_tui.tui.inks import Inks
from paramdyn_tui.tui.palette import PALETTES


class Pane(CellWidget):
    rows = ("one", "two", "three")

    def draw(self, _width, _height):
        return [(Span(row),) for row in self.rows]


class OnePane(App):
    def __init__(self):
        self.look, self.inks = Look(), Inks(PALETTES["dark"], colorless=False)
        self.pane = Pane()
        super().__init__()

    def compose(self):
        yield self.pane


@pytest.fixture
def counted(monkeypatch):
    fitted_rows, refreshed = [], []
    fitted, refresh = cell_widget.fitted, CellWidget.refresh

    def count_rows(row, width):
        fitted_rows.append("".join(span.text for span in row))
        return fitted(row, width)

    def count_regions(self, *regions, **how):
        refreshed.append(regions)
        return refresh(self, *regions, **how)

    monkeypatch.setattr(cell_widget, "fitted", count_rows)
    monkeypatch.setattr(Pane, "refresh", count_regions)
    return fitted_rows, refreshed


def on_a_pane(test):
    async def run():
        app = OnePane()
        async with app.run_test(size=(20, 3)) as pilot:
            await pilot.pause()
            test(app)

    asyncio.run(run())


def lines(pane):
    return [pane.render_line(y).text.rstrip() for y in range(3)]


def test_what_is_drawn_as_before_is_neither_fitted_nor_sent(counted):
    def test(app):
        fitted_rows, refreshed = counted
        assert lines(app.pane) == ["one", "two", "three"]
        fitted_rows.clear()
        refreshed.clear()
        app.pane.repaint()
        assert (fitted_rows, refreshed) == ([], [])

    on_a_pane(test)


def test_only_the_changed_row_is_asked_for(counted):
    def test(app):
        fitted_rows, refreshed = counted
        fitted_rows.clear()
        refreshed.clear()
        app.pane.rows = ("one", "tao", "three")
        app.pane.repaint()
        assert fitted_rows == ["tao"]
        [[region]] = refreshed
        assert tuple(region) == (0, 1, app.pane.size.width, 1)
        assert lines(app.pane) == ["one", "tao", "three"]

    on_a_pane(test)


def test_another_theme_is_drawn_anew_though_the_rows_are_the_same():
    def test(app):
        dark = app.pane.render_line(0)
        app.inks = Inks(PALETTES["light"], colorless=False)
        app.pane.restyle()
        assert app.pane.render_line(0).text == dark.text
        assert [each.style for each in app.pane.render_line(0)] != [each.style for each in dark]

    on_a_pane(test)
