import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramdyn.store.manifest import ParameterInfo
from paramdyn_tui.tui.cells import Look, text_of, width_of
from paramdyn_tui.tui.charts.heat import Heat, draw_heat, heat_legend, heat_scale
from paramdyn_tui.tui.charts.heat_columns import column_values
from paramdyn_tui.tui.charts.heat_rows import with_layers
from paramdyn_tui.tui.charts.viewport import Viewport

LOOKS = [Look(), Look(color=False), Look(ascii_only=True), Look(color=False, ascii_only=True)]


def heat_of(values, **more):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    settings_ = {
        "labels": [f"layer{index}.conv" for index in range(len(values))],
        "x": np.arange(float(values.shape[1])),
        "defined": np.ones(values.shape, bool),
        "left": 0.0,
        "right": max(values.shape[1] - 1.0, 1.0),
    }
    return Heat(values=values, **(settings_ | more))


def styles(picture, row):
    """Return the style of each cell of a row."""
    return [style for text, style in picture[row] for _ in text]


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(1, 70), height=st.integers(1, 14), look=st.sampled_from(LOOKS),
    values=hnp.arrays(float, st.tuples(st.integers(0, 30), st.integers(0, 12)),
                      elements=st.floats(allow_nan=True, allow_infinity=True)),
    log=st.booleans(), per_row=st.booleans(), squeeze=st.booleans(), data=st.data(),
)  # fmt: skip
def test_any_picture_has_the_size_that_was_asked_for(
    width, height, look, values, log, per_row, squeeze, data
):
    rows, times = values.shape
    x = np.sort(data.draw(hnp.arrays(float, times, elements=st.floats(-5, 50))))
    heat = Heat(
        [f"層 {index}" for index in range(rows)], x, values,
        data.draw(hnp.arrays(bool, values.shape)), 0.0, 30.0, log=log, per_row=per_row,
        keep=data.draw(st.sampled_from(["max", "min"])), marks=[(3.0, "p")], squeeze=squeeze,
    )  # fmt: skip
    cursor = data.draw(st.none() | st.floats())
    first = data.draw(st.integers(-3, 40))
    picture = draw_heat(heat, width, height, look, cursor, first, selected=first)
    assert [width] * height == [width_of(row) for row in picture]
    assert "".join(text_of(row) for row in picture).isprintable()


def naive_columns(heat, columns):
    """Look for what each cell shows record by record."""
    shown = np.full((len(heat.values), columns), np.nan)
    there = np.zeros(columns, bool)
    middle = (columns - 1) / (heat.right - heat.left)
    place = np.floor((heat.x - heat.left) * middle + 0.5)
    for column in range(columns):
        own = np.flatnonzero(place == column)
        before = np.flatnonzero(place < column)
        if not len(own) and (not len(before) or not (place > column).any()):
            continue
        there[column] = True
        if not len(own):
            own = (
                np.flatnonzero(place == place[before[-1]])
                if place[before[-1]] >= 0
                else before[-1:]
            )
        for row in range(len(heat.values)):
            known = [v for t in own for v in [heat.values[row, t]] if heat.defined[row, t]]
            if known and np.isfinite(known).all():
                shown[row, column] = max(known)
    return shown, there


@settings(deadline=None)
@given(
    gaps=st.lists(st.integers(0, 9), min_size=1, max_size=30), columns=st.integers(2, 25),
    edges=st.tuples(st.integers(-3, 5), st.integers(6, 90)), seed=st.integers(0, 99),
)  # fmt: skip
def test_cells_show_what_was_recorded_in_their_time(gaps, columns, edges, seed):
    rng = np.random.default_rng(seed)
    x = np.cumsum(gaps) * 0.77
    values = rng.normal(size=(3, len(x)))
    values[rng.random(values.shape) < 0.1] = np.nan
    heat = heat_of(values, x=x, defined=rng.random(values.shape) < 0.8, left=float(edges[0]),
                   right=float(edges[1]))  # fmt: skip
    shown, defined, there = column_values(heat, Viewport(heat.left, heat.right), columns)
    expected, expected_there = naive_columns(heat, columns)
    assert expected_there.tolist() == there[0].tolist()
    known = defined & np.isfinite(shown)
    np.testing.assert_array_equal(np.where(known, shown, np.nan), expected)


def test_a_row_each_where_there_is_room():
    heat = heat_of([[0, 1, 2, 3], [3, 2, 1, 0]])
    picture = draw_heat(heat, 50, 6, LOOKS[0])
    assert text_of(picture[0]).startswith("layer0.conv ")
    assert text_of(picture[1]).rstrip().endswith("0")
    cells = [style for style in styles(picture, 0) if style.startswith("h")]
    assert ("h0", "h11") == (cells[0], cells[-1])
    levels = [int(style[1:]) for style in cells]
    assert sorted(levels) == levels
    assert text_of(picture[-1]).startswith("epoch")


def test_two_rows_share_a_line_where_there_is_colour():
    heat = heat_of(np.arange(6)[:, None] * np.ones((6, 8)))
    picture = draw_heat(heat, 50, 4, LOOKS[0])
    assert "h0/2" in styles(picture, 0)
    assert "▀" in text_of(picture[0])
    assert "h9/11" in styles(picture, 2)


def test_neighbours_are_put_together_where_there_is_none():
    values = np.zeros((40, 8))
    values[17, 3] = 9.0
    picture = draw_heat(heat_of(values), 50, 5, LOOKS[1])
    assert "@" in "".join(text_of(row) for row in picture[:4])
    assert "+9" in text_of(picture[0])
    low = draw_heat(heat_of(0 - values, keep="min"), 50, 5, LOOKS[1], cursor=3.0)
    assert ["0", "-9", "0", "0"] == [text_of(row).split()[-1] for row in low[:4]]


def test_rows_may_be_scrolled_instead():
    heat = heat_of(np.arange(40)[:, None] * np.ones((40, 8)), squeeze=False)
    picture = draw_heat(heat, 50, 5, LOOKS[1], first_row=20, selected=21)
    assert text_of(picture[0]).startswith("layer20")
    assert "cursor" == styles(picture, 1)[0]
    assert "text" == styles(picture, 0)[0]
    assert text_of(picture[0])[20] in "+=*"  # on the scale of all rows


def test_what_has_no_value_looks_like_nothing_else():
    defined = np.array([[True] * 8, [False] * 8, [True] * 8])
    values = np.array([[1.0] * 4 + [np.nan] * 4, [2.0] * 8, [0.0] * 8])
    heat = heat_of(values, defined=defined, right=15.0)
    picture = draw_heat(heat, 60, 4, LOOKS[0])
    assert {"hn", "h11"} <= set(styles(picture, 0))
    assert "hu" in styles(picture, 1)
    assert text_of(picture[0]).rstrip().endswith("nan")
    assert text_of(picture[1]).rstrip().endswith("undef.")
    plain = draw_heat(heat, 60, 4, LOOKS[3])
    assert "@!" in text_of(plain[0])
    assert "???" in text_of(plain[1])
    future = styles(picture, 0)[-16:-9]
    assert {"text"} == set(future)


def test_a_new_record_changes_its_own_column_only():
    values = np.random.default_rng(0).random((5, 30))
    values[:, 0] = [0, 1, 0, 1, 0]
    pictures = [draw_heat(heat_of(values[:, :n], right=60.0), 80, 6, LOOKS[0]) for n in (20, 21)]
    old, new = (styles(picture, 2) for picture in pictures)
    changed = [index for index, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
    assert changed
    assert max(changed) - min(changed) <= 1


def test_the_cursor_shows_the_values_there():
    heat = heat_of([[1, 2, 3, 4.5]])
    assert text_of(draw_heat(heat, 50, 2, LOOKS[0], cursor=1.5)[0]).rstrip().endswith(" 2")
    assert text_of(draw_heat(heat, 50, 2, LOOKS[0])[0]).rstrip().endswith(" 4.5")
    assert "╎" in text_of(draw_heat(heat, 50, 2, LOOKS[0], cursor=1.5)[0])


def test_each_row_may_have_its_own_scale():
    values = np.array([[0.0, 1.0], [0.0, 1000.0]])
    joint = draw_heat(heat_of(values), 50, 3, LOOKS[0])
    own = draw_heat(heat_of(values, per_row=True), 50, 3, LOOKS[0])
    assert "h11" not in styles(joint, 0)
    assert "h11" in styles(own, 0)
    assert heat_scale(heat_of(values, per_row=True)) is None


def test_a_logarithmic_scale_has_equal_ratios():
    picture = draw_heat(heat_of([[1e-4, 1e-2, 1.0]], log=True), 50, 2, LOOKS[0])
    assert {"h0", "h6", "h11"} <= set(styles(picture, 0))


def test_a_legend_says_what_levels_stand_for():
    heat = heat_of([[0.5, 2.0]])
    assert f"0.5 {' ' * 12} 2" == text_of(heat_legend(heat, LOOKS[0]))
    assert "0.5  .:-=+*#%@ 2" == text_of(heat_legend(heat, LOOKS[1]))
    assert "least" in text_of(heat_legend(heat_of([[1.0]], per_row=True), LOOKS[0]))
    fixed = heat_scale(heat_of([[0.5, 2.0]], low=0.0, high=9.0))
    assert (0.0, 9.0) == (fixed.low, fixed.high)


def test_parameters_become_layers_where_there_are_more_than_fit():
    table = tuple(
        ParameterInfo(f"l{layer}.{kind}", (4,), 4, f"l{layer}", "other", True)
        for layer in range(3)
        for kind in ("weight", "bias")
    )
    heat = heat_of(np.array([3.0, 4.0, 0, 0, 0, 0])[:, None] * np.ones((6, 2)))
    layers = with_layers(heat, table, "displacement", np.ones(6), 3)
    assert ["l0", "l1", "l2"] == list(layers.labels)
    assert 5.0 == layers.values[0, 0]
    assert 6 == len(with_layers(heat, table, "displacement", np.ones(6), 6).labels)
    assert "min" == with_layers(heat, table, "straightness", np.ones(6), 3).keep


@pytest.mark.parametrize("look", LOOKS[::3], ids=["color", "plain"])
def test_a_heatmap_looks_as_it_did(golden, look):
    x = np.arange(20.0)
    values = np.outer(np.linspace(0.2, 1, 7), 1 - np.exp(-x / 6))
    values[2, 12:] = np.inf
    heat = heat_of(values, x=x, right=40.0, marks=[(8.0, "p")])
    picture = draw_heat(heat, 60, 5 if look.color else 9, look, cursor=15.0, selected=3)
    text = "\n".join(
        text_of(row) + "\n" + " ".join(f"{len(t)}{s}" for t, s in row)
        if look.color
        else text_of(row)
        for row in picture
    )
    golden(f"charts/heat-{'color' if look.color else 'plain'}.txt", text + "\n")
