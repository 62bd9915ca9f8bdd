"""Dots of lines against a slow rasteriser that looks at every record by itself."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramdyn_tui.tui.charts import cutting, many_lines
from paramdyn_tui.tui.charts.cutting import LONG, pieces_of
from paramdyn_tui.tui.charts.dots import COARSE, FINE, characters, dots_of, packed
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport


def drawn(lines, view, columns, rows, pyramids=()):
    """Return the dots of lines in one layer."""
    pieces = pieces_of(lines, view, columns, pyramids)
    layers = np.zeros(max(len(lines), 1), np.intp)
    return dots_of(pieces, layers, 1, view, columns=columns, rows=rows)[0]


def naive(x, y, view, columns, rows):
    """Set the dots of one line record by record; the positions rise."""
    dots = np.zeros((columns, rows), bool)

    def fill(column, one, other):
        for row in range(min(one, other), max(one, other) + 1):
            if 0 <= column < columns and 0 <= row < rows:
                dots[column, row] = True

    def whole(row):
        return int(np.rint(np.clip(row, -1, rows)))

    before = None
    for position, value in zip(x.tolist(), y.tolist(), strict=True):
        if not math.isfinite(value):
            before = None
            continue
        place = view.share_of_x(position) * (columns - 1)
        exact = (1 - view.share_of_y(value)) * (rows - 1)
        column, row = int(np.rint(np.clip(place, -1, columns))), whole(exact)
        fill(column, row, row)
        if before is not None:
            fill_way(fill, before, (place, column, exact), whole)
        before = place, column, exact
    return dots


def fill_way(fill, one, other, whole):
    """Go from one record to the next, column by column, meeting halfway between columns."""
    (start, first, begin), (end, last, finish) = one, other
    heights = [whole(begin)]
    for column in range(first + 1, last):
        share = min(max((column - start) / max(end - start, 1e-9), 0.0), 1.0)
        heights.append(whole(begin * (1 - share) + finish * share))
    heights.append(whole(finish))
    if first == last:
        fill(first, heights[0], heights[1])
        return
    for column, (row, following) in enumerate(itertools.pairwise(heights), first):
        middle = (row + following) // 2
        if row <= following:
            fill(column, row, middle)
            fill(column + 1, min(middle + 1, following), following)
        else:
            fill(column, row, min(middle + 1, row))
            fill(column + 1, following, middle)


values = st.floats(-3.0, 3.0, width=32) | st.sampled_from([math.nan, math.inf, -math.inf, 50.0])


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    data=st.data(),
    columns=st.integers(2, 40),
    rows=st.integers(2, 24),
    edges=st.tuples(st.floats(-0.5, 0.6), st.floats(0.7, 1.6)),
)
def test_dots_are_those_of_a_rasteriser_that_takes_every_record(steps, data, columns, rows, edges):
    x = np.cumsum(steps).astype(float) * 0.37
    y = data.draw(hnp.arrays(float, len(x), elements=values))
    reach = max(x[-1], 1.0)
    # edges at which no record lies halfway between two dots, where rounding decides
    view = Viewport(edges[0] * reach - 0.0137, edges[1] * reach + 0.0071, -1.7093, 1.9177)
    assert (naive(x, y, view, columns, rows) == drawn([(x, y)], view, columns, rows)).all()


@pytest.mark.parametrize("broken", [0, 3, 700])
@pytest.mark.parametrize("edges", [(0.0, 1.0), (0.25, 0.3), (0.5, 0.5001), (-1.0, 2.0)])
@pytest.mark.parametrize("with_pyramid", [False, True])
def test_long_lines_are_drawn_as_short_ones(broken, edges, with_pyramid):
    rng = np.random.default_rng(broken)
    x = np.sort(rng.uniform(0, 100, LONG + 500))
    y = rng.normal(size=len(x))
    y[rng.choice(len(x), broken, replace=False)] = np.nan
    view = Viewport(edges[0] * 100, edges[1] * 100, -2.5, 3.0)
    pyramids = [Pyramid(x, y) if with_pyramid else None]
    shown = drawn([(x, y)], view, 60, 40, pyramids)
    assert (naive(x, y, view, 60, 40) == shown).all()


def test_many_lines_are_all_of_them_together():
    rng = np.random.default_rng(1)
    lines = [
        (np.sort(rng.uniform(0, 9, n)), rng.normal(size=n)) for n in (0, 1, 2, 50, LONG + 9, 700)
    ]
    view = Viewport(0.5, 8.0, -2, 2)
    alone = [drawn([line], view, 80, 32) for line in lines]
    assert (np.logical_or.reduce(alone) == drawn(lines, view, 80, 32)).all()


def test_a_pyramid_is_asked_instead_of_the_records():
    x = np.arange(float(LONG))
    pyramid = Pyramid(x, np.sin(x))
    view = Viewport(0, LONG - 1.0, -1, 1)
    assert pieces_of([(x, x * 0)], view, 50, [pyramid]).high.max() > 0.9


@pytest.mark.parametrize("records", [1, 7, 90, 3000])
@pytest.mark.parametrize("lost", [False, True])
def test_lines_at_the_same_positions_are_drawn_as_any_others(records, lost, monkeypatch):
    monkeypatch.setattr(cutting, "LONG", 10**6)
    monkeypatch.setattr(many_lines, "IN_CACHE", 200)
    rng = np.random.default_rng(records)
    x = np.sort(rng.uniform(0, 9, records))
    lines = [(x.copy(), rng.normal(size=records)) for _ in range(6)]
    if lost:
        lines[2][1][records // 2] = np.nan
    view = Viewport(1.0, 8.5, -2, 2.5)
    alone = [drawn([line], view, 70, 24) for line in lines]
    assert (np.logical_or.reduce(alone) == drawn(lines, view, 70, 24)).all()
    pieces = pieces_of(lines, view, 70)
    assert sorted(set(pieces.line.tolist())) == list(range(6)) or records == 1


def test_each_line_is_in_its_layer():
    x = np.arange(5.0)
    view = Viewport(0, 4, 0, 3)
    pieces = pieces_of([(x, x * 0), (x, x * 0 + 3)], view, 10)
    dots = dots_of(pieces, np.array([1, 0]), 2, view, columns=10, rows=8)
    assert [0, 10] == dots[:, :, -1].sum(axis=1).tolist()
    assert [10, 0] == dots[:, :, 0].sum(axis=1).tolist()


def test_a_line_goes_on_by_rising_positions():
    rng = np.random.default_rng(2)
    x, y = rng.permutation(300) * 1.0, rng.normal(size=300)
    view = Viewport(0, 299, -2, 2)
    order = np.argsort(x)
    assert (drawn([(x[order], y[order])], view, 90, 20) == drawn([(x, y)], view, 90, 20)).all()


def test_positions_that_are_no_numbers_have_no_place():
    x = np.array([0.0, np.nan, 1.0, np.inf, 2.0, -np.inf])
    y = np.arange(6.0)
    view = Viewport(0, 2, 0, 6)
    kept = np.isfinite(x)
    assert (drawn([(x[kept], y[kept])], view, 30, 16) == drawn([(x, y)], view, 30, 16)).all()


@pytest.mark.parametrize("length", [50, 2 * LONG])
def test_logarithmic_positions_leave_out_what_has_no_logarithm(length):
    x = np.arange(-5.0, length)
    y = np.where(x > 0, np.sin(x / 9), 1.4)
    view = Viewport(1, length, -1.5, 1.5, log_x=True)
    shown = drawn([(x, y)], view, 60, 20)
    assert (drawn([(x[6:], y[6:])], view, 60, 20) == shown).all()
    assert (naive(x[6:], y[6:], view, 60, 20) == shown).all()


def test_what_is_not_finite_is_told_by_its_column():
    x = np.arange(11.0)
    y = np.where((x == 3) | (x == 9), np.nan, 1.0)
    assert [6, 18] == pieces_of([(x, y)], Viewport(0, 10), 21).lost.tolist()
    assert [18] == pieces_of([(x, y)], Viewport(5, 10), 21).lost.tolist() or [16] == pieces_of(
        [(x, y)], Viewport(5, 10), 21
    ).lost.tolist()


@pytest.mark.parametrize("grain", [FINE, COARSE])
def test_packing_keeps_every_dot(grain):
    rng = np.random.default_rng(3)
    dots = rng.random((2, 6 * grain.columns, 5 * grain.rows)) < 0.3
    bits = packed(dots, grain)
    assert (2, 5, 6) == bits.shape
    known = (
        [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]] if grain == FINE else [[1], [2]]
    )
    for layer, column, row in np.ndindex(dots.shape):
        bit = known[row % grain.rows][column % grain.columns]
        cell = bits[layer, row // grain.rows, column // grain.columns]
        assert dots[layer, column, row] == bool(cell & bit)


def test_characters_are_braille_or_plain():
    fine = np.array([[0, 1, 0xFF]], np.uint8)
    assert [0x20, 0x2801, 0x28FF] == characters(fine, FINE)[0].tolist()
    coarse = np.array([[0, 1, 2, 3, 3], [0, 0, 0, 0, 1]], np.uint8)
    assert [" '.:|", "    '"] == [
        "".join(map(chr, row)) for row in characters(coarse, COARSE).tolist()
    ]
