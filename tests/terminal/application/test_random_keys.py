"""Whatever is pressed, in whatever order, in a window of whatever size, nothing breaks."""

import asyncio
import os
import random
import shutil
import string

import pytest

from paramdyn_tui.tui.actions.table import ACTIONS
from paramdyn_tui.tui.children import Child, Finished

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("PARAMDYN_LONG"))
KEYS, WALKS = (1000, 10) if LONG else (50, 1)
"""Each walk resizes the window about a tenth as often as it presses a key."""
OF_THE_TABLE = sorted({key.strip() for action in ACTIONS for key in action.keys.split(",")})
TYPED = [*string.ascii_letters, *string.digits, "space", "slash", "full_stop", "minus", "ä", "日"]
MOVES = ["up", "down", "left", "right", "tab", "enter", "escape", "backspace", "home", "end"]


@pytest.fixture
def nothing_is_started(monkeypatch):
    """No command is carried out: each is refused."""
    monkeypatch.setattr(Child, "run", lambda *_: Finished(2, "", "paramdyn: refused by a test\n"))


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("walk", range(WALKS))
@pytest.mark.usefixtures("nothing_is_started")
@pytest.mark.timeout(1800)
def test_random_keys_in_random_windows(walk, readonly, bench_template, opened, tmp_path):
    template, names = bench_template
    runs = tmp_path / "bench"
    shutil.copytree(template, runs)
    chance = random.Random(2 * walk + readonly)
    pressed = []

    async def walk_on(left):
        """Open the application and press keys until it ends, or none is left; return how many."""
        start = chance.choice(["run", "runs"])
        run = runs / names["s0"]
        async with opened(
            runs, run=run if run.exists() else None, start=start, readonly=readonly
        ) as (app, pilot):
            app.bench.marked = [runs / names[name] for name in ("s1", "child")]
            while left and app._exit is False:
                left -= 1
                if chance.random() < 0.1:
                    size = chance.randint(1, 240), chance.randint(1, 70)
                    pressed.append(f"{size[0]}x{size[1]}")
                    await pilot.resize_terminal(*size)
                key = chance.choice(chance.choices([OF_THE_TABLE, TYPED, MOVES], [5, 2, 3])[0])
                pressed.append(key)
                await pilot.press(key)
        return left

    try:
        left = KEYS
        while left:
            left = asyncio.run(walk_on(left))
    except BaseException as error:
        error.add_note(f"after: {' '.join(pressed[-60:])}")
        raise
    assert len(pressed) >= KEYS


def test_the_palette_lists_in_hardly_any_room(bench_template, opened, eventually):
    async def narrow():
        async with opened(bench_template[0]) as (app, pilot):
            await eventually(pilot, lambda: app.bench.list_seen is not None)
            await pilot.press("ctrl+p")
            for width in (9, 6, 4, 2, 1):
                await pilot.resize_terminal(width, 33)
                await pilot.press("l")
                await eventually(pilot)
                await pilot.press("backspace")
                await eventually(pilot)
            return len(app.screen_stack)

    assert 2 == asyncio.run(narrow())
