"""How a run that was watched ended, in words, as facts, and as an exit status."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from paramdyn.errors import StoreError
from paramdyn.regular_files import read_regular
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.cli import asking, output
from paramdyn_tui.cli.dialog import KILL, PAUSE, Dialog
from paramdyn_tui.cli.options import ViewOptions
from paramdyn_tui.launch.answers import place_of
from paramdyn_tui.launch.onward import can_resume, way_on
from paramdyn_tui.launch.requests import status_of
from paramdyn_tui.launch.worker_process import end_in_words, last_words
from paramdyn_tui.safe_text import printable, to_ascii
from paramdyn_tui.watching.following import Following

INTERRUPTED = 130
TERMINATED = 143
_WELL = ("finished", "stopped")


class Watched(Protocol):
    """A run that is watched, whoever started it."""

    @property
    def folder(self) -> Path:
        """Its folder."""

    @property
    def returncode(self) -> int | None:
        """Exit status of its worker; None while it lives, and when it is not ours to know."""

    def wait(self, seconds: float) -> bool:
        """Wait up to so many seconds for the end; tell whether it came."""

    def interrupt(self) -> None:
        """Ask for a checkpoint and the end."""

    def kill(self) -> None:
        """End it at once."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run that was watched ended.

    Attributes:
        folder: The run.
        exit_status: 0 finished, stopped by itself or left running, 1 failed, 130 interrupted, 143
            interrupted by SIGTERM.
        facts: What ``--json`` prints.
        detached: Whether it goes on, unwatched.
        asked: Whether its end was asked for here.
    """

    folder: RunFolder
    exit_status: int
    facts: dict[str, Any]
    detached: bool = False
    asked: bool = False


def facts_of(folder: RunFolder) -> dict[str, Any]:
    """Return what ``--json`` prints about a run; little when its folder tells no more."""
    from paramdyn_tui.cli.summary import run_facts

    try:
        return run_facts(folder)
    except StoreError as error:
        status = "broken" if folder.path.exists() else "removed"
        nothing: dict[str, Any] = {"metrics": {}, "drift": {}, "partition": {}}
        counts = {"epoch": 0.0, "step": 0, "total_steps": 0}
        head = {"id": folder.name, "path": str(folder.path), "status": status}
        return {**head, "reason": str(error), **counts, **nothing}


def ending_of(
    watched: Watched, following: Following, dialog: Dialog, options: ViewOptions, *, exit_asked: int
) -> Ending:
    """Return how a run ended, and say so unless it ended well.

    Args:
        watched: The run, at its end.
        following: What was read of it.
        dialog: What was asked of it.
        options: How to speak.
        exit_asked: Exit status when the end was asked for.
    """
    folder = following.folder
    facts = facts_of(folder)
    status = facts["status"]
    asked = dialog.asked not in ("", PAUSE)
    if asked and status not in ("finished", "failed", "diverged"):
        output.talk(_interrupted(following, options, killed=dialog.asked == KILL))
        return Ending(folder=folder, exit_status=exit_asked, facts=facts, asked=True)
    if status in _WELL and not watched.returncode:
        if status == "stopped":
            output.talk(f"Run {folder.name} stopped: {facts['reason']}.")
        return Ending(folder=folder, exit_status=0, facts=facts, asked=asked)
    state = following.state
    told = state is not None and state.status not in _WELL and state.reason
    reason = told or _unexplained(watched.returncode, folder)
    status = "failed" if status in _WELL else status
    output.talk_lines(f"paramdyn: run {printable(folder.name)} {status}: {reason}")
    output.talk(f"Its log: {folder.layout.log}, what it recorded: {_show(options, folder)}.")
    if can_resume(folder):
        output.talk(f"When the cause is gone: {way_on(folder, runs_option(options))}")
    return Ending(folder=folder, exit_status=1, facts=facts, asked=asked)


def print_ending(ending: Ending, options: ViewOptions) -> None:
    """Print the result of one run, but for ``--json``, which prints all at the end."""
    if options.quiet and not options.json:
        output.result_exact(str(ending.folder.path))
    elif not options.json and ending.exit_status == 0 and not ending.detached:
        _report(ending.folder, options)


def say_detached(
    folder: RunFolder, options: ViewOptions, *, others: int = 0, why: str = ""
) -> None:
    """Say that a run goes on, stays paused or stays queued, and how to see it and to stop it.

    Args:
        folder: The run.
        options: How to speak.
        others: How many runs wait behind it.
        why: Why it has not begun, if it has not.
    """
    if options.quiet:
        return
    name, more = folder.name, runs_option(options)
    behind = f", and {others} more after it" if others else ""
    status = status_of(folder)[0]
    if status == "queued":
        output.talk(f"Run {name} is queued, and needs no terminal{behind}. {why}".rstrip())
    elif status == "paused":
        output.talk(f"Run {name} stays paused{behind}.")
        output.talk(f"go on    paramdyn resume {name}{more}")
    else:
        output.talk(f"Run {name} goes on without this terminal{behind}.")
    output.talk(f"see it   paramdyn attach {name}{more}")
    output.talk(f"stop it  paramdyn stop {name}{more}")


def runs_option(options: ViewOptions) -> str:
    """Return what a hint must add for the runs folder to be found again."""
    return asking.runs_option(options.runs)


def _interrupted(following: Following, options: ViewOptions, *, killed: bool) -> str:
    state, folder = following.state, following.folder
    where = f" {place_of(state)}" if state else ""
    how = "Ended at once; the last checkpoint stays." if killed else f"Stopped{where}."
    if not folder.layout.checkpoint.exists():
        how = f"Ended{where}, before the first checkpoint."
    command = way_on(folder, runs_option(options))
    onward = f"Carry on: {command}" if command else f"The records are in {folder.name}."
    return f"{how} {onward}"


def _unexplained(status: int | None, folder: RunFolder) -> str:
    log = folder.layout.log
    try:
        words = last_words(read_regular(log).decode(errors="replace"))
    except OSError:
        words = ""
    said = f" It wrote:\n{words}" if words else ""
    end = "is gone" if status is None else f"ended with {end_in_words(status)}"
    return f"the worker {end}, unexplained.{said}"


def _show(options: ViewOptions, folder: RunFolder) -> str:
    return f"paramdyn show {folder.name}{runs_option(options)}"


def _report(folder: RunFolder, options: ViewOptions) -> None:
    from paramdyn_tui.cli.summary import print_summary
    from paramdyn_tui.plotting.figures import run_figures

    print_summary(folder)
    colour = output.is_colourful(sys.stdout)
    figures = run_figures(folder, width=output.width(), height=24, color=colour)
    plain = options.ascii or not output.is_unicode(sys.stdout)
    output.result_lines(to_ascii(figures) if plain else figures, painted=colour)
    suffix = runs_option(options)
    if can_resume(folder):
        output.result(f"carry on  {way_on(folder, suffix)}")
    output.result(f"more      paramdyn show {folder.name}{suffix}")
    output.result(f"pictures  paramdyn plot {folder.name}{suffix}")
    output.result(f"again     paramdyn run {folder.layout.spec_quoted}")
