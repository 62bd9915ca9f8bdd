"""The form on the screen: where the cursor is, what is typed, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Click, Key, Paste
from textual.widgets import Input

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.forms.fields import Field, Option
from paramdyn_tui.tui.forms.form import MORE, PRESET, Form
from paramdyn_tui.tui.forms.moves import (
    field_below,
    kept_field,
    next_field,
    option_beside,
    option_of_letter,
    proposals,
)
from paramdyn_tui.tui.forms.rows import rows_of
from paramdyn_tui.tui.forms.typed_line import TypedLine
from paramdyn_tui.tui.forms.view import Drawn, Shown, draw_form

if TYPE_CHECKING:
    from paramdyn_tui.tui.forms.checking import Checked


class FormPage(CellWidget):
    """All fields and what they mean; one of them can be typed into.

    Args:
        changed: Called when something else is said.
        start: Called when it is to be started.
        copy: Called when the command is to be copied.
    """

    SCOPE = "form"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")
    can_focus = True

    def __init__(
        self, *, changed: Callable[[], None], start: Callable[[], None], copy: Callable[[], None]
    ) -> None:
        super().__init__(classes="first-focus")
        self._changed, self._start, self._copy = changed, start, copy
        self._devices: tuple[Option, ...] = ()
        self._shown: Shown | None = None
        self._drawn = Drawn()
        self._line = TypedLine(lambda typed: proposals(self.form, self._field(), typed))

    def compose(self) -> ComposeResult:
        """Put the line to type into on the form."""
        yield self._line

    @property
    def form(self) -> Form | None:
        """What has been said; None before it is known where it starts."""
        return self._shown.form if self._shown is not None else None

    def show(self, form: Form) -> None:
        """Begin with a form."""
        self._shown = Shown(form, (), "")
        self._renew()
        self.go_to(PRESET if form.parent is not None else "model.name")

    def offer_devices(self, devices: Sequence[Option]) -> None:
        """Offer what a run can be trained on."""
        self._devices = tuple(devices)
        self._renew()
        self.repaint()

    def tell(
        self, checked: Checked | None = None, *, doing: str | None = None, doubt: bool = False
    ) -> None:
        """Show what was found out, or nothing in doubt; what is not given stays as it was."""
        if self._shown is None:
            return
        self._shown.checked = None if doubt else checked or self._shown.checked
        self._shown.doing = self._shown.doing if doing is None else doing
        self.repaint()
        self._place_line()

    def draw(self, width: int, height: int) -> Picture:
        """Return the form."""
        if self._shown is None:
            return []
        self._drawn = draw_form(self._shown, width, height, self.look)
        return self._drawn.picture

    def on_resize(self, _event: object) -> None:
        """Draw for the new size, and put the line where its field is now."""
        self.repaint()
        self._place_line()

    def go_to(self, key: str) -> None:
        """Go to a field; what was typed to find an option is taken first."""
        self._take_found()
        shown = self._shown
        if shown is None:
            return
        shown.cursor = key
        field = shown.field
        if field is not None and field.is_text:
            text = shown.form.text(key)
            self._line.edit(text if shown.form.is_said(key) else "", text)
        else:
            self._line.off()
        self.repaint()
        self._place_line()
        (self._line if self._line.display else self).focus()

    def step(self, by: int) -> None:
        """Go to the next field, or to the one before; around the end."""
        self._take_found()
        if self._shown is not None:
            self.go_to(next_field(self._shown.rows, self._shown.cursor, by))

    def action_next_field(self) -> None:
        """Go to the field below."""
        self._go_down(1)

    def action_previous_field(self) -> None:
        """Go to the field above."""
        self._go_down(-1)

    def action_change(self, where: str) -> None:
        """Choose the option before or after."""
        field = self._field()
        if field is None or field.is_text or self._shown is None:
            return
        if field.key == MORE:
            self.action_more()
            return
        now = self._shown.form.text(field.key)
        self._say(field.key, option_beside(field, now, 1 if where == "right" else -1))

    def action_list(self) -> None:
        """Show all options; of a field that is typed go on to the next one."""
        field = self._field()
        if self._line.finding or field is None or field.is_text or field.chips:
            self.step(1)
        elif field.key == MORE:
            self.action_more()
        else:
            choices = [Choice(each.value, each.value, each.about) for each in field.options]
            now = self._shown.form.text(field.key) if self._shown else None
            title = field.label or field.key.partition(".")[0]
            self.app.push_screen(ChoiceDialog(title, choices, now), self._chosen)

    def action_more(self) -> None:
        """Show or hide the fields that are seldom needed."""
        if self._shown is None:
            return
        self._take_found()
        self._shown.form.more = not self._shown.form.more
        self._renew()
        self.go_to(MORE)

    def action_start(self) -> None:
        """Start it."""
        self._take_found()
        self._start()

    def action_copy_command(self) -> None:
        """Copy the command."""
        self._copy()

    def step_out(self) -> bool:
        """Give up what is typed to find an option; tell whether something was."""
        finding = self._line.finding
        if finding and self._shown is not None:
            self._line.off()
            self._shown.found = ()
            self.go_to(self._shown.cursor)
        return finding

    def on_key(self, event: Key) -> None:
        """Find an option by its first letters, or a preset by its number."""
        field, letter = self._field(), event.character or ""
        if field is None or field.is_text or self._line.finding or field.key == MORE:
            return
        if not letter or not letter.isprintable():
            return
        event.stop()
        event.prevent_default()
        if not field.chips:
            self._find(letter, begin=True)
        elif value := option_of_letter(field, letter):
            self._say(field.key, value)

    def on_paste(self, event: Paste) -> None:
        """Find an option by a name that is pasted; a text goes to the line itself."""
        field, name = self._field(), event.text.split("\n")[0].strip()
        if field is not None and len(field.options) > 1 and not field.chips and name.isprintable():
            event.stop()
            self._find(name, begin=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what is typed."""
        event.stop()
        field = self._field()
        if field is None or not self._line.display:
            return
        if self._line.finding:
            self._find(event.value)
        elif field.is_text:
            self._say(field.key, event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field."""
        event.stop()
        self.action_list()

    def on_click(self, event: Click) -> None:
        """Go to the field that was clicked; a chip is chosen."""
        if self._shown is None:
            return
        row = event.y - 1 + self._drawn.first
        place = self._drawn.laid.at(row, event.x - 1) if event.y - 1 < self._drawn.height else None
        if place is None:
            return
        again = self._shown.cursor == place.key
        self.go_to(place.key)
        field = self._field()
        if place.value:
            self._say(place.key, place.value)
        elif field is not None and not field.is_text and (again or place.key == MORE):
            self.action_list()

    def _field(self) -> Field | None:
        return self._shown.field if self._shown is not None else None

    def _say(self, key: str, text: str) -> None:
        if self._shown is None:
            return
        self._shown.form.put(key, text)
        self._renew()
        self._changed()
        self.repaint()
        self._place_line()

    def _chosen(self, value: str | None) -> None:
        field = self._field()
        if value is not None and field is not None:
            self._say(field.key, value)
        self.go_to(self._shown.cursor if self._shown is not None else "")

    def _find(self, typed: str, *, begin: bool = False) -> None:
        if begin:
            self._line.find(typed)
            self._place_line()
            self._line.focus()
        field = self._field()
        if field is None or self._shown is None:
            return
        self._shown.found = [each.value for each in field.matching(typed)][:12] or ["no such name"]
        self.repaint()

    def _take_found(self) -> None:
        """Take what was typed to find an option."""
        field = self._field()
        if not self._line.finding or field is None or self._shown is None:
            return
        self._shown.found = ()
        self._line.off()
        if meant := field.meant(self._line.value):
            self._say(field.key, meant)

    def _renew(self) -> None:
        """Let the fields follow from what has been said; the cursor stays at one that is there."""
        shown = self._shown
        if shown is None:
            return
        before = shown.rows
        shown.rows = rows_of(shown.form, self._devices)
        shown.cursor = kept_field(before, shown.rows, shown.cursor)

    def _go_down(self, by: int) -> None:
        """Go to the field of the next row that is nearest."""
        self._take_found()
        if self._shown is not None:
            self.go_to(field_below(self._drawn.laid, self._shown.cursor, by))

    def _place_line(self) -> None:
        """Put the line to type into where its field is."""
        cursor = self._shown.cursor if self._shown is not None else ""
        box = self._drawn.laid.boxes.get(cursor)
        if self._line.display and box is not None:
            self._line.put(box.column + 2, box.row - self._drawn.first + 1, box.width - 1)
