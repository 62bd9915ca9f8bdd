"""What has changed is rendered as by Textual's own compositor, by fewer widgets."""

import asyncio
import random

from rich.segment import Segment
from textual._compositor import Compositor
from textual.app import App
from textual.containers import Vertical
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from paramdyn_tui.tui.compositor import NarrowCompositor
from paramdyn_tui.tui.wire import _of_chops

WIDTH, HEIGHT = 40, 12


class Lettered(Widget):
    """Shows its letter and the number of the row, and counts how often it is asked."""

    def __init__(self, letter):
        super().__init__(id=f"pane-{letter}")
        self.letter, self.asked = letter, 0

    def render_lines(self, crop):
        self.asked += 1
        return super().render_lines(crop)

    def render_line(self, y):
        return Strip([Segment(f"{self.letter}{y:x}" * (self.size.width // 2))])


class Layered(Screen):
    """Four panes in two containers, and a fifth above all of them, partly off the screen."""

    DEFAULT_CSS = """
    Layered { layers: below above; layout: horizontal; }
    Layered Vertical { width: 1fr; layer: below; }
    Layered Lettered { height: 1fr; }
    Layered #pane-e { layer: above; width: 12; height: 5; offset: -4 -2; dock: left; }
    """

    def __init__(self):
        super().__init__()
        self._compositor = NarrowCompositor()
        self.panes = {letter: Lettered(letter) for letter in "abcde"}

    def compose(self):
        yield Vertical(self.panes["a"], self.panes["b"])
        yield Vertical(self.panes["c"], self.panes["d"])
        yield self.panes["e"]


class OneScreen(App):
    def get_default_screen(self):
        return Layered()


def on_a_screen(test):
    async def run():
        async with OneScreen().run_test(size=(WIDTH, HEIGHT)) as pilot:
            await pilot.pause()
            test(pilot.app.screen)

    asyncio.run(run())


def sent(render, compositor, regions):
    """Return the cells of an update: place -> letter."""
    compositor._dirty_regions = set(regions)
    update = render(compositor)
    return {
        (x + place, y): letter
        for y, x, strips in _of_chops(update)
        for strip in strips
        for place, letter in enumerate(strip.text)
    }


def test_every_change_is_rendered_as_by_textual_itself():
    draw = random.Random(0)

    def region():
        x, y = draw.randrange(WIDTH), draw.randrange(HEIGHT)
        return Region(x, y, draw.randint(1, WIDTH - x), draw.randint(1, HEIGHT - y))

    letters = set()

    def test(screen):
        for _ in range(300):
            regions = [region() for _ in range(draw.randint(1, 4))]
            expected = sent(Compositor.render_partial_update, screen._compositor, regions)
            found = sent(NarrowCompositor.render_partial_update, screen._compositor, regions)
            letters.update(expected.values())
            assert expected == found
            assert {(x, y) for each in regions for x in each.column_range
                    for y in each.line_range} <= set(found)  # fmt: skip

    on_a_screen(test)
    assert set("abcde") <= letters


def test_only_the_panes_that_show_a_change_are_asked():
    places = {Region(2, 1, 3, 2): "e", Region(10, 1, 3, 1): "a", Region(36, 9, 2, 2): "d",
              Region(6, 1, 9, 1): "ae"}  # fmt: skip

    def test(screen):
        for chosen in ([*places][:2], [*places][1:3], [*places][2:], [*places][3:]):
            for pane in screen.panes.values():
                pane.asked = 0
            sent(NarrowCompositor.render_partial_update, screen._compositor, chosen)
            asked = {letter for letter, pane in screen.panes.items() if pane.asked}
            assert set("".join(places[each] for each in chosen)) == asked

    on_a_screen(test)


def test_nothing_that_has_changed_is_no_update():
    def test(screen):
        screen._compositor._dirty_regions = set()
        assert screen._compositor.render_partial_update() is None

    on_a_screen(test)
