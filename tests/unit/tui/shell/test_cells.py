"""Rows are exactly as wide as they were asked to be, whatever text they hold."""

import hypothesis.strategies as st
from hypothesis import given
from rich.cells import cell_len

from paramdyn_tui.tui.cells import (
    Span,
    beside,
    boxed,
    fitted,
    row_of,
    shortened,
    spread,
    text_of,
    whole_parts,
    width_of,
)

TEXT = st.text(st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Mn", "Me")), max_size=12)
ROWS = st.lists(st.builds(Span, TEXT, st.sampled_from(["text", "dim"])), max_size=6)
WIDTH = st.integers(0, 30)


@given(ROWS, WIDTH)
def test_a_fitted_row_has_its_width(row, width):
    assert width_of(fitted(row, width)) == width


@given(ROWS)
def test_a_row_with_room_is_filled_and_not_changed(row):
    before = "".join(text for text, _ in row)
    after = text_of(fitted(row, width_of(tuple(row)) + 3))
    assert after == before + "   "


@given(ROWS, ROWS, WIDTH)
def test_a_spread_row_has_its_width_and_its_right_part(left, right, width):
    row = spread(left, right, width)
    assert width_of(row) == width
    if width_of(tuple(right)) < width:
        assert text_of(row).endswith("".join(text for text, _ in right))


@given(TEXT, WIDTH, st.sampled_from(["start", "end", "both", "words"]))
def test_shortened_text_fits_and_keeps_what_fits(text, width, keep):
    short = shortened(text, width, keep=keep)
    assert cell_len(short) <= width
    assert short.isprintable()
    if text.isprintable() and cell_len(text) <= width:
        assert short == text


def test_shortened_text_keeps_the_end_that_is_asked_for():
    assert shortened("lenet-digits-s0", 8) == "lenet-d…"
    assert shortened("lenet-digits-s0", 8, keep="end") == "…gits-s0"
    assert shortened("lenet-digits-s0", 8, keep="both") == "len…s-s0"
    assert shortened("a\x1b[2Jb", 20) == "a\\x1b[2Jb"


def test_shortened_words_are_whole_where_one_fits():
    text = "what share of the parameters changes"
    assert shortened(text, 20, keep="words") == "what share of the …"
    assert shortened(text, 19, keep="words") == "what share of the …"
    assert shortened(text, 18, keep="words") == "what share of …"
    assert shortened(text, 4, keep="words") == "wha…"
    assert shortened("parameters", 8, keep="words") == "paramet…"
    assert shortened(" abc", 3, keep="words") == " a…"


def test_parts_of_a_row_are_whole_or_not_there():
    parts = [(Span("one"), Span(" two")), (Span(" three"),), (Span(" 4"),)]
    assert text_of(whole_parts(parts, 15)) == "one two three 4"
    assert text_of(whole_parts(parts, 14)) == "one two three "
    assert text_of(whole_parts(parts, 12)) == "one two     "
    assert text_of(whole_parts(parts, 6)) == "      "


@given(ROWS, st.integers(2, 30), st.integers(2, 6), TEXT, TEXT, TEXT, st.booleans())
def test_a_box_has_its_size(row, width, height, title, note, foot, focused):
    picture = boxed(
        [tuple(row)] * 3, width, height, title=(Span(title),) if title else (),
        note=(Span(note),) if note else (), foot=(Span(foot),) if foot else (), focused=focused,
    )  # fmt: skip
    assert [width_of(each) for each in picture] == [width] * height


def test_a_box_names_what_is_in_it_and_shows_the_focus():
    picture = boxed([row_of("hello")], 24, 3, title=(Span("loss"),), note=(Span("0.41"),))
    assert [text_of(row) for row in picture] == [
        "╭─ loss ──────── 0.41 ─╮",
        "│hello                 │",
        "╰──────────────────────╯",
    ]
    assert text_of(boxed([], 24, 3, focused=True)[0]) == "┏━━━━━━━━━━━━━━━━━━━━━━┓"
    narrow = boxed([], 12, 2, title=(Span("loss"),), note=(Span("0.41"),))
    assert text_of(narrow[0]) == "╭─ loss ───╮"


def test_pictures_stand_beside_each_other():
    both = beside([row_of("a")], [row_of("b")])
    assert [text_of(row) for row in both] == ["ab"]


def test_words_that_are_empty_leave_no_gap_in_a_frame():
    nothing = (Span(""), Span("", "dim"))
    plain = boxed([], 30, 3, title=(Span("log"),))
    assert boxed([], 30, 3, title=(Span("log"),), note=nothing, foot=nothing) == plain
    assert boxed([], 30, 3, title=nothing) == boxed([], 30, 3)
