import numpy as np
import pytest

from paramdyn_tui.plotting.curves import chart
from paramdyn_tui.plotting.frame import Line, Mark, Panel
from paramdyn_tui.plotting.raster import strip_colors

X = np.arange(200.0)


def draw(y, x=None, *, titles=("loss, nats by epoch", "loss"), **options):
    line = Line("train", X[: len(y)] if x is None else x, np.array(y, dtype=float))
    given = {"width": 60, "height": 12, "color": False}
    given |= {key: options.pop(key) for key in list(options) if key in given}
    return chart(Panel([line], titles, **options), **given)


@pytest.mark.parametrize(("width", "height"), [(20, 4), (39, 9), (80, 14), (200, 40)])
@pytest.mark.parametrize("color", [True, False])
def test_chart_has_the_size_asked_for(width, height, color):
    lines = draw(np.sin(X), width=width, height=height, color=color)
    assert height == len(lines)
    assert max(len(strip_colors(line)) for line in lines) <= width
    assert color == ("\x1b" in "".join(lines))


def test_colours_are_the_terminal_s_own_background():
    assert "48;5" not in "".join(draw(np.sin(X), color=True, marks=[Mark(50.0)]))


def test_same_arguments_same_picture_whatever_was_drawn_before():
    first = draw(np.sin(X), color=True)
    draw(np.cos(X) * 1e9, color=False, log=True, width=100)
    assert first == draw(np.sin(X), color=True)


def test_spike_among_100_000_is_on_the_picture():
    x = np.arange(100_000.0)
    calm = np.ones(100_000)
    calm[0] = 1.02
    spiked = calm.copy()
    spiked[54_321] = 3.0
    assert draw(calm, x) != draw(spiked, x)
    top_row = draw(spiked, x)[1]
    assert 54.321 == pytest.approx(100 * (len(top_row) - 2) / 58, abs=3)


def test_constant_series_lies_in_the_middle():
    rows = draw(np.full(200, 3.0))
    drawn = [index for index, row in enumerate(rows[1:-2]) if "⠤" in row or "⠒" in row]
    assert [4] == drawn
    assert rows[5].startswith("3")


@pytest.mark.parametrize("value", [3.0, 0.0, -1e-30, 1e300])
def test_single_point(value):
    rows = draw([value])
    assert any("⠀" < letter <= "⣿" for letter in "".join(rows[1:]))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_break_the_line_and_are_marked(odd):
    y = np.linspace(2.0, 1.0, 200)
    y[100:120] = odd
    rows = draw(y)
    assert "!" in rows[1]
    assert f"train {1:g}" in rows[0]
    gap = rows[1].index("!")
    assert all(row[gap + 2 : gap + 4].strip() == "" for row in rows[2:-2] if len(row) > gap + 4)


def test_nothing_finite_is_said_in_words():
    rows = draw([np.nan, np.nan])
    assert 12 == len(rows)
    assert "no finite value to draw" in "".join(rows)
    assert "train nan" in rows[0]
    assert "no finite value to draw" in "".join(draw([]))
    assert "on a logarithmic scale" in "".join(draw([0.0, -1.0], log=True))


def test_logarithmic_ticks_are_powers_of_ten():
    rows = draw(10.0 ** -np.linspace(0, 4, 200), log=True)
    ticks = [row.split("┤")[0].strip() for row in rows if "┤" in row]
    assert ["1", "0.1", "0.01", "0.001", "0.0001"] == ticks


def test_title_gives_way_before_the_legend_does():
    assert draw([1.0, 2.0], width=60)[0].startswith("loss, nats by epoch")
    narrow = draw([1.0, 2.0], width=22)[0]
    assert narrow.startswith("loss ")
    assert narrow.endswith("train 2")


def test_lines_are_told_apart_without_colour():
    lines = [
        Line("train", X, np.sin(X / 30), sign="*"),
        Line("test", X, np.cos(X / 30), sign="o"),
    ]
    rows = chart(Panel(lines, ["loss"]), width=60, height=12, color=False)
    assert {"*", "o"} <= set("".join(rows[1:]))
    assert "* train" in rows[0]
    assert "o test" in rows[0]


def test_mark_is_a_line_at_its_place():
    rows = draw(np.linspace(0, 1, 200), marks=[Mark(99.5), Mark(500.0), Mark(0.0)])
    places = {row.index("┊") for row in rows if "┊" in row}
    assert 1 == len(places)
    assert 31 == pytest.approx(places.pop(), abs=1)
