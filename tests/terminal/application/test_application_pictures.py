"""What every screen shows, at three sizes, dark and light, with 256 colours and in ASCII.

``pytest tests/terminal/application -k pictures --update-golden`` writes them again. Read the
difference: a ``.txt`` is the text, a ``.colors`` the colours of its lines (width, colour, ground,
attributes of each stretch).
"""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest
from rich.color import ColorType

from paramdyn_tui.tui.cells import Look

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[2] / "golden" / "application"
PLACE = "/tmp/paramdyn-pictures"
"""What pictures have in place of the folder, whose name is as long, and may be shortened."""
SIZES = ((80, 24), (120, 36), (200, 50))
USUAL = (120, 36)
SCREENS = {
    "run": ("s0", (), ("epoch 10 loss", "0.862")),
    "runs": (None, ("down",), ("▇", "86.2%", "0.862")),
    "compare": ("s0", (), ("seed", "0.839")),
    "layers": ("s0", (), ("0.136", "450")),
    "logs": ("s0", (), ("epoch 10 loss",)),
    "system": ("s0", (), ("lenet",)),
    "analyze": ("s0", (), ("changed",)),
    "new_run": (None, ("n",), ("paramdyn run",)),
    "help": (None, ("question_mark",), ("Mark the run",)),
    "welcome": (None, (), ("paramdyn run",)),
}
"""Screen -> the open run, keys, and words that stand there when all has been read."""


@pytest.fixture
def still_machine(monkeypatch):
    """A machine on which nothing changes."""
    from paramdyn_tui.watching import machine

    wave = tuple(0.3 + 0.2 * ((place * 7) % 5) / 5 for place in range(60))
    view = machine.MachineView(
        cpu=0.31, cores=2, load=(0.5, 0.4, 0.3), memory=6 << 30, memory_total=24 << 30,
        disk_read=0.0, disk_written=1.1e6, received=2e3, sent=3e3, gpus=(), gpu_problem="",
        processes=(
            machine.ProcessRow(4711, "ada", "python", 1.6, 512 << 20, 0, "lenet-digits"),
            machine.ProcessRow(17, "root", "sshd", 0.0, 8 << 20, 0, ""),
        ),
        history={"cpu": wave, "memory": wave, "disk_written": wave, "received": wave, "sent": wave,
                 "disk_read": wave},
    )  # fmt: skip
    monkeypatch.setattr(machine.MachineWatch, "look", lambda *_args, **_kwargs: view)
    monkeypatch.setattr("paramdyn.store.process.host", lambda: "bench")


@pytest.fixture(scope="session")
def short_place(bench_template):
    """The runs at a path of a length that is the same everywhere: screens show it."""
    with tempfile.TemporaryDirectory(prefix="paramdyn-", dir="/tmp") as folder:
        assert len(folder) == len(PLACE)
        shutil.copytree(bench_template[0], Path(folder, "runs"))
        yield Path(folder)


@pytest.fixture
def pictures(opened, eventually, bench_template, short_place, frozen_clock, still_machine):  # noqa: ARG001
    """Return a function that shows a screen and returns its lines, colours and kinds of colours."""
    names = bench_template[1]

    async def take(screen, sizes, look, theme):
        run, keys, words = SCREENS[screen]
        mode = "runs" if screen in ("new_run", "help", "welcome") else screen
        folder = short_place / ("none" if screen == "welcome" else "runs")
        place = folder / names[run] if run else None
        place = {"run": place, "start": mode, "size": sizes[0], "look": look, "theme": theme}
        async with opened(folder, **place) as (app, pilot):
            if mode == "compare":
                app.bench.marked = [folder / names["child"]]
                app.bench.baseline = folder / names["s1"]
                app.bench_changed()
            for key in keys:
                await eventually(pilot, lambda: app.bench.list_seen is not None)
                await pilot.press(key)
            found = []
            for size in sizes:
                await pilot.resize_terminal(*size)
                await still(pilot, words if look == Look() else ())
                lines, *more = picture_of(app)
                found.append(
                    ([line.replace(short_place.name[-8:], PLACE[-8:]) for line in lines], *more)
                )
            return found

    return lambda *asked: asyncio.run(take(*asked))


async def still(pilot, words):
    """Wait until the words are there and nothing has changed for a while."""
    before, same = None, 0
    for _ in range(600):
        await pilot.pause(0.04)
        now = picture_of(pilot.app)[:2]
        text = "\n".join(now[0])
        same = same + 1 if now == before and all(word in text for word in words) else 0
        before = now
        if same >= 6:
            return
    raise AssertionError(f"not still, or without {words}:\n" + "\n".join(before[0]))


def picture_of(app):
    lines, colors, kinds = [], [], set()
    for strip in app.screen._compositor.render_strips():
        lines.append("".join(segment.text for segment in strip).rstrip())
        stretches = []
        for segment in strip.simplify():
            style = segment.style
            for color in (style.color, style.bgcolor) if style else ():
                kinds.add(color.type if color is not None else None)
            stretches.append(f"{len(segment.text)}:{_words(style)}")
        colors.append(" ".join(stretches))
    return lines, colors, kinds


def _words(style):
    fore = "" if style.color is None else style.color.number
    back = "" if style.bgcolor is None else style.bgcolor.number
    marks = "".join(letter for letter, on in (("b", style.bold), ("u", style.underline)) if on)
    return f"{fore}/{back}{marks}"


def check(name, lines, request):
    path, text = GOLDEN / name, "\n".join(lines) + "\n"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_as_in_its_pictures(screen, pictures, request):
    shown = pictures(screen, SIZES, Look(), "dark")
    for size, (lines, colors, kinds) in zip(SIZES, shown, strict=True):
        name = f"{screen}-{size[0]}x{size[1]}"
        check(f"{name}.txt", lines, request)
        check(f"{name}-dark.colors", colors, request)
        # the same codes go to a terminal with 256 colours and to one with true colour
        assert kinds <= {ColorType.EIGHT_BIT, None}
        assert all(len(line) <= size[0] for line in lines)
        assert len(lines) == size[1]


@pytest.mark.long
@pytest.mark.parametrize("screen", SCREENS)
def test_a_light_screen_has_the_same_text_in_other_colours(screen, pictures, request):
    [(lines, colors, kinds)] = pictures(screen, [USUAL], Look(), "light")
    check(f"{screen}-120x36.txt", lines, request)
    check(f"{screen}-120x36-light.colors", colors, request)
    assert kinds <= {ColorType.EIGHT_BIT, None}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_in_ascii(screen, pictures, request):
    shown = pictures(screen, SIZES[:2], Look(ascii_only=True), "dark")
    for size, (lines, _, _) in zip(SIZES, shown, strict=False):
        assert "\n".join(lines).isascii()
        check(f"{screen}-{size[0]}x{size[1]}-ascii.txt", lines, request)


@pytest.mark.long
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_without_colours_keeps_its_text(screen, pictures, request):
    [(lines, _, kinds)] = pictures(screen, [USUAL], Look(color=False), "dark")
    assert kinds <= {None}
    check(f"{screen}-120x36-plain.txt", lines, request)
