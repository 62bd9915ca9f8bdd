"""The cursor stays on its run whatever happens to the list."""

from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.widgets.run_list.place import Place

NAMES = st.lists(st.integers(0, 30).map(str), max_size=31, unique=True)
MOVES = st.sampled_from(["up", "down", "page_up", "page_down", "first", "last"])


def placed(names, height=5, moves=()):
    place = Place()
    place.resize(height)
    place.show(names)
    for move in moves:
        place.go(move)
    return place


@given(NAMES, st.integers(1, 12), st.lists(MOVES | NAMES | st.integers(1, 12), max_size=20))
def test_the_cursor_is_always_in_the_list_and_on_the_screen(names, height, moves):
    place = placed(names, height)
    for move in moves:
        if isinstance(move, list):
            place.show(move)
        elif isinstance(move, int):
            place.resize(move)
        else:
            place.go(move)
        count = len(place.names)
        assert 0 <= place.at < max(count, 1)
        assert place.first <= place.at < place.first + place.height
        assert 0 <= place.first <= max(count - place.height, 0)


@given(NAMES, NAMES, st.lists(MOVES, max_size=6))
def test_the_cursor_stays_on_its_line_as_long_as_that_is_there(before, after, moves):
    place = placed(before, moves=moves)
    name = place.name
    place.show(after)
    if name in after:
        assert name == place.name


def test_the_line_at_the_cursor_stays_where_it_is_on_the_screen():
    place = placed([str(n) for n in range(40)], 10, ["page_down"] * 2 + ["up"] * 4)
    row = place.at - place.first
    assert 0 < row < 9
    place.show([f"new {n}" for n in range(7)] + [str(n) for n in range(40)])
    assert "14" == place.name
    assert row == place.at - place.first


def test_where_the_line_is_gone_the_next_one_has_the_cursor():
    place = placed(["a", "b", "c", "d"], moves=["down"])
    place.show(["a", "c", "d"])
    assert "c" == place.name
    place.go("last")
    place.show(["a", "c"])
    assert "c" == place.name
    place.show([])
    assert "" == place.name


def test_a_page_keeps_a_line_in_sight():
    place = placed([str(n) for n in range(100)], 10, ["page_down"])
    assert 9 == place.at
    place.go("page_down")
    assert (18, 9) == (place.at, place.first)
    assert place.go_to("50")
    assert not place.go_to("500")
    assert "50" == place.name
