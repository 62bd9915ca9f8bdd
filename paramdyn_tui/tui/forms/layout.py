"""A form as rows of cells, and where on them each field is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from paramdyn_tui.tui.cells import Look, Picture, Span, fitted, shortened, width_of
from paramdyn_tui.tui.dialogs.message import message_rows
from paramdyn_tui.tui.forms.fields import Field, FormRow, Option
from paramdyn_tui.tui.forms.form import MORE, PRESET, Form

MARGIN = 11
"""Characters of the titles at the left."""
GAP = 2
LEAST = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is.

    Attributes:
        key: Of the field.
        value: What a click there chooses; empty: the field as such.
        row: Counted from the first row of the form.
        column: Its first cell.
        width: Cells.
    """

    key: str
    value: str
    row: int
    column: int
    width: int


@dataclass(slots=True)
class Laid:
    """A form on cells.

    Attributes:
        rows: All of it, as long as it needs.
        boxes: Key -> where the box of the field is.
        places: Where a click does something.
    """

    rows: Picture = field(default_factory=list)
    boxes: dict[str, Place] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    def at(self, row: int, column: int) -> Place | None:
        """Return what is at a cell; of a chip its own place."""
        found = [
            place
            for place in self.places
            if place.row == row and place.column <= column < place.column + place.width
        ]
        return min(found, key=lambda place: place.width, default=None)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is not broken over lines: a box with its label, or a chip.

    Attributes:
        key: Of the field.
        value: Of the chip.
        label: Before the box.
        box: The box.
    """

    key: str
    value: str
    label: tuple[Span, ...]
    box: tuple[Span, ...]

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return width_of(self.label) + width_of(self.box)


def lay_out(
    form: Form,
    rows: Sequence[FormRow],
    *,
    width: int,
    cursor: str,
    problems: Mapping[str, Sequence[str]],
    look: Look,
) -> Laid:
    """Return a form on cells.

    Args:
        form: What has been said.
        rows: Its fields.
        width: Cells of a row; fields that do not fit beside each other stand below each other.
        cursor: Key of the field at the cursor.
        problems: Key -> what is wrong there, shown below the row.
        look: What the terminal can show.
    """
    laid = Laid()
    for row in rows:
        _put_row(laid, form, row, width, cursor, problems, look)
        for each in row.fields:
            for text in problems.get(each.key, ()):
                _put_problem(laid, text, width, look)
    return laid


def _put_row(
    laid: Laid,
    form: Form,
    row: FormRow,
    width: int,
    cursor: str,
    problems: Mapping[str, Sequence[str]],
    look: Look,
) -> None:
    spans: list[Span] = [Span(f" {row.title:<{MARGIN - 1}}", "dim")]
    at = MARGIN
    for each in row.fields:
        for unit in units_of(form, each, at_cursor=each.key == cursor, look=look,
                             wrong=each.key in problems, room=width - MARGIN):  # fmt: skip
            if at > MARGIN and at + unit.width > width:
                laid.rows.append(fitted(spans, width))
                spans, at = [Span(" " * MARGIN)], MARGIN
            spans += [*unit.label, *unit.box, Span(" " * GAP)]
            start = at + width_of(unit.label)
            box = Place(unit.key, unit.value, len(laid.rows), start, width_of(unit.box))
            laid.places.append(box)
            laid.boxes.setdefault(unit.key, box)
            at += unit.width + GAP
    laid.rows.append(fitted(spans, width))


def _put_problem(laid: Laid, text: str, width: int, look: Look) -> None:
    sign = "x " if look.ascii_only else "✖ "
    for index, row in enumerate(message_rows(text, max(width - MARGIN - 3, LEAST), "bad")):
        head = Span(" " * MARGIN + (sign if index == 0 else "  "), "bad")
        laid.rows.append(fitted((head, *row), width))


def units_of(
    form: Form, each: Field, *, at_cursor: bool, look: Look, wrong: bool, room: int
) -> list[Unit]:
    """Return a field as what is not broken over lines."""
    if each.chips:
        return _chips(form, each, at_cursor=at_cursor, look=look)
    label = (Span(f"{each.label} ", "dim"),) if each.label else ()
    style = _style(form, each, at_cursor=at_cursor, wrong=wrong)
    if each.key == MORE:
        text = f"{'-' if form.more else '+'} {each.about}"
        return [Unit(each.key, "", (), (Span(f" {text} ", "cursor" if at_cursor else "link"),))]
    least = room - width_of(label) - (4 if each.options else 2)
    text = form.text(each.key)
    value = shortened(text, max(min(each.width, least), 1)).ljust(max(min(each.width, least), 1))
    return [Unit(each.key, "", label, _box(each, value, style, look, at_cursor=at_cursor))]


def _style(form: Form, each: Field, *, at_cursor: bool, wrong: bool) -> str:
    if at_cursor:
        return "cursor"
    if wrong:
        return "field-bad"
    return "input" if form.is_said(each.key) else "bar"


def _box(each: Field, value: str, style: str, look: Look, *, at_cursor: bool) -> tuple[Span, ...]:
    if each.options:
        left, right = ("<", ">") if look.ascii_only else ("◂", "▸")
        arrows = "focus" if at_cursor else "dim"
        return (Span(f"{left} ", arrows), Span(value, style), Span(f" {right}", arrows))
    if look.color:
        return (Span(f" {value} ", style),)
    return (Span("[", "dim"), Span(value, style), Span("]", "dim"))


def _chips(form: Form, each: Field, *, at_cursor: bool, look: Look) -> list[Unit]:
    chosen = form.text(each.key)
    units = []
    for number, option in enumerate(each.options):
        label: tuple[Span, ...] = ()
        if number == 0 and each.label:
            label = (Span(f"{each.label} ", "dim"),)
        box = _chip(option, number, each, at_cursor=at_cursor, on=option.value == chosen, look=look)
        units.append(Unit(each.key, option.value, label, box))
    return units


def _chip(
    option: Option, number: int, each: Field, *, at_cursor: bool, on: bool, look: Look
) -> tuple[Span, ...]:
    style = ("cursor" if at_cursor else "chip") if on else "bar"
    faint = ("cursor-dim" if at_cursor else style) if on else "bar-dim"
    numbered = each.key == PRESET and number < 9
    key = (Span(f" {number + 1}", faint),) if numbered else ()
    if look.color:
        return (*key, Span(f" {option.value} ", style))
    left, right = "[]" if on else "  "
    return (*key, Span(f"{left}{option.value}{right}", style))
