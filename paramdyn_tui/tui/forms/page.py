"""The form on the screen: where the cursor is, what is typed, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Blur, Click, Key, MouseScrollDown, MouseScrollUp
from textual.widgets import Input

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.dialogs.prompt import Completion
from paramdyn_tui.tui.forms.fields import Field, FormRow, Option
from paramdyn_tui.tui.forms.form import MORE, PRESET, Form
from paramdyn_tui.tui.forms.layout import Place
from paramdyn_tui.tui.forms.rows import fields_of, rows_of
from paramdyn_tui.tui.forms.view import Drawn, Shown, draw_form

if TYPE_CHECKING:
    from paramdyn_tui.tui.forms.checking import Checked

TYPED_WIDTH = 26


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
    DEFAULT_CSS: ClassVar[str] = """
    FormPage Input {
        position: absolute; border: none; height: 1; padding: 0; width: 8;
        background: $surface; color: $accent;
    }
    FormPage Input:focus { border: none; background: $surface; }
    """

    def __init__(
        self,
        *,
        changed: Callable[[], None],
        start: Callable[[], None],
        copy: Callable[[], None],
    ) -> None:
        super().__init__(classes="first-focus")
        self._changed, self._start, self._copy = changed, start, copy
        self._devices: tuple[Option, ...] = ()
        self._shown: Shown | None = None
        self._drawn = Drawn()
        self._finding = False
        self._input = Input(select_on_focus=False, suggester=Completion(self._proposed))
        self._input.display = False

    def compose(self) -> ComposeResult:
        """Put the line to type into on the form."""
        yield self._input

    @property
    def form(self) -> Form | None:
        """What has been said; None before it is known where it starts."""
        return self._shown.form if self._shown is not None else None

    def show(self, form: Form) -> None:
        """Begin with a form."""
        self._shown = Shown(form, (), "")
        self._renew()
        fields = fields_of(self._shown.rows)
        first = PRESET if form.parent is not None else "model.name"
        self.go_to(next((each.key for each in fields if each.key == first), fields[0].key))

    def offer_devices(self, devices: Sequence[Option]) -> None:
        """Offer what a run can be trained on."""
        self._devices = tuple(devices)
        self._renew()
        self.repaint()

    def tell(
        self,
        checked: Checked | None = None,
        *,
        estimate: str | None = None,
        doing: str | None = None,
    ) -> None:
        """Show what was found out; what is not given stays."""
        if self._shown is None:
            return
        self._shown.checked = checked if checked is not None else self._shown.checked
        self._shown.estimate = self._shown.estimate if estimate is None else estimate
        self._shown.doing = self._shown.doing if doing is None else doing
        self.repaint()
        self._place_input()

    def draw(self, width: int, height: int) -> Picture:
        """Return the form."""
        if self._shown is None:
            return []
        self._drawn = draw_form(self._shown, width, height, self.look)
        return self._drawn.picture

    def on_resize(self, _event: object) -> None:
        """Draw for the new size, and put the line where its field is now."""
        self.repaint()
        self._place_input()

    def go_to(self, key: str) -> None:
        """Go to a field; what was typed to find an option is taken first."""
        shown = self._shown
        if shown is None:
            return
        self._take_found()
        shown.cursor = key
        field = shown.field
        text = field is not None and field.is_text
        self._input.display = text
        if field is not None and text:
            self._fill(shown.form.text(key) if shown.form.is_said(key) else "", field)
        self.repaint()
        self._place_input()
        (self._input if text else self).focus()

    def step(self, by: int) -> None:
        """Go to the next field, or to the one before; around the end."""
        if self._shown is None:
            return
        self._take_found()
        keys = [each.key for each in fields_of(self._shown.rows)]
        here = keys.index(self._shown.cursor) if self._shown.cursor in keys else 0
        self.go_to(keys[(here + by) % len(keys)])

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
        values = [each.value for each in field.options]
        now = self._shown.form.text(field.key)
        here = values.index(now) if now in values else 0
        self._say(field.key, values[(here + (1 if where == "right" else -1)) % len(values)])

    def action_list(self) -> None:
        """Show all options; of a field that is typed go on to the next one."""
        field = self._field()
        if self._finding or field is None or field.is_text or field.chips:
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
        finding, self._finding = self._finding, False
        if finding and self._shown is not None:
            self._shown.found = ()
            self.go_to(self._shown.cursor)
        return finding

    def on_key(self, event: Key) -> None:
        """Find an option by its first letters, or a preset by its number."""
        field = self._field()
        letter = event.character or ""
        if (
            field is None
            or field.is_text
            or self._finding
            or not letter.isprintable()
            or not letter
        ):
            return
        if field.key == MORE:
            return
        event.stop()
        event.prevent_default()
        if field.chips:
            self._choose_by_letter(field, letter)
            return
        self._finding = True
        self._input.display = True
        self._fill(letter, field)
        self._place_input()
        self._input.focus()
        self._find(letter)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what is typed."""
        event.stop()
        field = self._field()
        if field is None or self._shown is None or not self._input.display:
            return
        if self._finding:
            self._find(event.value)
        elif field.is_text:
            self._say(field.key, event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field."""
        event.stop()
        self.action_list()

    def on_blur(self, _event: Blur) -> None:
        """Draw the form as one that is left."""
        self.repaint()

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

    def on_mouse_scroll_down(self, _event: MouseScrollDown) -> None:
        """Go down."""
        self._go_down(1)

    def on_mouse_scroll_up(self, _event: MouseScrollUp) -> None:
        """Go up."""
        self._go_down(-1)

    def _field(self) -> Field | None:
        return self._shown.field if self._shown is not None else None

    def _say(self, key: str, text: str) -> None:
        if self._shown is None:
            return
        self._shown.form.put(key, text)
        self._renew()
        self._changed()
        self.repaint()
        self._place_input()

    def _chosen(self, value: str | None) -> None:
        field = self._field()
        if value is not None and field is not None:
            self._say(field.key, value)
        self.go_to(self._shown.cursor if self._shown is not None else "")

    def _choose_by_letter(self, field: Field, letter: str) -> None:
        number = int(letter) - 1 if letter.isdecimal() and letter.isascii() else -1
        if field.key == PRESET and 0 <= number < len(field.options):
            self._say(field.key, field.options[number].value)
        elif (found := field.matching(letter)) and found[0].value.startswith(letter):
            self._say(field.key, found[0].value)

    def _find(self, typed: str) -> None:
        field = self._field()
        if field is None or self._shown is None:
            return
        self._shown.found = [each.value for each in field.matching(typed)][:12] or ["no such name"]
        self.repaint()

    def _take_found(self) -> None:
        """Take what was typed to find an option."""
        field = self._field()
        if not self._finding or field is None or self._shown is None:
            return
        self._finding, self._shown.found = False, ()
        self._input.display = False
        meant = field.meant(self._input.value)
        if meant:
            self._say(field.key, meant)

    def _renew(self) -> None:
        """Let the fields follow from what has been said; the cursor stays at one that is there."""
        shown = self._shown
        if shown is None:
            return
        before: Sequence[FormRow] = shown.rows
        shown.rows = rows_of(shown.form, self._devices)
        keys = [each.key for each in fields_of(shown.rows)]
        if shown.cursor not in keys and keys and shown.cursor:
            old = [each.key for each in fields_of(before)]
            here = old.index(shown.cursor) if shown.cursor in old else 0
            shown.cursor = next((key for key in reversed(old[:here]) if key in keys), keys[0])

    def _go_down(self, by: int) -> None:
        """Go to the field of the next row that is nearest."""
        if self._shown is None:
            return
        self._take_found()
        boxes = self._drawn.laid.boxes
        here = boxes.get(self._shown.cursor)
        if here is None:
            self.step(by)
            return
        rows = sorted({box.row for box in boxes.values()})
        row = rows[(rows.index(here.row) + by) % len(rows)]
        near = [box for box in boxes.values() if box.row == row]
        self.go_to(min(near, key=lambda box: abs(box.column - here.column)).key)

    def _fill(self, text: str, field: Field) -> None:
        with self.prevent(Input.Changed):
            self._input.value = text
        self._input.cursor_position = len(text)
        usual = self._shown.form.text(field.key) if self._shown is not None else ""
        self._input.placeholder = usual if field.is_text and not text else ""

    def _place_input(self) -> None:
        """Put the line to type into where its field is."""
        box = self._box()
        if not self._input.display or box is None:
            return
        self._input.styles.offset = (box.column + 2, box.row - self._drawn.first + 1)
        self._input.styles.width = TYPED_WIDTH if self._finding else max(box.width - 1, 2)

    def _box(self) -> Place | None:
        return self._drawn.laid.boxes.get(self._shown.cursor) if self._shown is not None else None

    def _proposed(self, text: str) -> list[str]:
        """Return what a text may become: names of options, or globs over layers."""
        field = self._field()
        if field is None or self._shown is None:
            return []
        if field.options:
            return [each.value for each in field.matching(text)]
        if field.key.endswith("/layers"):
            head, bar, last = text.rpartition("|")
            globs = self._shown.form.layers_of()
            return [f"{head}{bar}{glob}" for glob in globs if glob.startswith(last)]
        return []
