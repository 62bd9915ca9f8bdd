"""Tables of any width: no number is cut, a null stays beside its number."""

import re

import pytest

from paramdyn.analysis.answer import Column, Table
from paramdyn_tui.answers.cells import cell_text
from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.answers.tables import MOST_ROWS, table_lines
from paramdyn_tui.plotting.raster import strip_colors

WIDTHS = (40, 60, 80, 120, 200)


@pytest.fixture
def layers(full_answer):
    return full_answer.tables[0]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("color", [False, True])
def test_every_number_is_whole_at_any_width(layers, width, color):
    lines = [strip_colors(line) for line in table_lines(layers, Sheet(width, color=color))]
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for figure in ("11,181,642", "0.03142", "0.029", "62.13%", "<1e-4", "1,200", "44.8 MB"):
        assert figure in text
    assert "[a] 0 / 0" in text
    assert "n = 1 seed." in text


@pytest.mark.parametrize("width", WIDTHS)
def test_a_null_stays_beside_its_number(layers, width):
    lines = table_lines(layers, Sheet(width))
    beside = [line for line in lines if re.search(r"0\.03142 +0\.029", line)]
    assert 1 == len(beside)


def test_folded_columns_begin_with_the_names_of_rows(layers):
    text = "\n".join(table_lines(layers, Sheet(60)))
    assert text.count("fc.bias") > 1


def test_a_number_before_the_names_is_repeated_with_them():
    columns = [Column("seed", "seed", "count"), Column("run", "run", "text"),
               *(Column(f"n{n}", f"number {n}") for n in range(6))]  # fmt: skip
    rows = [{"seed": n, "run": f"r{n}", **{f"n{k}": 0.123456 for k in range(6)}} for n in (0, 1)]
    lines = table_lines(Table("t", "T", columns, rows), Sheet(40))
    assert 2 == sum(line.startswith("   0  r0 ") for line in lines)


def test_a_name_that_all_rows_share_is_said_once():
    columns = [Column("model", "Model", "text"), Column("layer", "Layer", "text"),
               Column("n", "n", "count")]  # fmt: skip
    rows = [{"model": "lenet", "layer": name, "n": 1} for name in ("conv1", "fc")]
    head, titles, *_ = table_lines(Table("t", "What moved", columns, rows), Sheet())
    assert ("What moved: lenet", "Layer  n") == (head, titles)


def test_an_undefined_cell_without_a_reason_is_a_dash():
    columns = [Column("layer", "Layer", "text"), Column("n", "n")]
    lines = table_lines(
        Table("t", "T", columns, [{"layer": "a", "n": 1.0}, {"layer": "b"}]), Sheet()
    )
    assert "b      -" == lines[-1]


def test_a_column_without_any_value_is_left_out():
    columns = [Column("layer", "Layer", "text"), Column("n", "n"), Column("m", "m")]
    rows = [{"layer": "a", "n": 1.0}, {"layer": "b", "n": 2.0}]
    assert "Layer  n" == table_lines(Table("t", "T", columns, rows), Sheet())[1]


def test_equal_reasons_share_a_letter():
    columns = [Column("layer", "Layer", "text"), Column("n", "n")]
    rows = [{"layer": name} for name in "abc"]
    reasons = {(0, "n"): "dead", (1, "n"): "0 / 0", (2, "n"): "dead"}
    lines = table_lines(Table("t", "T", columns, rows, reasons), Sheet())
    assert ["a      [a]", "b      [b]", "c      [a]", "[a] dead", "[b] 0 / 0"] == lines[-5:]


def test_long_tables_say_how_many_rows_they_leave_out():
    columns = [Column("layer", "Layer", "text"), Column("n", "n", "count")]
    rows = [{"layer": f"l{n}", "n": n} for n in range(MOST_ROWS + 7)]
    table = Table("t", "T", columns, rows)
    assert "... and 7 more rows: --details shows all, --json has them." in table_lines(
        table, Sheet()
    )
    assert any(line.startswith("l46") for line in table_lines(table, Sheet(details=True)))


def test_a_table_without_rows_says_so(full_answer):
    assert ["Nothing there", "no rows"] == table_lines(full_answer.tables[2], Sheet())


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "number", "-"), (True, "text", "yes"), (False, "count", "no"), ("a", "number", "a"),
        (6946816, "count", "6,946,816"), (0.62127, "share", "62.13%"), (1e-7, "share", "<0.01%"),
        (0.0312, "probability", "0.031"), (1e-9, "probability", "<1e-4"), (0.0, "probability", "0"),
        (float("inf"), "number", "inf"), (1200, "step", "1,200"), (512, "bytes", "512 B"),
        (4.4e7, "bytes", "44.0 MB"), (2.5, "count", "2.5"),
    ],
)  # fmt: skip
def test_cells_are_written_by_their_column(value, form, text):
    assert text == cell_text(value, form)
