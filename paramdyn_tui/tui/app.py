"""The application: which screen is open, and what works on all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, InputEvent
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.actions.guard import Guarded
from paramdyn_tui.tui.app_actions import AppActions
from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.compared import unfollow
from paramdyn_tui.tui.garbage import START_SECONDS, collect_again
from paramdyn_tui.tui.inbox import Inbox
from paramdyn_tui.tui.inks import Inks, TerminalFilter
from paramdyn_tui.tui.modes import MODULES, screen_of
from paramdyn_tui.tui.one_by_one import OneByOne
from paramdyn_tui.tui.palette import PALETTES
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.screens.opening import OpeningScreen
from paramdyn_tui.tui.settings import Configuration, Settings
from paramdyn_tui.tui.stylesheet import OnceParsed
from paramdyn_tui.tui.textual_theme import textual_theme
from paramdyn_tui.tui.wire import Mirror, Sparing, Update, erases_with_ground

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode

    from paramdyn_tui.tui.visits import Memory
    from paramdyn_tui.watching.messages import TotalsSeen, TrendsSeen
    from paramdyn_tui.watching.watcher import Watcher

REMEMBER_SECONDS = 1.0
"""So long after a key what it changed is written."""


class Arrived(Message):
    """Something waits in the inbox."""


class ParamdynApp(AppActions, Guarded, OneByOne, App[None]):
    """The application.

    Args:
        bench: What all screens share.
        look: What the terminal can show.
        settings: What is remembered; changed as the user changes things.
        configuration: What the user has configured.
        start: The mode that is shown first.
        memory: What writes what is to be there the next time; None: nothing does.
    """

    TITLE = "paramdyn"
    SCOPE = "app"
    ENABLE_COMMAND_PALETTE = False  # ours lists the table of actions: action_palette
    CSS_PATH: ClassVar[str] = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        mode: screen_of(mode) for mode in MODULES
    }

    def __init__(
        self,
        bench: Bench,
        *,
        look: Look,
        settings: Settings,
        configuration: Configuration,
        start: str = "runs",
        memory: Memory | None = None,
    ) -> None:
        self.bench, self.look, self.settings = bench, look, settings
        self.configuration = configuration
        self.inks = self._inks_of(settings.theme)
        self.watcher: Watcher | None = None
        self._start, self._memory = start, memory
        self._forgetful: Timer | None = None
        self._inbox = Inbox(lambda: self.post_message(Arrived()))
        super().__init__()
        self.stylesheet = OnceParsed(variables=self.get_css_variables())
        self._filters = [TerminalFilter(colorless=not look.color, ascii_only=look.ascii_only)]
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = f"paramdyn-{self.inks.palette.name}"
        self.set_keymap(configuration.keys)
        self.animation_level = "none"
        self._disable_tooltips = self._disable_notifications = True  # there are none
        self._mirror = Mirror(erases=erases_with_ground(os.environ))

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send an update: of it only what the terminal does not show yet."""
        if isinstance(renderable, Update):
            renderable = Sparing(renderable, self._mirror)
        super()._display(screen, renderable)

    def on_resize(self) -> None:
        """Send everything anew: a terminal that changes its size moves what it shows."""
        self._mirror.forget()

    def get_driver_class(self) -> type[Driver]:
        """Return what stands between the application and its terminal."""
        from textual.drivers.linux_driver import LinuxDriver

        from paramdyn_tui.tui.quiet_driver import QuietDriver

        usual = super().get_driver_class()
        return QuietDriver if usual is LinuxDriver else usual

    def get_default_screen(self) -> Screen[Any]:
        """Return what is painted first: a frame without a screen in it."""
        return OpeningScreen(self._start)

    def on_mount(self) -> None:
        """Know nothing about a terminal that others have written on meanwhile."""
        self.app_resume_signal.subscribe(self, lambda _: self._paint_anew())

    def _paint_anew(self) -> None:
        self._mirror.forget()
        self.screen.refresh(layout=True)

    def on_ready(self) -> None:
        """Import the first screen now that the frame has been painted, then look at the disk.

        One run is looked at meanwhile: how it stands is read by the time its screen is there.
        """
        if self._start == "run":
            self._watch()
        self.switch_mode(self._start)
        self.call_after_refresh(self._begin)
        self.set_timer(START_SECONDS, collect_again)

    def on_unmount(self) -> None:
        """Stop looking; what is looked at goes on."""
        if self.watcher is not None:
            self.watcher.stop()

    def _watch(self) -> None:
        from paramdyn_tui.watching.watcher import Watcher

        self.watcher = Watcher(self._inbox.put)
        if self.bench.open_run is not None:
            self.watcher.watch_run(self.bench.open_run)
        self.watcher.watch_runs(self.bench.runs)

    def _begin(self) -> None:
        if self.watcher is None:
            self._watch()
        for problem in self.configuration.problems[:1]:
            self.say(problem, "warn")
        self.bench_changed()

    async def on_event(self, event: Event) -> None:
        """Remember soon what a key or the mouse changes."""
        await super().on_event(event)
        if isinstance(event, InputEvent):
            self._remember_soon()

    def _remember_soon(self) -> None:
        """Let what has changed be written: a viewer may be killed at any moment."""
        if self._memory is not None and self._forgetful is None:
            self._forgetful = self.set_timer(REMEMBER_SECONDS, self.remember)

    def remember(self) -> None:
        """Write what is to be there the next time, if it has changed."""
        self._forgetful = None
        if self._memory is not None and self.current_mode in MODULES:
            self._memory.keep(self.current_mode)

    def on_arrived(self) -> None:
        """Tell the open screen what was seen."""
        from paramdyn_tui.watching.messages import WatchFailed

        for message in self._inbox.take():
            if isinstance(message, WatchFailed):
                raise message.error  # better no screen than one that stands still
            self._tell(message)
        if (screen := self.base_screen) is not None:
            screen.offer_again()

    def _tell(self, message: object) -> None:
        from paramdyn_tui.watching.messages import (
            MachineSeen,
            RunSeen,
            RunsSeen,
            TotalsSeen,
            TrendsSeen,
        )

        screen = self.base_screen
        if isinstance(message, RunSeen):
            if self.watcher is None or not self.watcher.watches(message.view.path):
                return  # it was on its way when the run was left, and nothing newer would follow
            self.bench.seen[message.view.path] = message.view
        elif isinstance(message, RunsSeen):
            self.bench.list_seen = message.view
        elif isinstance(message, TrendsSeen | TotalsSeen):
            self._tell_list(message)
        if screen is None:
            return
        if isinstance(message, RunSeen):
            screen.run_seen(message.view)
        elif isinstance(message, RunsSeen):
            screen.runs_seen(message.view)
        elif isinstance(message, MachineSeen):
            screen.machine_seen(message.view)

    def _tell_list(self, message: TrendsSeen | TotalsSeen) -> None:
        """Tell the list of runs, whichever screen is open: what is told is told once."""
        for each in self._screen_stacks.get("runs", [])[:1]:
            if isinstance(each, BenchScreen) and each.is_mounted:
                each.figures_seen(message)

    @property
    def base_screen(self) -> BenchScreen | None:
        """The screen below all dialogs."""
        found = self.screen_stack[0] if self.screen_stack else None
        return found if isinstance(found, BenchScreen) else None

    def open_run(self, path: Path, mode: str = "run") -> None:
        """Open a run on a screen of its own."""
        before, self.bench.open_run = self.bench.open_run, path
        self.follow_run(path)
        if before is not None and before not in self.bench.compared():
            self.leave_run(before)
        self.show(mode)

    def follow_run(self, path: Path) -> None:
        """Look at a run from now on."""
        if self.watcher is not None:
            self.watcher.watch_run(path)

    def leave_run(self, path: Path) -> None:
        """Look at a run no longer."""
        unfollow(self, path)

    def show(self, mode: str) -> None:
        """Show a screen."""
        self._remember_soon()  # no key may follow: the runs of a fork take a while to start
        if mode == self.current_mode:
            self.bench_changed()
        else:
            self.call_later(self.switch_mode, mode)

    def bench_changed(self) -> None:
        """Let the open screen show what the bench holds now."""
        screen = self.base_screen
        if screen is not None and screen.is_mounted:
            screen.refresh_head()
            screen.redraw()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key is for; say so where that is turned off."""
        where = default_namespace or self
        if isinstance(action, str) and isinstance(where, Guarded) and where.is_off(action):
            self.say("That is off: with --readonly runs are only looked at.", "warn")
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def say(self, text: str, style: str = "bar-strong") -> None:
        """Show a message in the footer."""
        screen = self.base_screen
        if screen is not None and screen.is_mounted:
            screen.say(text, style)

    def set_look(self, theme: str) -> None:
        """Show another theme, and remember it."""
        self.settings.theme = theme
        self.inks = self._inks_of(theme)
        self.theme = f"paramdyn-{self.inks.palette.name}"
        for screen in self.screen_stack:
            for pane in screen.query(CellWidget):
                pane.restyle()

    def _inks_of(self, theme: str) -> Inks:
        palette = PALETTES.get(theme, PALETTES["dark"])
        return Inks(palette, colorless=not self.look.color)
