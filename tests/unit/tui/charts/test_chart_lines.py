"""Line charts: exact sizes whatever is drawn, and nothing that was recorded is lost."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paramdyn_tui.tui.cells import Look, text_of, width_of
from paramdyn_tui.tui.charts.chart import Chart, ChartLine, ChartMark
from paramdyn_tui.tui.charts.line_chart import draw_chart
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport

LOOKS = [Look(), Look(color=False), Look(ascii_only=True), Look(color=False, ascii_only=True)]


def texts(chart, width, height, look=LOOKS[0]):
    return [text_of(row) for row in draw_chart(chart, width, height, look)]


def line(y, *, label="a", **more):
    y = np.asarray(y, dtype=float)
    return ChartLine(label, np.arange(float(len(y))), y, **more)


def at_place(picture, letter):
    """Return row and column of each such letter."""
    return [
        (row, column)
        for row, text in enumerate(picture)
        for column, each in enumerate(text)
        if each == letter
    ]


numbers = (
    st.floats(-1e3, 1e3)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, 1e-310, math.nan, math.inf])
)


@settings(max_examples=250, deadline=None)
@given(
    width=st.integers(0, 70),
    height=st.integers(0, 16),
    series=st.lists(st.lists(numbers, max_size=12), max_size=4),
    logs=st.tuples(st.booleans(), st.booleans()),
    look=st.sampled_from(LOOKS),
    data=st.data(),
)
@example(9, 3, [[1e308, -1e308]], (False, False), LOOKS[0], None)
@example(9, 3, [[5e-324, 1e-310]], (True, True), LOOKS[0], None)
@example(60, 9, [[7.0]], (False, True), LOOKS[3], None)
def test_any_picture_has_the_size_that_was_asked_for(width, height, series, logs, look, data):
    draw = data.draw if data else lambda _: 1.0
    left = draw(st.floats(-10, 10))
    left = abs(left) + 1e-3 if logs[0] else left
    view = Viewport(left, left + draw(st.floats(1e-6, 50)), log_x=logs[0], log_y=logs[1])
    lines = []
    for index, values in enumerate(series):
        x = np.sort(np.array([draw(st.floats(-5, 60)) for _ in values], dtype=float))
        y = np.array(values, dtype=float)
        band = {"low": y - 1, "high": y + 1} if index == 1 and np.isfinite(y).all() else {}
        lines.append(
            ChartLine(f"l{index} 日", x, y, index, faint=index == 2, dashed=index == 3, **band)
        )
    chart = Chart(
        lines, view, marks=[ChartMark(draw(numbers), "p"), ChartMark(3.0, "日")],
        references={"chance": draw(numbers), "": 0.5}, cursor=draw(numbers), legend=True,
        baseline=0,
    )  # fmt: skip
    picture = draw_chart(chart, width, height, look)
    assert height == len(picture)
    assert {width} >= {width_of(row) for row in picture}
    text = "".join(text_of(row) for row in picture)
    assert text.isprintable()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", [(6, 3), (3, 1), (12, 4), (80, 24)])
@pytest.mark.parametrize("values", [[], [1.0], [2.0] * 5, [math.nan] * 4, [0, math.inf, 1], [3, 1]])
def test_small_and_odd_series_have_pictures(look, size, values):
    for log in (False, True):
        view = Viewport(0, 4, log_y=log)
        picture = draw_chart(Chart([line(values)], view, legend=True), *size, look)
        assert [size[0]] * size[1] == [width_of(row) for row in picture]


SPIKED = 20_000


@pytest.mark.parametrize("with_pyramid", [False, True])
def test_no_outlier_is_lost_at_any_zoom_that_contains_it(with_pyramid):
    rng = np.random.default_rng(0)
    x, calm = np.arange(float(SPIKED)), rng.normal(1.0, 0.02, SPIKED)
    changed = 0
    for _ in range(60):
        place = int(rng.integers(SPIKED))
        width = float(rng.choice([5, 60, 1000, SPIKED]))
        left = max(place - rng.random() * width, 0.0)
        view = Viewport(left, left + width, 0.9, 3.1)
        spiked = calm.copy()
        spiked[place] = 3.0
        pictures = [
            draw_chart(Chart([ChartLine("a", x, y, pyramid=pyramid)], view), 58, 8, LOOKS[0])
            for y in (calm, spiked)
            for pyramid in [Pyramid(x, y) if with_pyramid else None]
        ]
        changed += pictures[0] != pictures[1]
    assert 60 == changed


def test_values_lie_where_the_numbers_at_the_left_say():
    shown = texts(Chart([line([0, 10, 5, 5])], Viewport(0, 3)), 40, 12)
    assert shown[0].startswith("  10┤")
    assert shown[10].startswith("   0┤")
    assert "└0" in shown[11]
    assert shown[11].endswith("3─")
    dots = [column for column, each in enumerate(shown[0]) if each > "\u2800"]
    assert min(dots) <= 5 + 35 // 3 <= max(dots)


def test_a_growing_chart_changes_only_where_it_grows():
    rng = np.random.default_rng(1)
    y = np.append([0.0, 1.0], rng.random(900))
    view = Viewport(0, 1800)
    before, after = (texts(Chart([line(y[:n])], view), 80, 12) for n in (850, 900))
    cells = [
        column
        for old, new in zip(before, after, strict=True)
        for column, (a, b) in enumerate(zip(old, new, strict=True))
        if a != b
    ]
    edge = 5 + 75 * 850 // 1800
    assert cells
    assert edge - 1 <= min(cells)
    assert max(cells) <= 5 + 75 * 900 // 1800 + 1


def test_what_is_not_finite_is_marked_at_the_top_and_breaks_the_line():
    shown = texts(Chart([line([1, 1, math.nan, 1, 1])], Viewport(0, 4, 0, 2)), 45, 9)
    marks = at_place(shown, "!")
    assert [0] == [row for row, _ in marks]
    assert " " == shown[4][marks[0][1]]


def test_marks_stand_behind_lines_and_their_letters_on_the_axis():
    chart = Chart([line([1, 1, 1])], Viewport(0, 2), marks=[ChartMark(1, "p"), ChartMark(5, "q")])
    shown = texts(chart, 45, 9)
    places = at_place(shown, "┊")
    column = places[0][1]
    assert {column} == {each for _, each in places}
    assert 7 == len(places)
    assert "p" == shown[-1][column]
    assert "q" not in shown[-1]
    short = Chart([line([1, 1, 1])], Viewport(0, 2), marks=[ChartMark(1, "p", tall=False)])
    assert not at_place(texts(short, 45, 9), "┊")
    assert "p" in texts(short, 45, 9)[-1]


@pytest.mark.parametrize("look", LOOKS[::2])
def test_letters_stand_below_their_marks(look):
    for place in np.linspace(0.5, 89.5, 90):
        chart = Chart([], Viewport(0, 90, 0, 1), marks=[ChartMark(place, "p")])
        shown = texts(chart, 47, 6, look)
        assert shown[0].index(":" if look.ascii_only else "┊") == shown[-1].index("p")


@pytest.mark.parametrize("look", LOOKS[::2])
@pytest.mark.parametrize("step", [1, 2, 3, 10])
def test_letters_take_no_number_from_the_axis(look, step):
    bare = texts(Chart([], Viewport(0, 10, 0, 1)), 60, 6, look)[-1]
    marks = [ChartMark(place, "S") for place in range(0, 11, step)]
    shown = texts(Chart([], Viewport(0, 10, 0, 1), marks=marks), 60, 6, look)[-1]
    numbers = re.findall(r"\d+", bare)
    assert numbers == re.findall(r"\d+", shown)
    assert len(marks) == shown.count("S")
    for number in numbers:  # it stands where it did, or at its letter
        assert abs(bare.index(number) - shown.index(number)) <= len(number)


@pytest.mark.parametrize("width", [8, 20, 33, 60, 118])
def test_an_axis_says_what_it_is_where_there_is_room(width):
    marks = [ChartMark(3, "P")]
    bare = texts(Chart([], Viewport(0, 10, 0, 1), marks=marks), width, 6)[-1]
    named = texts(Chart([], Viewport(0, 10, 0, 1), marks=marks, axis="minutes"), width, 6)[-1]
    assert bare == named.replace("minutes", "───────")
    assert ("───minutes───" in named) == (width >= 33)


def test_references_are_in_sight_and_have_words():
    chart = Chart([line([5, 6, 7])], Viewport(0, 2), references={"chance": 0.1})
    shown = texts(chart, 45, 9)
    row = next(text for text in shown if "chance" in text)
    assert "╌╌╌" in row
    assert shown.index(row) >= 6


def test_a_cursor_has_the_values_of_all_lines_beside_it():
    lines = [line([1, 2, 3], label="base"), line([1, 1, 2.5], label="other", color=1)]
    chart = Chart(lines, Viewport(0, 2), cursor=1.0, cursor_text="e1", baseline=0)
    shown = texts(chart, 60, 10)
    text = "\n".join(shown)
    assert "e1 base  2" in text
    assert "other 1 -1" in text
    assert 9 == len(at_place(shown, "╎"))
    assert not at_place(texts(Chart(lines, Viewport(0, 2), cursor=7.0), 60, 10), "╎")


def test_a_box_at_the_cursor_hides_as_little_as_it_can():
    lines = [line(np.zeros(50)), line(np.ones(50), label="b")]
    bottom = Chart([lines[0]], Viewport(0, 49, -0.1, 1), cursor=25.0)
    assert "25 0" in texts(bottom, 60, 9)[0]
    top = Chart([lines[1]], Viewport(0, 49, 0, 1.1), cursor=25.0)
    assert "25 1" in texts(top, 60, 9)[7]


def test_a_strong_line_drives_faint_ones_out_of_its_cells():
    noise = line(np.tile([0.0, 1.0], 200), faint=True)
    smooth = ChartLine("a", noise.x, np.full(400, 0.5))
    rows = draw_chart(Chart([smooth, noise], Viewport(0, 399, 0, 1)), 60, 9, LOOKS[0])
    middle = "".join(text for text, style in rows[4] if style == "s0")
    assert set(middle) <= set("⠤⠒⠉⣀")
    assert any(style == "f0" for row in rows for _, style in row)


def test_the_last_line_is_on_top():
    chart = Chart([line([1, 1]), line([1, 1], color=3)], Viewport(0, 1))
    styles = {style for row in draw_chart(chart, 40, 8, LOOKS[0]) for _, style in row}
    assert "s3" in styles
    assert "s0" not in styles


def test_dashed_lines_have_gaps():
    shown = [texts(Chart([line([1, 1], dashed=d)], Viewport(0, 1)), 60, 8) for d in (False, True)]
    dots = [sum(each > "\u2800" for text in picture for each in text) for picture in shown]
    assert 0.3 * dots[0] < dots[1] < 0.7 * dots[0]


def test_a_band_is_behind_its_line_in_its_faint_colour():
    y = np.linspace(0, 1, 30)
    chart = Chart([line(y, low=y - 0.3, high=y + 0.3, color=2)], Viewport(0, 29, -0.5, 1.5))
    picture = draw_chart(chart, 50, 22, LOOKS[0])
    around = set()
    for column in range(10, 45):
        cells = ["".join(style[0] for text, style in row for _ in text)[column] for row in picture]
        own, band = cells.index("s"), [index for index, each in enumerate(cells) if each == "f"]
        around.update(row - own for row in band)
        assert min(band) < own < max(band)
    assert {-3, -2, -1, 1, 2, 3} <= around <= set(range(-4, 5))


def test_without_colour_a_band_is_its_edges():
    y = np.zeros(30)
    chart = Chart([line(y, low=y - 1, high=y + 1)], Viewport(0, 29, -2, 2))
    shown = texts(chart, 50, 22, LOOKS[1])
    assert [5, 10, 15] == [row for row, text in enumerate(shown[:-1]) if "⠉" in text or "⠤" in text
                           or "⣀" in text or "⠒" in text]  # fmt: skip


def test_without_colour_lines_have_signs_of_their_own():
    lines = [line([0, 1], label="a"), line([1, 0], label="b", color=1)]
    chart = Chart(lines, Viewport(0, 1), legend=True)
    assert {"●", "▲"} <= set("".join(texts(chart, 60, 12, LOOKS[1])[1:]))
    plain = "".join(texts(chart, 60, 12, LOOKS[3])[1:])
    assert {"o", "^"} <= set(plain)
    assert texts(chart, 60, 12, LOOKS[3])[0].startswith("o a 1  ^ b 0")


def test_a_plain_terminal_gets_plain_dots():
    body = texts(Chart([line([0, 1, 0])], Viewport(0, 2)), 40, 10, LOOKS[2])[:-1]
    assert set("".join(row[5:] for row in body)) <= set(" '.:|")


def test_a_legend_says_how_many_do_not_fit():
    lines = [line([1.5], label=f"run {index}", color=index) for index in range(9)]
    shown = texts(Chart(lines, Viewport(0, 1), legend=True), 50, 8)[0]
    assert "run 0 1.5" in shown
    assert shown.rstrip().endswith("more")
    tall = texts(Chart(lines, Viewport(0, 1), legend=True), 50, 40)
    assert [f"run {index} 1.5" in " ".join(tall[:3]) for index in range(9)] == [True] * 9
    assert "━" not in tall[3]
    assert not any("more" in row for row in tall)


def test_nothing_to_draw_is_said():
    assert any("no values yet" in text for text in texts(Chart([], Viewport(0, 1)), 40, 7))
    below = Chart([line([-1, -2])], Viewport(0, 1, log_y=True), empty="nothing above zero")
    assert any("nothing above zero" in text for text in texts(below, 40, 7))


def test_numbers_that_need_room_get_it_or_go():
    wide = Chart([line([1234567.1, 1234567.4])], Viewport(0, 1))
    assert texts(wide, 60, 10)[0].lstrip().startswith("1234567.")
    assert all(text.startswith("│") or "└" in text for text in texts(wide, 20, 10))


@pytest.mark.parametrize("look", LOOKS, ids=["fine", "mono", "ascii", "plain"])
def test_a_chart_looks_as_it_did(golden, look):
    x = np.linspace(0, 40, 400)
    loss = 0.4 + 2 * np.exp(-x / 6) + 0.2 * np.sin(x * 9) * np.exp(-x / 20)
    lines = [
        ChartLine("train", x, loss, faint=True),
        ChartLine("smooth", x, 0.4 + 2 * np.exp(-x / 6)),
        ChartLine("test", np.arange(1.0, 41), 0.5 + 1.8 * np.exp(-np.arange(1.0, 41) / 7), 1),
    ]
    chart = Chart(
        lines, Viewport(0, 90), marks=[ChartMark(12, "p"), ChartMark(30, "l")],
        references={"ln 10": math.log(10)}, cursor=20.0, cursor_text="e20", legend=True,
    )  # fmt: skip
    name = f"{'color' if look.color else 'mono'}-{'ascii' if look.ascii_only else 'dots'}"
    golden(f"charts/lines-{name}.txt", "\n".join(texts(chart, 64, 14, look)) + "\n")


@pytest.mark.parametrize("width", range(20, 60))
def test_why_there_is_nothing_is_said_between_words(width):
    words = "direction_change is not recorded for this parameter"
    rows = texts(Chart([], Viewport(0, 1), empty=words), width, 9)
    said = [word for row in rows for word in row.replace("│", " ").split() if word.isascii()]
    assert [word for word in said if word in words.split()] == words.split()
