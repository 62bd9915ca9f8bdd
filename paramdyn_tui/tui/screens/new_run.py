"""A new run, or a fork: a form over everything that can be named, and the command that it means."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget

from paramdyn.errors import ParamdynError
from paramdyn_tui.tui.actions.table import BY_ID
from paramdyn_tui.tui.background import in_background, is_shown
from paramdyn_tui.tui.dialogs.message import MessageDialog
from paramdyn_tui.tui.forms.checking import Checked, SlowPlan, check
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.landing import Started, land, started
from paramdyn_tui.tui.forms.page import FormPage
from paramdyn_tui.tui.forms.parent import Parent, read_parent
from paramdyn_tui.tui.forms.words import command_of, command_text
from paramdyn_tui.tui.widgets.footer import Footer, shown_keys

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp

CHECK_SECONDS = 0.05
"""Between the last key and the check: letters typed in a row are checked once."""
LATE_SECONDS = 0.5
"""A check that takes longer: what was found out before it is about something else."""
PLAN_SECONDS = 0.4
"""Between the last key and a plan that takes a process."""


class NewRunScreen(ModalScreen[None]):
    """The form.

    Args:
        parent: The run that a fork starts from; None for a run of its own.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("f1", "app.help", "help", id="app.help"),
    ]
    AUTO_FOCUS: ClassVar[str | None] = ".first-focus"
    DEFAULT_CSS: ClassVar[str] = """
    NewRunScreen { align: center middle; background: $background; }
    NewRunScreen FormPage { width: 100%; max-width: 196; height: 1fr; max-height: 35; }
    """

    def __init__(self, parent: Path | None = None) -> None:
        super().__init__()
        self._parent_path = parent
        self._page = FormPage(changed=self._changed, start=self._start, copy=self._copy)
        self._timer: Timer | None = None
        self._slow: SlowPlan | None = None
        self._turn = 0
        self._checked: Checked | None = None
        self._start_asked = self._starting = False

    @property
    def application(self) -> ParamdynApp:
        """The application."""
        return cast("ParamdynApp", self.app)

    def compose(self) -> ComposeResult:
        """Show the form."""
        yield self._page
        yield Footer()

    def on_mount(self) -> None:
        """Look where it starts."""
        self.call_after_refresh(self.offer_keys)
        if self._parent_path is None:
            self._begin(None)
            return
        reading = partial(read_parent, self._parent_path)
        in_background(self.app, reading, self._begin, self._cannot_begin)

    def on_unmount(self) -> None:
        """Give up what is being found out."""
        self._turn += 1
        if self._slow is not None:
            self._slow.cancel()

    def focus_next(self, selector: Any = "*") -> Widget | None:  # noqa: ANN401, ARG002 - Textual's
        """Go to the next field."""
        self._page.step(1)
        return self.focused

    def focus_previous(self, selector: Any = "*") -> Widget | None:  # noqa: ANN401, ARG002
        """Go to the field before."""
        self._page.step(-1)
        return self.focused

    def on_descendant_focus(self) -> None:
        """Show the keys that work now."""
        self.offer_keys()

    def offer_keys(self) -> None:
        """Show in the footer which keys work."""
        if not self.is_mounted:
            return
        active = [
            (key, BY_ID[each.binding.id])
            for key, each in self.active_bindings.items()
            if each.enabled and each.binding.id in BY_ID
        ]
        self.query_one(Footer).offer(shown_keys(active))

    def action_leave(self) -> None:
        """Close the form; what was being typed to find something goes first."""
        if not self._page.step_out():
            self.dismiss(None)

    def _begin(self, parent: Parent | None) -> None:
        bench = self.application.bench
        self._page.show(Form(parent, runs=_runs_to_say(bench.runs), data=bench.data))
        self._changed()
        look = partial(_devices, bench.runs)
        in_background(self.app, look, self._page.offer_devices, lambda _: None)

    def _cannot_begin(self, error: ParamdynError) -> None:
        self.dismiss(None)
        self.app.push_screen(MessageDialog("No fork of this run", str(error)))

    def _changed(self) -> None:
        """Check what is said now, as soon as the keys rest."""
        self._turn += 1
        self._checked = None
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_SECONDS, self._check)

    def _check(self) -> None:
        form = self._page.form
        if form is None:
            return
        bench = self.application.bench
        rows = bench.list_seen.rows if bench.list_seen is not None else ()
        work = partial(check, form.copy(), bench.runs, rows)
        known = partial(self._known, self._turn)
        in_background(self.app, work, known, lambda _: None)
        self._timer = self.set_timer(LATE_SECONDS, self._doubt)

    def _doubt(self) -> None:
        if self._checked is None:
            self._page.tell(doubt=True)

    def _known(self, turn: int, checked: Checked) -> None:
        if turn != self._turn or not is_shown(self):
            return
        self._checked = checked
        self._page.tell(checked)
        if checked.is_slow and checked.runs is None:
            self._timer = self.set_timer(PLAN_SECONDS, self._plan)
        if self._start_asked:
            self._start()

    def _plan(self) -> None:
        form, checked = self._page.form, self._checked
        if form is None or checked is None:
            return
        self._slow = plan = SlowPlan(form.copy())
        known = partial(self._planned, self._turn)
        in_background(self.app, partial(plan.find_out, checked), known, lambda _: None)

    def _planned(self, turn: int, checked: Checked | None) -> None:
        if checked is not None:
            self._known(turn, checked)

    def _copy(self) -> None:
        form = self._page.form
        if form is not None:
            text = command_text(command_of(form))
            self.app.copy_to_clipboard(text)
            self.query_one(Footer).say(f"copied: {text}")

    def _start(self) -> None:
        """Start it, as soon as it is known to be right."""
        form, checked = self._page.form, self._checked
        if self.application.bench.readonly or self._starting:
            return
        if form is None or checked is None:
            self._start_asked = True
            return
        self._start_asked = False
        if checked.problems:
            self.query_one(Footer).say("It cannot be started: correct what is marked.", "bad")
            return
        self._starting = True
        self._page.tell(doing="starting ... it belongs to no terminal; esc leaves it alone")
        in_background(self.app, partial(started, form.copy()), self._started, self._refused)

    def _started(self, made: Started) -> None:
        self._starting = False
        if is_shown(self) and self.app.screen is self:
            self.dismiss(None)
            land(self.application, made)
        else:
            self.application.say(f"started: {next(iter(made.arms)).name}")

    def _refused(self, error: ParamdynError) -> None:
        self._starting = False
        if is_shown(self):
            self._page.tell(doing="")
        self.app.push_screen(MessageDialog("It was not started", str(error)))


def _runs_to_say(runs: Path) -> Path | None:
    """Return the runs folder, where a command in this place would take another one."""
    from paramdyn.store.run_folder import runs_folder

    return None if runs.absolute() == runs_folder(None).absolute() else runs


def _devices(runs: Path) -> Any:  # noqa: ANN401 - options
    from paramdyn_tui.tui.forms.devices import devices_here

    return devices_here(runs)
