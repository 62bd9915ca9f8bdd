import numpy as np
import pytest

from paramdyn_tui import safe_text
from paramdyn_tui.plotting import raster
from paramdyn_tui.plotting.partition import partition

ODD = np.array([[0.0, 1.0, np.nan, np.inf, np.nan]])
KNOWN = np.array([[True, True, True, True, False]])


def test_palette_rises_in_lightness():
    """So that it keeps its order without colour vision, and in print."""

    def lightness(code):
        steps = (0, 95, 135, 175, 215, 255)
        channels = [steps[(code - 16) // place % 6] / 255 for place in (36, 6, 1)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    values = [lightness(code) for code in raster.PALETTE]
    assert sorted(values) == values
    assert len(set(values)) == len(values)


def test_levels_of_values_that_are_undefined_or_not_finite():
    levels = raster.Scale(0.0, 1.0).levels(ODD, KNOWN, 10).tolist()
    assert [[0, 9, raster.NOT_FINITE, raster.NOT_FINITE, raster.UNDEFINED]] == levels


def test_logarithmic_levels_are_equal_ratios():
    values = np.array([[1e-6, 1e-4, 1e-2, 1.0, 0.0, -1.0]])
    levels = raster.Scale(1e-6, 1.0, log=True).levels(values, np.ones_like(values, bool), 3)
    assert [[0, 1, 2, 2, 0, 0]] == levels.tolist()


def test_scale_of_constant_and_of_nothing():
    ones = np.ones((1, 3))
    scale = raster.scale_of(ones, ones > 0)
    assert (1.0, 1.0) == (scale.low, scale.high)
    assert [[0, 0, 0]] == scale.levels(ones, ones > 0, 10).tolist()
    assert raster.scale_of(ODD, KNOWN & False) is None
    assert raster.scale_of(np.zeros((1, 2)), np.ones((1, 2), bool), log=True) is None


def test_cells_with_and_without_colour():
    levels = [0, 0, 8, raster.UNDEFINED, raster.NOT_FINITE]
    assert "  %?!" == raster.cells([0, 0, 8, -1, -2], color=False)
    colored = raster.cells(levels, color=True)
    assert colored.startswith("\x1b[48;5;53m  \x1b[0m\x1b[48;5;227m \x1b[0m")
    assert "   ?!" == raster.strip_colors(colored)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("color", [True, False])
def test_heatmap_lines_fit_and_align(width, color):
    labels = ["conv1", "a.very.long.name.of.a.layer.0.weight"]
    columns = raster.heatmap_columns(labels, "epoch", width)
    values = np.linspace(0, 1, 2 * columns).reshape(2, columns)
    lines = raster.heatmap(
        labels, values, values >= 0, scale=raster.Scale(0, 1), extent=(0.0, 20.0), axis="epoch",
        width=width, color=color,
    )  # fmt: skip
    bare = [raster.strip_colors(line) for line in lines]
    assert 3 == len(lines)
    assert max(map(len, bare)) <= width
    margin = raster.label_width(labels, "epoch", width)
    assert {" "} == {line[margin] for line in bare}
    assert bare[2].startswith("epoch")
    assert bare[2].endswith("20")
    assert color == ("\x1b" in lines[0])


@pytest.mark.parametrize("value", [0.31, -1.234e-12, 123456.0, -9.87654e300, float("nan")])
def test_last_value_fits_its_column(value):
    text = raster.last_value(np.array([value]), np.array([True]))
    assert len(text) <= raster.VALUE_WIDTH
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.1, nan_ok=True)


def test_last_value_that_is_undefined_says_so():
    assert "undef." == raster.last_value(np.array([1.0]), np.array([False]))


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 20, 5, [0, 5, 10, 15, 20]),
        (0.13, 0.92, 4, [0.2, 0.4, 0.6, 0.8]),
        (-1, 1, 3, [-1, 0, 1]),
        (3, 3, 5, [3]),
        (0, 7e-9, 4, [0, 2e-9, 4e-9, 6e-9]),
    ],
)
def test_ticks_are_round(low, high, most, expected):
    assert expected == pytest.approx(raster.nice_ticks(low, high, most))


@pytest.mark.parametrize("width", [1, 5, 20, 60])
def test_tick_line_fits(width):
    assert len(raster.tick_line(0.0, 100000.0, width)) <= max(width, len("100000"))


def test_ascii_keeps_the_length_and_leaves_nothing_else():
    text = "relative ‖θ-θ0‖/‖θ0‖ ┤⢕⠀│└┬─… ━ ∞"
    plain = safe_text.to_ascii(text)
    assert len(text) == len(plain)
    assert plain.isascii()


COUNTS = {"structural": 6_946_816, "changed": 4_234_826, "dead": 1, "returned": 0}


@pytest.mark.parametrize("color", [True, False])
def test_partition_bar_is_full_and_shows_every_class(color):
    lines = partition(COUNTS, width=80, color=color)
    assert 80 == len(raster.strip_colors(lines[0]))
    assert all(len(raster.strip_colors(line)) <= 80 for line in lines)
    words = raster.strip_colors(" ".join(lines))
    assert "structural 62.13% (6,946,816)" in words
    assert "dead <0.01% (1)" in words
    assert "returned" not in words


def test_partition_without_colour_is_in_proportion():
    bar = partition({"changed": 50, "dead": 25, "frozen": 25}, width=43, color=False)[0]
    assert [21, 11, 11] == [bar.count(sign) for sign in "#x-"]


def test_partition_of_nothing():
    assert ["no parameters"] == partition({}, width=80, color=False)


def test_class_of_a_plug_in_is_shown():
    assert "my-class 100.00% (5)" in partition({"my-class": 5}, width=40, color=False)[1]
