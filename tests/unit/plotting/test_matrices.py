"""Matrices: numbers, cells or half cells, and no value lost where several share a cell."""

import numpy as np
import pytest

from paramdyn.analysis.answer import Heatmap
from paramdyn_tui.plotting.matrices import extremes, matrix_lines
from paramdyn_tui.plotting.raster import strip_colors


def heatmap(values, *, low=0.0, rows=(), columns=(), note=""):
    return Heatmap("m", "M", "rows", "columns", rows, columns, np.asarray(values), low, 1.0, note)


def draw(picture, *, width=80, height=24, color=False):
    return matrix_lines(picture, width=width, height=height, color=color)


def test_few_columns_show_their_numbers():
    lines = draw(heatmap([[1.0, 0.5], [0.25, np.nan]], rows=["a", "b"], columns=["c", "d"]))
    assert ["      1     2", "a  1.00  0.50", "b  0.25     ?", "1 c   2 d"] == lines[1:5]


def test_equal_labels_are_numbered_once():
    lines = draw(heatmap(np.eye(2), rows=["a", "b"], columns=["a", "b"]))
    assert ["1 a  1.00  0.00", "2 b  0.00  1.00"] == lines[2:4]
    assert "rows: rows (2); columns: columns (2)" == lines[4]


@pytest.mark.parametrize("shape", [(3, 5), (20, 20), (62, 62), (512, 512), (84, 10), (1, 1)])
@pytest.mark.parametrize(("width", "height"), [(40, 24), (80, 24), (200, 60)])
@pytest.mark.parametrize("color", [False, True])
def test_fits_the_terminal(shape, width, height, color):
    values = np.random.default_rng(0).uniform(-1, 1, shape)
    labels = [f"layer4.{n}.downsample.weight" for n in range(shape[0])]
    lines = draw(heatmap(values, low=-1.0, rows=labels), width=width, height=height, color=color)
    assert max(len(strip_colors(line)) for line in lines) <= width
    assert len(lines) <= max(height + 4, 32)


def test_no_peak_is_lost_where_values_share_a_cell():
    values = np.zeros((500, 500))
    values[123, 321] = -1.0
    lines = draw(heatmap(values, low=-1.0))
    assert 1 == sum(line.count("W") for line in lines[1:-2])
    assert any("the one farthest from zero" in line for line in lines)


def test_extremes_by_hand():
    values = np.array([[0.1, -0.9, 0.3], [0.2, 0.5, np.nan], [np.nan, np.nan, 0.0]])
    expected = [[-0.9, 0.3], [np.nan, 0.0]]
    np.testing.assert_array_equal(expected, extremes(values, 2, 2, 0.0))


def test_half_cells_show_two_rows_a_line():
    lines = draw(heatmap(np.eye(60)), color=True)
    body = [line for line in lines if "▀" in line]
    assert 15 == len(body)  # two values a cell, two cells a line
    assert "each cell: of 2 x 2 values the one farthest from 0" in lines


def test_both_signs_have_their_own_signs():
    lines = draw(heatmap([[-1.0, 0.0, 1.0]] * 30, low=-1.0), height=24)
    assert "W  #" in lines[1].replace("  ", " ") or "W" in lines[1]
    assert "-1 Ww- +x# 1" in lines[0]


def test_an_empty_matrix_says_so():
    assert "no values" == draw(heatmap(np.zeros((0, 3))))[-1]
