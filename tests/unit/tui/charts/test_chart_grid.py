from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.cells import text_of, width_of
from paramdyn_tui.tui.charts.grid import SHORT_GAP, Grid, narrow


@given(
    width=st.integers(1, 20), height=st.integers(1, 5),
    puts=st.lists(
        st.tuples(st.integers(-2, 6), st.integers(-9, 22), st.text(max_size=9),
                  st.sampled_from(["s0", "s1", "axis"])), max_size=12),
)  # fmt: skip
def test_rows_say_what_was_put_where(width, height, puts):
    grid = Grid(width, height)
    expected = [[(" ", "text")] * width for _ in range(height)]
    for row, column, text, style in puts:
        shown = narrow(text)
        grid.put(row, column, shown, style)
        for index, letter in enumerate(shown, start=column):
            if 0 <= row < height and 0 <= index < width:
                expected[row][index] = letter, style
    picture = grid.rows()
    assert height == len(picture)
    for row, cells in zip(picture, expected, strict=True):
        assert width == width_of(row)
        found = [(letter, style) for text, style in row for letter in text]
        assert [letter for letter, _ in cells] == [letter for letter, _ in found]
        # only blank cells may have got the style of what is around them
        assert all(a == b for a, b in zip(found, cells, strict=True) if b[1] != "text")


def test_short_gaps_are_filled_and_long_ones_are_not():
    grid = Grid(3 * SHORT_GAP + 3, 1)
    for column in (0, SHORT_GAP + 1, 3 * SHORT_GAP + 2):
        grid.put(0, column, "x", "s1")
    assert ["s1", "text", "s1"] == [style for _, style in grid.rows()[0]]
    assert f"x{' ' * SHORT_GAP}x{' ' * 2 * SHORT_GAP}x" == text_of(grid.rows()[0])


def test_a_gap_does_not_reach_from_row_to_row():
    grid = Grid(3, 2)
    grid.put(0, 1, "a", "s1")
    grid.put(1, 1, "b", "s1")
    assert [[" ", "a", " "], [" ", "b", " "]] == [[text for text, _ in row] for row in grid.rows()]
    grid.put(0, 2, "c", "s1")
    assert [[" ", "ac"], [" ", "b", " "]] == [[text for text, _ in row] for row in grid.rows()]
    grid = Grid(3, 2)
    grid.put(0, 1, "a", "s1")
    grid.put(1, 0, "b", "s1")
    assert [[" ", "a", " "], ["b", "  "]] == [[text for text, _ in row] for row in grid.rows()]


def test_free_cells_are_blank_and_inside():
    grid = Grid(6, 2)
    grid.put(0, 2, "x", "s0")
    assert grid.free(0, 3, 3)
    assert not grid.free(0, 1, 2)
    assert not grid.free(0, 4, 3)
    assert not grid.free(2, 0, 1)
    assert not grid.free(0, -1, 2)


def test_each_character_takes_one_cell():
    assert "a?b" == narrow("a日b")
    assert "a\\x1b" == narrow("a\x1b")
    assert "é│⠿" == narrow("é│⠿")
