"""A list that is longer than the window: where one is in it, by pages, by a click."""

import asyncio

import pytest
from textual.app import App

from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.inks import Inks
from paramdyn_tui.tui.palette import PALETTES

CHOICES = [Choice(f"v{n}", f"choice {n}", "about " + "it " * (n % 3)) for n in range(40)]


class Asking(App[None]):
    """Asks at once."""

    look, inks = Look(), Inks(PALETTES["dark"], colorless=False)
    bench = type("Bench", (), {"readonly": False})()
    answer: object = "nothing yet"

    def on_mount(self) -> None:
        dialog = ChoiceDialog("which", CHOICES)
        self.push_screen(dialog, lambda value: setattr(self, "answer", value))


def asked(*steps, size=(60, 16)):
    """Return what was chosen and the first and last row that the list showed."""

    async def session():
        app = Asking()
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for step in steps:
                if isinstance(step, str):
                    await pilot.press(step)
                else:
                    await pilot.click("ChoiceList", offset=step)
                await pilot.pause()
            shown = []
            if isinstance(app.screen, ChoiceDialog):
                strips = app.screen._compositor.render_strips()
                shown = ["".join(segment.text for segment in strip) for strip in strips]
            return app.answer, "\n".join(shown)

    return asyncio.run(session())


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [(("enter",), "v0"), (("end", "enter"), "v39"), (("end", "home", "enter"), "v0"),
     (("up", "enter"), "v39"), (("end", "down", "enter"), "v0"),
     (("pageup", "enter"), "v0"), (("end", "pagedown", "enter"), "v39")],
)  # fmt: skip
def test_the_cursor_goes_where_it_is_sent(keys, chosen):
    assert asked(*keys)[0] == chosen


def test_a_page_is_what_is_seen():
    shown = asked("pagedown")[1]
    assert "12 of 40" in shown  # 14 rows of the window, two of them the frame, one stays


def test_a_click_takes_what_is_under_it_where_the_list_has_moved():
    shown = asked("end")[1]
    assert "choice 39" in shown
    assert "choice 0 " not in shown
    row = next(n for n, line in enumerate(shown.splitlines()) if "choice 35 " in line)
    top = next(n for n, line in enumerate(shown.splitlines()) if "which" in line)
    assert asked("end", (5, row - top))[0] == "v35"
    assert asked("end", (5, 0))[0] == "nothing yet"  # the frame


def test_no_text_is_cut_that_has_room():
    longest = max(CHOICES, key=lambda each: len(each.about))
    assert longest.about.rstrip() in asked(size=(80, 48))[1]
    assert "…" not in asked(size=(80, 48))[1]
