"""The form as a picture: fields above or at the left, and what they mean below or at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from paramdyn_tui.formatting import count, duration
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, boxed, fitted, shortened, width_of
from paramdyn_tui.tui.dialogs.message import message_rows
from paramdyn_tui.tui.forms.checking import Checked, Run
from paramdyn_tui.tui.forms.fields import Field, FormRow
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.layout import Laid, lay_out
from paramdyn_tui.tui.forms.words import command_lines, command_of

WIDE = 132
"""Cells from which on two columns stand beside each other."""
FORM_WIDTH = 84
COMMAND_LINES, MOST_PROBLEMS = 3, 3


@dataclass(slots=True)
class Shown:
    """What a form shows.

    Attributes:
        form: What has been said.
        rows: Its fields.
        cursor: Key of the field at the cursor.
        checked: What was found out about it; None while that goes on.
        doing: What is going on, such as that it starts; empty for nothing.
        first: The first row of the fields that is shown.
        found: What a text that is typed to find an option may become.
    """

    form: Form
    rows: Sequence[FormRow]
    cursor: str
    checked: Checked | None = None
    doing: str = ""
    first: int = 0
    found: Sequence[str] = ()

    @property
    def field(self) -> Field | None:
        """The field at the cursor."""
        fields = (each for row in self.rows for each in row.fields)
        return next((each for each in fields if each.key == self.cursor), None)


@dataclass(slots=True)
class Drawn:
    """A form on a screen.

    Attributes:
        picture: The cells.
        laid: Where fields are, counted from the first row of the form.
        first: The first row that is shown.
        height: How many rows of fields are shown.
    """

    picture: Picture = field(default_factory=list)
    laid: Laid = field(default_factory=Laid)
    first: int = 0
    height: int = 1


def draw_form(shown: Shown, width: int, height: int, look: Look) -> Drawn:
    """Return a form in its frame.

    Args:
        shown: What it shows.
        width: Of the frame.
        height: Of the frame.
        look: What the terminal can show.
    """
    inner, tall = max(width - 2, 1), max(height - 2, 1)
    wide = inner >= WIDE
    left = min(FORM_WIDTH, inner * 3 // 5) if wide else inner
    problems = shown.checked.problems if shown.checked is not None else {}
    laid = lay_out(
        shown.form, shown.rows, width=left, cursor=shown.cursor, problems=problems, look=look
    )
    if wide:
        below = [_hint(shown, left, look)]
        room = max(tall - len(below), 1)
        fields = _window(shown, laid, room)
        right = _meaning(shown, inner - left - 3, tall, look, plan=True)
        body = _side_by_side([*fields, *_filled(fields, room), *below], right, left, inner)
    else:
        plan = tall - len(laid.rows) > 14
        meaning = _meaning(
            shown, inner - 2, COMMAND_LINES + (5 if tall < 26 else 12), look, plan=plan
        )
        below = [_rule(inner), *((Span(" "), *row) for row in meaning), _hint(shown, inner, look)]
        below = below[: max(tall - 3, 0)]
        room = max(tall - len(below), 1)
        fields = _window(shown, laid, room)
        body = [*fields, *_filled(fields, room), *below]
    foot = _foot(laid, shown.first, room)
    title, note = _title(shown, inner)
    picture = boxed(body, width, height, title=title, note=note, foot=foot, focused=True)
    return Drawn(picture, laid, shown.first, room)


def _window(shown: Shown, laid: Laid, room: int) -> Picture:
    """Return the rows around the cursor, and remember which the first one is."""
    box = laid.boxes.get(shown.cursor)
    row = box.row if box is not None else 0
    last = row
    while last + 1 < len(laid.rows) and any(style == "bad" for _, style in laid.rows[last + 1]):
        last += 1  # what is wrong with the field comes with it
    first = min(max(shown.first, min(last, row + room - 1) - room + 1), row)
    shown.first = max(min(first, len(laid.rows) - room), 0)
    return laid.rows[shown.first : shown.first + room]


def _filled(rows: Picture, room: int) -> Picture:
    return [() for _ in range(room - len(rows))]


def _side_by_side(left: Picture, right: Picture, width: int, inner: int) -> Picture:
    rows = []
    for index, row in enumerate(left):
        other = right[index] if index < len(right) else ()
        rows.append((*fitted(row, width), Span(" │ ", "frame"), *fitted(other, inner - width - 3)))
    return rows


def _title(shown: Shown, width: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    parent = shown.form.parent
    if parent is None:
        return (Span("New run", "title"),), (Span("nothing said: the defaults", "dim"),)
    name = shortened(parent.name, max(width - 20, 8), keep="both")
    return (Span("Fork  ", "title"), Span(name, "strong")), ()


def _foot(laid: Laid, first: int, room: int) -> tuple[Span, ...]:
    below = len(laid.rows) - first - room
    parts = [f"{first} above" if first else "", f"{below} below" if below > 0 else ""]
    text = ", ".join(part for part in parts if part)
    return (Span(f"{text}", "dim"),) if text else ()


def _rule(width: int) -> Row:
    return (Span("─" * width, "frame"),)


def _hint(shown: Shown, width: int, look: Look) -> Row:
    """Return what the field at the cursor is, and what can be done there."""
    each = shown.field
    if each is None:
        return ()
    if shown.found:
        return fitted((Span(" " + shortened("  ".join(shown.found), width - 2), "title"),), width)
    option = each.option(shown.form.text(each.key))
    about = shown.form.matched(each.key) or (option.about if option is not None else "")
    about = about or each.about
    keys = ""
    if each.chips or len(each.options) == 1:
        keys = "left, right"
    elif each.options:
        enter = "enter" if look.ascii_only else "⏎"
        keys = f"{len(each.options)} choices: {enter} lists them, or type"
    room = max(width - len(keys) - 4, 0)
    text = shortened(about, room, keep="words")
    space = " " * max(room - width_of((Span(text),)), 0)
    return fitted((Span(f" {text}{space}  ", "title"), Span(keys, "dim")), width)


def _meaning(shown: Shown, width: int, height: int, look: Look, *, plan: bool) -> Picture:
    """Return the command, whether it is valid, how much it is, and how long it takes."""
    status = _status(shown, width, look)
    rows = _command(shown, width, max(height - len(status) - 1, 1) if plan else COMMAND_LINES)
    rows = [*rows, *status]
    if plan and shown.checked is not None and len(shown.checked.runs or ()) > 1:
        rows += [(), *_plan(shown.checked.runs or (), width, look)]
    return rows[:height]


def _command(shown: Shown, width: int, most: int) -> Picture:
    lines = command_lines(command_of(shown.form), max(width - 2, 16))
    if len(lines) > most:
        lines = [*lines[:most]]
        lines[-1] = shortened(lines[-1].removesuffix(" \\") + " …", width - 2)
    return [
        (Span("$ " if index == 0 else "  ", "dim"), Span(shortened(line, width - 2), "text"))
        for index, line in enumerate(lines)
    ]


def _status(shown: Shown, width: int, look: Look) -> Picture:
    if shown.doing:
        return [(Span(shortened(shown.doing, width), "live"),)]
    checked = shown.checked
    if checked is None:
        return [(Span("checking ...", "dim"),)]
    if checked.problems:
        return _wrong(shown, checked, width, look)
    good = "ok" if look.ascii_only else "✔ valid"
    parts = [Span(good, "good"), *(Span(f"   {text}", "text") for text in _amount(checked))]
    time = _time(checked)
    rows = [(*parts, Span(f"   {time}", "strong"))] if time else [tuple(parts)]
    if width_of(rows[0]) > width:
        rows = [tuple(parts), *message_rows(time, width, "strong")]
    if checked.twins:
        text = f"{checked.twins[0]} is there already: it is trained again, under another name."
        rows += message_rows(text, width, "warn")[:2]
    return rows


def _wrong(shown: Shown, checked: Checked, width: int, look: Look) -> Picture:
    """Return how much is wrong, and what no field shows."""
    sign = "x" if look.ascii_only else "✖"
    number = checked.number_of_problems
    visible = {each.key for row in shown.rows for each in row.fields}
    hidden = [text for key, texts in checked.problems.items() if key not in visible
              for text in texts]  # fmt: skip
    text = f"{sign} {number} problem{'s' * (number != 1)}"
    rows: Picture = [(Span(text, "bad"), Span("   correct what is marked", "dim"))]
    if len(hidden) == number:
        rows = []
    for each in hidden[:MOST_PROBLEMS]:
        rows += message_rows(f"{sign} {each}", width, "bad")
    return rows


def _amount(checked: Checked) -> list[str]:
    if checked.runs is None:
        return ["counting the runs ..."]
    train = checked.to_train
    there = len(checked.runs) - len(train)
    epochs = sum(run.epochs for run in train)
    found = [f"{count(len(train))} run{'s' * (len(train) != 1)}"]
    found += [f"{count(there)} there already"] if there else []
    return [*found, f"{count(epochs)} epoch{'s' * (epochs != 1)}"]


def _time(checked: Checked) -> str:
    """Return how long it takes, in words; nothing when no past run tells."""
    if checked.seconds is None or checked.spec is None:
        return ""
    past = f"{checked.past} past run{'s' * (checked.past != 1)}"
    own, train = checked.spec.training.epochs, checked.to_train
    if len(train) < 2:
        return f"≈ {duration(checked.seconds)} here ({past})"
    whole = checked.seconds * sum(run.epochs for run in train) / max(own, 1)
    return f"≈ {duration(checked.seconds)} a run ({past}), {duration(whole)} in all"


def _plan(runs: Sequence[Run], width: int, look: Look) -> Picture:
    """Return a row a run: what it is, whether it is there, what for."""
    arm = max((len(run.arm) for run in runs), default=0)
    rows: Picture = []
    for run in runs:
        sign, style = ("+", "live") if not run.existing else ("=", "good")
        if not look.ascii_only:
            sign = "✔" if run.existing else "+"
        about = "there already" if run.existing else run.about
        name = shortened(run.name, max((width - arm - 4) // 2, 12), keep="both")
        head = (Span(f"{sign} ", style), Span(f"{run.arm:<{arm}}  ", "strong"))
        room = max(width - width_of(head) - len(name) - 2, 0)
        rest = (Span(f"{name}  ", "text"), Span(shortened(about, room), "dim"))
        rows.append(fitted((*head, *rest), width))
    return rows
