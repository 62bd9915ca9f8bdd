"""Where panes of a grid stand."""

import itertools

import pytest
from textual.geometry import Region

from paramdyn_tui.tui.widgets.tiles import LEAST_HEIGHT, LEAST_WIDTH, neighbour, tiling


@pytest.mark.parametrize("size", [(80, 20), (119, 33), (200, 46), (36, 8), (10, 3), (1, 1)])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 12])
def test_panes_cover_the_whole_without_overlap(size, count):
    width, height = size
    places = tiling(width, height, count).places
    cells = list(itertools.chain.from_iterable(
        itertools.product(range(p.x, p.right), range(p.y, p.bottom)) for p in places
    ))  # fmt: skip
    assert len(cells) == len(set(cells)) == width * height
    assert 1 <= len(places) <= count


def test_no_pane_is_too_small_to_read_unless_it_is_the_only_one():
    for width, height, count in itertools.product((80, 120, 200), (20, 34, 46), range(2, 12)):
        places = tiling(width, height, count).places
        assert all(p.width >= LEAST_WIDTH and p.height >= LEAST_HEIGHT for p in places)


def test_four_panes_fit_a_small_terminal():
    assert len(tiling(80, 20, 4).places) == 4


def test_the_side_is_left_free():
    plan = tiling(120, 30, 4, side=40)
    assert plan.beside == Region(80, 0, 40, 30)
    assert max(place.right for place in plan.places) == 80


def test_nothing_stands_where_there_is_no_room():
    assert tiling(40, 20, 0).places == ()
    assert tiling(0, 20, 3).places == ()


PLACES = [Region(0, 0, 40, 10), Region(40, 0, 40, 10), Region(0, 10, 80, 10),
          Region(80, 0, 40, 20)]  # fmt: skip


@pytest.mark.parametrize(
    ("here", "where", "there"),
    [(0, "right", 1), (1, "right", 3), (1, "left", 0), (0, "down", 2), (2, "up", 0),
     (2, "right", 3), (3, "left", 1), (0, "left", None), (0, "up", None), (2, "down", None)],
)  # fmt: skip
def test_the_next_pane_is_the_nearest_in_sight(here, where, there):
    assert neighbour(PLACES, here, where) == there


def test_a_hundred_columns_show_as_many_charts_as_eighty():
    narrow = tiling(80, 19, 9).places  # with a heatmap among them
    normal = tiling(100, 19, 9, side=34).places
    assert len(normal) >= 4
    assert len(narrow) == len(normal)
