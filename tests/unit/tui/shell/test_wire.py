"""What is sent makes the terminal show what was drawn, and is little."""

import random

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, InlineUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from paramdyn_tui.tui.pen import Ink, change, way
from paramdyn_tui.tui.wire import Mirror, Sparing, erases_with_ground

STYLES = [Style(), Style(color="color(75)", bgcolor="color(233)"), Style(bold=True, dim=True),
          Style(bgcolor="color(53)"), Style(bold=True, underline=True), Style(reverse=True),
          Style(color="color(231)", bgcolor="color(233)", dim=True)]  # fmt: skip
TEXTS = ["loss", "   ", " " * 12, "⣀⠤⠒", "█", "日本", "a b", "─────", "e\u0301"]
WIDTH, HEIGHT = 30, 6


def strip_of(dice, width):
    segments, length = [], 0
    while length < width:
        segment = Segment(dice.choice(TEXTS), dice.choice(STYLES))
        segments.append(segment)
        length += segment.cell_length
    return Strip(segments).crop(0, width)


def whole(rows):
    return LayoutUpdate([[strip] for strip in rows], Region(0, 0, WIDTH, HEIGHT))


def terminal():
    screen = pyte.Screen(WIDTH + 4, HEIGHT + 1)  # nothing wraps
    return screen, pyte.Stream(screen)


def cells_of(screen):
    """Return what can be seen: of a blank only its ground, and what underlines or reverses it."""
    found = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            cell = screen.buffer[y][x]
            seen = (cell.data, cell.bg, cell.underscore, cell.reverse, cell.strikethrough)
            found.append(
                seen if cell.data == " " and not cell.reverse else (*seen, cell.fg, cell.bold)
            )
    return found


def render(update):
    return update.render_segments(Console(color_system="256", force_terminal=True))


@pytest.mark.parametrize("erases", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_the_terminal_shows_what_was_drawn_after_any_updates(seed, erases):
    dice = random.Random(seed)
    mirror, (spared, stream) = Mirror(erases=erases), terminal()
    rows = [strip_of(dice, WIDTH) for _ in range(HEIGHT)]
    stream.feed(render(Sparing(whole(rows), mirror)))
    for _ in range(8):
        y, cut = dice.randrange(HEIGHT), dice.randrange(1, WIDTH)
        chops = [{} for _ in range(HEIGHT)]  # no letter lies across the edge of a widget
        chops[y] = {0: strip_of(dice, cut), cut: strip_of(dice, WIDTH - cut)}
        rows[y] = Strip.join(chops[y].values())
        update = ChopsUpdate(chops, [(y, 0, WIDTH)], [[cut, WIDTH]] * HEIGHT)
        stream.feed(render(Sparing(update, mirror)))
    plain, other = terminal()
    for y, strip in enumerate(rows):  # a cell at a time, every style whole
        other.feed(
            f"\x1b[{y + 1};1H{strip.render(Console(color_system='256', force_terminal=True))}"
        )
    assert cells_of(spared) == cells_of(plain)


def test_what_is_there_already_is_not_sent_again():
    mirror = Mirror()
    rows = [Strip([Segment("train/loss 0.25", STYLES[1])])] * HEIGHT
    assert len(render(Sparing(whole(rows), mirror))) > 90
    assert render(Sparing(whole(rows), mirror)) == ""
    rows[2] = Strip([Segment("train/loss 0.26", STYLES[1])])
    sent = render(Sparing(whole(rows), mirror))
    assert sent == "\x1b[3;15H\x1b[m\x1b[38;5;75;48;5;233m6\x1b[m"
    mirror.forget()
    assert len(render(Sparing(whole(rows), mirror))) > 90


def test_only_the_span_of_an_update_counts():
    mirror = Mirror()
    render(Sparing(whole([Strip([Segment("a" * WIDTH)])] * HEIGHT), mirror))
    chops = [{0: Strip([Segment("b" * WIDTH)])}, *[{}] * (HEIGHT - 1)]
    sent = render(Sparing(ChopsUpdate(chops, [(0, 5, 8)], [[WIDTH]] * HEIGHT), mirror))
    assert sent == "\x1b[1;6H\x1b[mbbb"


def test_of_a_style_only_what_changes_is_said():
    blue, plain = Ink((), "38;5;75", "48;5;233"), Ink()
    assert change(blue, blue) == ""
    assert change(plain, blue) == "\x1b[38;5;75;48;5;233m"
    assert change(blue, Ink(("1",), "38;5;75", "48;5;233")) == "\x1b[1m"
    assert change(Ink(("1",), "38;5;75", "48;5;233"), blue) == "\x1b[22m"
    assert change(Ink(("1", "2", "4")), Ink(("2",), "38;5;7")) == "\x1b[0;2;38;5;7m"
    assert change(Ink(("1", "4"), "38;5;75", "48;5;233"), blue) == "\x1b[22;24m"
    assert change(blue, Ink((), "", "48;5;233")) == "\x1b[39m"
    assert change(blue, Ink((), "38;5;76", "48;5;233")) == "\x1b[38;5;76m"
    assert change(blue, plain) == "\x1b[m"


@pytest.mark.parametrize("beside", ["a", "⣀", "日"])
def test_the_colour_of_a_letter_does_not_matter_for_a_blank(beside):
    mirror = Mirror()
    blue = Style(color="color(75)", bgcolor="color(233)")
    green = Style(color="color(78)", bgcolor="color(233)")
    rows = [Strip([Segment(beside + "   ", blue), Segment("  " + beside, green)])] * HEIGHT
    render(Sparing(whole(rows), mirror))
    rows = [Strip([Segment(beside + "  ", blue), Segment("   " + beside, green)])] * HEIGHT
    assert render(Sparing(whole(rows), mirror)) == ""


def test_an_accent_in_a_piece_of_its_own_stands_on_the_letter_before_it():
    mirror, (screen, stream) = Mirror(), terminal()
    rows = [Strip([Segment("e", STYLES[1]), Segment("\u0301x", STYLES[3])])] * HEIGHT
    stream.feed(render(Sparing(whole(rows), mirror)))
    assert screen.display[0].rstrip() in ("e\u0301x", "éx")
    assert screen.buffer[0][0].bg != screen.buffer[0][1].bg


@pytest.mark.parametrize("covered", [(0, 1), (1, 2)])
def test_half_a_wide_letter_that_was_covered_comes_back_whole(covered):
    mirror, (screen, stream) = Mirror(), terminal()
    rows = [Strip([Segment("日" + "b" * 9 + "1", STYLES[1])])] * HEIGHT
    stream.feed(render(Sparing(whole(rows), mirror)))
    start, end = covered
    chops = [{start: Strip([Segment("x")])}, *[{}] * (HEIGHT - 1)]
    stream.feed(render(Sparing(ChopsUpdate(chops, [(0, start, end)], [[end]] * HEIGHT), mirror)))
    rows[0] = Strip([Segment("日" + "b" * 9 + "2", STYLES[1])])
    stream.feed(render(Sparing(whole(rows), mirror)))
    assert screen.display[0].rstrip() == "日bbbbbbbbb2"


def test_a_style_is_said_once_however_often_it_comes_again():
    row = [Segment("│", STYLES[1]), Segment("0.5", STYLES[3]), Segment("⣀⠤⠒", STYLES[6])]
    sent = render(Sparing(whole([Strip(row * 4)] * HEIGHT), Mirror()))
    assert sent.count("m") == 2 + 3  # nothing before and after


def test_styles_on_one_ground_follow_each_other():
    row = [Segment("a", STYLES[1]), Segment("b", STYLES[3]), Segment("c", STYLES[6])]
    sent = render(Sparing(whole([Strip(row)] * HEIGHT), Mirror()))
    assert sent.count("48;5;233") == 1


def test_few_cells_that_are_there_are_sent_again_and_others_jumped_over():
    mirror = Mirror()

    def line(first, *, last, between="abcde"):
        return [Strip([Segment(first + between + last, STYLES[1])])] * HEIGHT

    render(Sparing(whole(line("1", last="1")), mirror))
    sent = render(Sparing(whole(line("2", last="2")), mirror))
    assert sent.startswith("\x1b[1;1H\x1b[m\x1b[38;5;75;48;5;233m2\x1b[5C2\x1b[E2")
    render(Sparing(whole(line("1", last="1", between="abc")), mirror))
    assert "2abc2" in render(Sparing(whole(line("2", last="2", between="abc")), mirror))
    render(Sparing(whole(line("1", last="1", between="──")), mirror))
    assert "2\x1b[2C2" in render(Sparing(whole(line("2", last="2", between="──")), mirror))


@pytest.mark.parametrize(
    ("start", "end", "sent"),
    [
        ((-1, 0), (0, 0), "\x1b[1;1H"), ((4, 7), (4, 7), ""), ((4, 7), (4, 8), "\x1b[C"),
        ((4, 7), (4, 20), "\x1b[13C"), ((4, 120), (5, 0), "\x1b[E"), ((4, 9), (8, 0), "\x1b[4E"),
        ((14, 120), (15, 1), "\x1b[E\x1b[C"), ((4, 9), (3, 9), "\x1b[4;10H"),
        ((4, 9), (4, 2), "\x1b[5;3H"), ((14, 40), (15, 39), "\x1b[B\b"),
        ((14, 119), (15, 118), "\x1b[B\b"), ((14, 120), (15, 118), "\x1b[16;119H"),
        ((14, 40), (16, 40), "\x1b[2B"), ((14, 40), (15, 41), "\x1b[B\x1b[C"),
        ((14, 40), (15, 20), "\x1b[16;21H"),
    ],
)  # fmt: skip
def test_the_shortest_way_is_taken_from_place_to_place(start, end, sent):
    assert way(*start, *end, edge=120) == sent
    if start[0] >= 0:
        screen = pyte.Screen(120, 36)
        screen.cursor.y, screen.cursor.x = start
        pyte.Stream(screen).feed(sent)
        assert (screen.cursor.y, screen.cursor.x) == end


def test_an_update_of_another_kind_is_sent_as_it_is():
    mirror = Mirror()
    rows = [Strip([Segment("x")])]
    render(Sparing(whole(rows), mirror))
    update = InlineUpdate(rows)
    assert render(Sparing(update, mirror)) == render(update)
    assert render(Sparing(whole(rows), mirror)) != ""


def test_many_blanks_are_erased_where_that_keeps_their_ground():
    rows = [Strip([Segment("loss" + " " * 20 + "0.25  ", STYLES[1])])] * HEIGHT
    sent = render(Sparing(whole(rows), Mirror(erases=True)))
    assert sent.startswith(
        "\x1b[1;1H\x1b[m\x1b[38;5;75;48;5;233mloss\x1b[20X\x1b[20C0.25  \x1b[Eloss"
    )
    assert " " * 20 in render(Sparing(whole(rows), Mirror()))
    mirror = Mirror(erases=True)
    render(Sparing(whole([Strip([Segment("x" + " " * 20)])] * HEIGHT), mirror))
    sent = render(Sparing(whole([Strip([Segment(" " * 21)])] * HEIGHT), mirror))
    assert sent.startswith("\x1b[1;1H\x1b[m \x1b[E ")  # the others are there
    underlined = [Strip([Segment(" " * WIDTH, STYLES[4])])] * HEIGHT
    assert " " * WIDTH in render(Sparing(whole(underlined), Mirror(erases=True)))


@pytest.mark.parametrize(
    ("environment", "erases"),
    [
        ({"TERM": "xterm-256color"}, True), ({"TERM": "tmux-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
        ({"TERM": "screen-256color"}, False), ({"TERM": "xterm", "STY": "1.pts-0"}, False),
        ({"TERM": "linux"}, False), ({}, False),
    ],
)  # fmt: skip
def test_who_keeps_the_ground_when_erasing_is_known(environment, erases):
    assert erases == erases_with_ground(environment)
