"""Where a key leads on a form: to which field, to which option."""

from __future__ import annotations

from collections.abc import Sequence

from paramdyn_tui.tui.forms.fields import Field, FormRow
from paramdyn_tui.tui.forms.form import PRESET, Form
from paramdyn_tui.tui.forms.layout import Laid
from paramdyn_tui.tui.forms.rows import fields_of


def next_field(rows: Sequence[FormRow], key: str, by: int) -> str:
    """Return the key of the field so many after one, around the end."""
    keys = [each.key for each in fields_of(rows)]
    here = keys.index(key) if key in keys else 0
    return keys[(here + by) % len(keys)]


def field_below(laid: Laid, key: str, by: int) -> str:
    """Return the key of the nearest field in the next row that has one, around the end.

    Args:
        laid: Where fields are.
        key: Of the field to start from.
        by: 1 for below, -1 for above.
    """
    here = laid.boxes.get(key)
    if here is None:
        return key
    rows = sorted({box.row for box in laid.boxes.values()})
    row = rows[(rows.index(here.row) + by) % len(rows)]
    near = [box for box in laid.boxes.values() if box.row == row]
    return min(near, key=lambda box: abs(box.column - here.column)).key


def kept_field(before: Sequence[FormRow], now: Sequence[FormRow], key: str) -> str:
    """Return the key of a field, or of one before it where it is not there any more."""
    keys = [each.key for each in fields_of(now)]
    if key in keys or not key or not keys:
        return key
    old = [each.key for each in fields_of(before)]
    here = old.index(key) if key in old else 0
    return next((each for each in reversed(old[:here]) if each in keys), keys[0])


def option_beside(field: Field, now: str, by: int) -> str:
    """Return the option so many after one, around the end."""
    values = [each.value for each in field.options]
    here = values.index(now) if now in values else 0
    return values[(here + by) % len(values)]


def option_of_letter(field: Field, letter: str) -> str:
    """Return the chip that a letter chooses, of the presets by its number; maybe nothing."""
    number = int(letter) - 1 if letter.isdecimal() and letter.isascii() else -1
    if field.key == PRESET and 0 <= number < len(field.options):
        return field.options[number].value
    found = field.matching(letter)
    return found[0].value if found and found[0].value.startswith(letter.lower()) else ""


def proposals(form: Form | None, field: Field | None, typed: str) -> list[str]:
    """Return what a text may become: names of options, or globs over layers."""
    if form is None or field is None:
        return []
    if field.options:
        return [each.value for each in field.matching(typed)]
    if field.key.endswith("/layers"):
        head, bar, last = typed.rpartition("|")
        return [f"{head}{bar}{glob}" for glob in form.layers_of() if glob.startswith(last)]
    return []
