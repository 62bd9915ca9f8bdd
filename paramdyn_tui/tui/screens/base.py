"""What every screen is: a header, a body of panes, a footer; and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget

from paramdyn_tui.tui.actions.action import Action
from paramdyn_tui.tui.actions.guard import Guarded
from paramdyn_tui.tui.actions.table import BY_ID
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.compositor import NarrowCompositor
from paramdyn_tui.tui.widgets.footer import Footer, shown_keys
from paramdyn_tui.tui.widgets.header import Header

if TYPE_CHECKING:
    from pathlib import Path

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.bench import Bench
    from paramdyn_tui.watching.machine import MachineView
    from paramdyn_tui.watching.messages import TotalsSeen, TrendsSeen
    from paramdyn_tui.watching.runs_watch import RunsView
    from paramdyn_tui.watching.view import RunView


WIDTHS: list[tuple[int, str]] | None = [(0, "-compact"), (100, "-normal"), (160, "-wide")]
HEIGHTS: list[tuple[int, str]] | None = [(0, "-short"), (30, "-tall")]
"""The layouts: classes of a screen by its size."""
EMPTY = "-empty"
"""Class of a screen on which there is nothing to act on."""
OVER = ("finished", "stopped", "failed", "diverged", "crashed", "broken", "removed")
RESUMABLE = ("stopped", "crashed", "failed", "stale")


class BenchScreen(Guarded, Screen[None]):
    """Base of the screens that the keys 1 to 7 show.

    Subclasses give ``body``, and override what they want to be told.

    Attributes:
        MODE: Its name among the application's modes.
    """

    MODE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = []
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS: ClassVar[str | None] = ".first-focus"
    _offered_for = ""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = NarrowCompositor()

    @property
    def bench(self) -> Bench:
        """What all screens share."""
        return self.application.bench

    @property
    def application(self) -> ParamdynApp:
        """The application."""
        return cast("ParamdynApp", self.app)

    def compose(self) -> ComposeResult:
        """Put header, body and footer together."""
        yield Header(self.tab())
        yield from self.body()
        yield Footer()

    def body(self) -> Iterable[Widget]:
        """Return the panes; the one with the class ``first-focus`` has the focus at first."""
        return ()

    def tab(self) -> str:
        """Return which screen the header marks."""
        return self.MODE

    def subject(self) -> str:
        """Return what the screen is about, for the header."""
        return ""

    def redraw(self) -> None:
        """Show what is known now. Called when the screen is shown, and when the bench changed."""

    def run_seen(self, view: RunView) -> None:
        """Show what is new about a run that is watched."""

    def runs_seen(self, view: RunsView) -> None:
        """Show what is new about the list of runs."""

    def figures_seen(self, seen: TrendsSeen | TotalsSeen) -> None:
        """Show what was read of runs of the list: a metric's course, how far they moved."""

    def machine_seen(self, view: MachineView) -> None:
        """Show what is new about this machine, for screens that watch it."""

    def target_status(self) -> str:
        """Return how the run stands that ``target`` names; empty where that is not known."""
        path = self.target()
        view = self.bench.seen.get(path) if path is not None else None
        return view.status if view is not None else ""

    def target(self) -> Path | None:
        """Return the run that stop, pause, resume and fork are about."""
        return self.bench.open_run

    def copied(self) -> str:
        """Return what ``c`` copies: what the cursor is on."""
        return ""

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return what ``e`` can write: a proposed file name, and what writes it to a path."""
        return {}

    def step_out(self) -> bool:
        """Leave a zoom, a filter or a cursor; tell whether there was one."""
        return False

    def on_screen_resume(self) -> None:
        """Show what is known when the screen comes to the front."""
        self.refresh_head()
        self.redraw()

    def refresh_head(self) -> None:
        """Say anew what the screen is about, and which keys work."""
        if self.is_mounted:
            self.query_one(Header).about(self.subject())
            self.offer_keys()

    def offer_again(self) -> None:
        """Show other keys where the run at hand stands otherwise than when they were shown."""
        if self.is_mounted and self.target_status() != self._offered_for:
            self.offer_keys()

    def is_useful(self, action: Action) -> bool:
        """Tell whether the footer is to show an action: nobody stops a run that has ended."""
        if self.has_class(EMPTY):
            return action.id in ("app.new_run", "app.help", "app.quit")
        if action.id == "app.stop":
            return self._offered_for not in ("", *OVER)
        return action.id != "app.resume" or self._offered_for in RESUMABLE

    def offer_keys(self) -> None:
        """Show in the footer which keys work now, and are of use."""
        self._offered_for = self.target_status()
        active = [
            (key, action)
            for key, each in self.active_bindings.items()
            if each.enabled
            and (action := BY_ID.get(each.binding.id or "")) is not None
            and self.is_useful(action)
        ]
        self.query_one(Footer).offer(shown_keys(active))

    def on_descendant_focus(self) -> None:
        """Show the keys of the pane that has the focus, and draw its frame."""
        self._focus_moved()

    def on_descendant_blur(self) -> None:
        """Draw the frame of the pane that lost the focus."""
        self._focus_moved()

    def _focus_moved(self) -> None:
        for pane in self.query(CellWidget):
            pane.repaint()
        self.offer_keys()

    def say(self, text: str, style: str = "bar-strong") -> None:
        """Show a message in the footer; a screen that is being closed shows none."""
        for footer in self.query(Footer):
            footer.say(text, style)


def actions_of(screen: Screen[object]) -> list[tuple[str, Action]]:
    """Return every action that works on a screen now, with the first of its keys."""
    found: dict[str, tuple[str, Action]] = {}
    for key, each in screen.active_bindings.items():
        action = BY_ID.get(each.binding.id or "")
        if action is not None and each.enabled:
            found.setdefault(action.id, (key, action))
    return list(found.values())
