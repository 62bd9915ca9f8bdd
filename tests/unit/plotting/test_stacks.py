"""Bars and their parts: what is there gets a cell, a whole is as wide as the picture."""

from paramdyn.analysis.answer import Bars
from paramdyn_tui.plotting.stacks import cells_of, stack_lines


def test_parts_share_the_whole_and_none_that_is_there_is_lost():
    cells = cells_of({"a": 0.999, "b": 0.001, "c": 0.0}, 1.0, 50)
    assert {"a": 49, "b": 1, "c": 0} == cells


def test_undefined_and_empty_parts_have_no_cells():
    assert {"a": 0, "b": 0} == cells_of({"a": None, "b": 0.0}, 1.0, 50)
    assert {"a": 0} == cells_of({"a": 1.0}, 0.0, 50)


def test_many_small_parts_stay_within_the_whole():
    cells = cells_of({str(n): 0.01 for n in range(10)} | {"rest": 0.9}, 1.0, 20)
    assert 20 == sum(cells.values())
    assert 1 == min(cells.values())


def test_lengths_are_written_behind_bars_and_nulls_named():
    picture = Bars("b", "Distances", ["child", "twin", "lost"], {"d": [2.0, 1.0, None]},
                   nulls=["twin"])  # fmt: skip
    lines = stack_lines(picture, width=50, color=False)
    assert "Distances" == lines[0]
    assert "child" == lines[1].split()[0]
    assert "2" == lines[1].split()[-1]
    assert lines[2].startswith("twin (null) ")
    assert (29, 14) == (lines[1].count("o"), lines[2].count("o"))
    assert lines[3].endswith("undef.")


def test_shares_of_a_whole_have_a_legend_and_classes_their_colours():
    picture = Bars("b", "Classes", ["a"], {"changed": [0.5], "structural": [0.5]}, "share")
    head, legend, bar = stack_lines(picture, width=60, color=False)
    assert ("Classes", "## changed   :: structural") == (head, legend)
    assert f"a {29 * '#'}{29 * ':'}" == bar
    assert "\x1b[48;5;31m" in stack_lines(picture, width=60, color=True)[2]
