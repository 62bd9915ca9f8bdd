"""What the keys do that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from paramdyn_tui.tui.palette import PALETTES

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.screens.base import BenchScreen

SIDE_LEAST, SIDE_MOST, SIDE_STEP = 16, 70, 4


class AppActions:
    """The methods of the scope ``app``."""

    def action_screen_run(self) -> None:
        """Show the open run."""
        self._show_of_run("run")

    def action_screen_runs(self) -> None:
        """Show all runs."""
        self._me.show("runs")

    def action_screen_compare(self) -> None:
        """Show the marked runs together."""
        self._me.show("compare")

    def action_screen_layers(self) -> None:
        """Show how far each layer moved."""
        self._show_of_run("layers")

    def action_screen_logs(self) -> None:
        """Show what the worker said."""
        self._show_of_run("logs")

    def action_screen_system(self) -> None:
        """Show the machine."""
        self._me.show("system")

    def action_screen_analyze(self) -> None:
        """Show the answers."""
        self._me.show("analyze")

    def action_new_run(self) -> None:
        """Open the form of a new run."""
        from paramdyn_tui.tui.screens.new_run import NewRunScreen

        self._me.push_screen(NewRunScreen())

    def action_fork(self) -> None:
        """Open the form of a perturbed child of the run at hand."""
        from paramdyn_tui.tui.screens.new_run import NewRunScreen

        parent = self._target()
        if parent is not None:
            self._me.push_screen(NewRunScreen(parent))

    def action_help(self) -> None:
        """Explain the keys."""
        from paramdyn_tui.tui.screens.help import HelpScreen, scopes_at

        self._me.push_screen(HelpScreen(scopes_at(self._me.screen)))

    def action_palette(self) -> None:
        """Find an action by its name."""
        from textual.command import CommandPalette

        from paramdyn_tui.tui.palette_commands import ActionCommands

        if not any(isinstance(each, CommandPalette) for each in self._me.screen_stack):
            self._me.push_screen(CommandPalette([ActionCommands], placeholder="What to do?"))

    def action_step_out(self) -> None:
        """Go one step out; from the last step to the list of runs."""
        screen = self._screen()
        if screen is None or screen.step_out():
            return
        if self._me.current_mode != "runs":
            self._me.show("runs")

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self._me.screen.focus_next()

    def action_previous_pane(self) -> None:
        """Go to the previous pane."""
        self._me.screen.focus_previous()

    def action_wider(self) -> None:
        """Make the side pane wider."""
        self._change_side(SIDE_STEP)

    def action_narrower(self) -> None:
        """Make the side pane narrower."""
        self._change_side(-SIDE_STEP)

    def action_theme(self) -> None:
        """Show the next theme."""
        names = list(PALETTES)
        here = names.index(self._me.inks.palette.name)
        self._me.set_look(names[(here + 1) % len(names)])

    def action_copy(self) -> None:
        """Copy what the cursor is on (OSC 52: it reaches the clipboard through ssh and tmux)."""
        screen = self._screen()
        text = screen.copied() if screen else ""
        if text:
            self._me.copy_to_clipboard(text)
            self._me.say(f"copied: {text.splitlines()[0]}")
        else:
            self._me.say("Nothing to copy here. Move to a run, a value or a line first.", "warn")

    def action_export(self) -> None:
        """Write what is shown to a file."""
        from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog

        screen = self._screen()
        exports = screen.exports() if screen else {}
        if not exports:
            self._me.say("Nothing to export here yet.", "warn")
            return
        choices = [Choice(name, f"write {name}") for name in exports]
        self._me.push_screen(
            ChoiceDialog("Export", choices), lambda name: self._write(name, exports)
        )

    def _write(self, name: str | None, exports: dict[str, Callable[[Path], None]]) -> None:
        if name is None:
            return
        import shlex

        from paramdyn.errors import ParamdynError

        path = Path.cwd() / name
        stem, number = path.stem, 2
        while path.exists():  # what a person has is never written over
            path = path.with_name(f"{stem}-{number}{path.suffix}")
            number += 1
        try:
            exports[name](path)
        except (OSError, ParamdynError) as error:
            self._me.say(f"{path}: not written: {error}", "bad")
        else:
            self._me.say(f"written: {shlex.quote(str(path))}")

    def action_stop(self) -> None:
        """Ask how the run is to be stopped."""
        from paramdyn_tui.tui.run_requests import ask_to_stop

        if (path := self._target()) is not None:
            ask_to_stop(self._me, path)

    def action_pause(self) -> None:
        """Let the run wait, or go on."""
        from paramdyn_tui.tui.run_requests import pause_or_go_on

        if (path := self._target()) is not None:
            pause_or_go_on(self._me, path)

    def action_resume(self) -> None:
        """Carry on with a run that ended before its last step."""
        from paramdyn_tui.tui.run_requests import carry_on

        if (path := self._target()) is not None:
            carry_on(self._me, path)

    async def action_quit(self) -> None:
        """Leave; runs go on."""
        self._me.exit()

    def action_leave(self) -> None:
        """Leave from anywhere."""
        self._me.exit()

    @property
    def _me(self) -> ParamdynApp:
        return cast("ParamdynApp", self)

    def _screen(self) -> BenchScreen | None:
        from paramdyn_tui.tui.screens.base import BenchScreen

        found = self._me.screen
        return found if isinstance(found, BenchScreen) else None

    def _show_of_run(self, mode: str) -> None:
        """Show a screen of the open run; where none is, of the one at hand, else of the newest."""
        app, screen = self._me, self._screen()
        path = screen.target() if screen is not None else None
        view = app.bench.list_seen
        if path is None and view is not None and view.rows:
            path = view.rows[0].path
        if app.bench.open_run is None and path is not None:
            app.open_run(path, mode)
        else:
            app.show(mode)

    def _target(self) -> Path | None:
        screen = self._screen()
        path = screen.target() if screen else None
        if path is None:
            self._me.say("No run is chosen. Choose one on the screen Runs (2).", "warn")
        return path

    def _change_side(self, by: int) -> None:
        settings = self._me.settings
        settings.side = min(max(settings.side + by, SIDE_LEAST), SIDE_MOST)
        self._me.bench_changed()
