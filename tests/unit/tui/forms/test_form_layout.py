"""A form on cells: nothing overlaps, nothing is cut off, at any width and with any problem."""

import pytest

from paramdyn.specs.run_spec import RunSpec
from paramdyn_tui.tui.cells import Look, text_of, width_of
from paramdyn_tui.tui.forms.checking import Checked, Run
from paramdyn_tui.tui.forms.fields import Field, Option
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.layout import lay_out
from paramdyn_tui.tui.forms.moves import field_below, kept_field, next_field, option_of_letter
from paramdyn_tui.tui.forms.rows import fields_of, rows_of
from paramdyn_tui.tui.forms.view import Shown, draw_form

LONG = "something is wrong here, and what it is takes quite a few words to say. " * 2


def everything():
    form = Form()
    form.more = True
    for number, name in enumerate(("sign-flip", "distort", "ulp")):
        form.put(f"perturb/{number}/name", name)
    form.put("dataset.name", "synthetic")
    form.put("optimizer.name", "adam")
    form.put("initializer.name", "weights")
    return form


@pytest.mark.parametrize("width", [38, 78, 118, 198])
@pytest.mark.parametrize(
    "look", [Look(), Look(color=False, ascii_only=True)], ids=["dark", "plain"]
)
def test_no_two_fields_overlap_and_none_leaves_the_page(width, look):
    form = everything()
    rows = rows_of(form)
    problems = {field.key: [LONG] for field in fields_of(rows)}
    laid = lay_out(form, rows, width=width, cursor="model.name", problems=problems, look=look)
    assert {field.key for field in fields_of(rows)} == set(laid.boxes)
    assert all(width_of(row) == width for row in laid.rows)
    taken = [
        (place.row, column)
        for place in laid.places
        for column in range(place.column, place.column + place.width)
    ]
    assert len(taken) == len(set(taken))
    assert all(column < width for _, column in taken)
    written = " ".join(text_of(row) for row in laid.rows)
    assert len(problems) == written.count("x something" if look.ascii_only else "✖ something")


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 23), (120, 35), (200, 49)])
def test_the_field_at_the_cursor_is_always_shown(width, height):
    form = everything()
    rows = rows_of(form)
    for field in fields_of(rows):
        shown = Shown(form, rows, field.key, Checked(problems={field.key: [LONG]}))
        drawn = draw_form(shown, width, height, Look())
        box = drawn.laid.boxes[field.key]
        assert drawn.first <= box.row < drawn.first + drawn.height, field.key
        assert height == len(drawn.picture)
        assert all(width == width_of(row) for row in drawn.picture)


def test_what_would_be_trained_is_listed_where_there_is_room():
    form = Form()
    runs = (Run("lenet-a", "child", existing=False, epochs=3), Run("lenet-b", "twin", True, 3, "x"))
    checked = Checked(spec=RunSpec(), runs=runs, seconds=120.0, past=4)
    shown = Shown(form, rows_of(form), "model.name", checked)
    pictures = [draw_form(shown, *size, Look()).picture for size in ((80, 23), (200, 49))]
    small, large = ("\n".join(map(text_of, picture)) for picture in pictures)
    for text in ("1 run ", "1 there already", "3 epochs", "≈ 2m00s here (4 past runs)"):
        assert text in small
        assert text in large
    assert "lenet-b" in large


def test_problems_that_no_field_shows_are_said_in_full():
    form = Form()
    checked = Checked(problems={"": ["the disk is away."], "seeds.order": ["found -1."]})
    shown = Shown(form, rows_of(form), "model.name", checked)
    text = "\n".join(map(text_of, draw_form(shown, 80, 23, Look()).picture))
    assert "the disk is away." in text
    assert "found -1." in text


def test_tab_goes_through_every_field_and_around():
    rows = rows_of(everything())
    keys = [field.key for field in fields_of(rows)]
    here = keys[0]
    for key in [*keys[1:], keys[0]]:
        here = next_field(rows, here, 1)
        assert key == here
    assert keys[-1] == next_field(rows, keys[0], -1)


def test_down_goes_to_the_nearest_field_of_the_next_row():
    form = Form()
    laid = lay_out(form, rows_of(form), width=78, cursor="", problems={}, look=Look())
    assert "initializer.name" == field_below(laid, "model.name", 1)
    assert "more" == field_below(laid, "model.name", -1)


def test_a_field_that_is_gone_leaves_the_cursor_at_the_one_before():
    form = everything()
    before = rows_of(form)
    form.put("perturb/2/name", "none")
    assert "perturb/2/name" == kept_field(before, rows_of(form), "perturb/2/amount")
    form.put("optimizer.name", "sgd")
    assert "optimizer.learning_rate" == kept_field(before, rows_of(form), "optimizer.options.betas")


@pytest.mark.parametrize(
    ("typed", "free", "meant"),
    [
        ("resnet18", False, "resnet18"), ("resnet1", False, "resnet18"), ("18", False, "resnet18"),
        ("xyz", False, ""), ("xyz", True, "xyz"), ("my.package:net", True, "my.package:net"),
        ("", True, ""), ("LE", False, "lenet"),
    ],
)  # fmt: skip
def test_first_letters_mean_an_option(typed, free, meant):
    field = Field("model.name", options=(Option("lenet"), Option("resnet18")), free=free)
    assert meant == field.meant(typed)


def test_digits_choose_presets_and_letters_chips():
    chips = Field("preset", options=(Option("sign-flip"), Option("noise:0.01")), chips=True)
    assert "noise:0.01" == option_of_letter(chips, "2")
    assert "noise:0.01" == option_of_letter(chips, "n")
    assert "" == option_of_letter(chips, "9")
