"""A run in the foreground: start the worker, show it, stop it on Ctrl-C, report how it ended."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.cli import output
from paramdyn_tui.cli.follow import Following
from paramdyn_tui.cli.live import View, starting, view_of
from paramdyn_tui.cli.options import ViewOptions
from paramdyn_tui.cli.worker_process import (
    LOOK_SECONDS,
    Interrupts,
    Worker,
    counted_interrupts,
    end_in_words,
    last_words,
    started,
)
from paramdyn_tui.formatting import count

INTERRUPTED = 130


@dataclass(frozen=True)
class Ending:
    """How a run in the foreground ended.

    Attributes:
        folder: The run.
        exit_status: 0 finished or stopped by itself, 1 failed, 130 interrupted.
        facts: What ``--json`` prints.
    """

    folder: RunFolder
    exit_status: int
    facts: dict[str, Any]


def carry_out(arguments: Sequence[str], options: ViewOptions) -> Ending:
    """Run the worker with ``arguments`` to its end, show it, and print how it ended.

    Raises:
        ParamdynError: The worker refused or died before the run began.
    """
    with ExitStack() as stack:
        interrupts = stack.enter_context(counted_interrupts())
        with starting(quiet=options.quiet):
            worker = stack.enter_context(started(arguments, interrupts))
        folder = RunFolder.open(worker.folder)
        following = Following(folder)
        quiet = options.quiet
        with view_of(following, quiet=quiet, ascii_only=options.ascii) as view:
            attend(worker, following, view, interrupts)
        ending = _ending(worker, following, interrupts, options)
    if options.quiet and not options.json:
        output.result(str(folder.path))
    elif not options.json and ending.exit_status == 0:
        _report(folder, options)
    return ending


def attend(worker: Worker, following: Following, view: View, interrupts: Interrupts) -> None:
    """Follow the worker to its end; pass the first interrupt on, and kill it at the second."""
    passed_on = 0
    ended = False
    while not ended:
        ended = worker.wait(LOOK_SECONDS)
        pressed = interrupts.count  # read once: the next one may come while this one is passed on
        if pressed > passed_on:
            (worker.interrupt if pressed == 1 else worker.kill)()
            passed_on = pressed
        view.update(following.look(), stopping=interrupts.count > 0)


def _ending(
    worker: Worker, following: Following, interrupts: Interrupts, options: ViewOptions
) -> Ending:
    from paramdyn_tui.cli.summary import run_facts

    folder, state = following.folder, following.state
    facts = run_facts(folder)
    status = facts["status"]
    if interrupts.count and status != "finished":
        output.talk(_interrupted(following, options, killed=interrupts.count > 1))
        return Ending(folder, INTERRUPTED, facts)
    if status in ("finished", "stopped") and worker.process.returncode == 0:
        return Ending(folder, 0, facts)
    told = state is not None and state.status not in ("finished", "stopped") and state.reason
    reason = told or _unexplained(worker, folder)
    status = "failed" if status in ("finished", "stopped") else status
    again = ", ".join(
        (f"Its log: {folder.layout.log}", f"what it recorded: {_show(options, folder)}")
    )
    output.talk(f"paramdyn: run {folder.name} {status}: {reason}\n{again}.")
    return Ending(folder, 1, facts)


def _interrupted(following: Following, options: ViewOptions, *, killed: bool) -> str:
    state, name = following.state, following.folder.name
    where = f" at step {count(state.step)} of {count(state.total_steps)}" if state else ""
    if not following.folder.layout.checkpoint.exists():
        return f"Ended{where}, before the first checkpoint. The records are in {name}."
    how = "Ended at once; the last checkpoint stays." if killed else f"Stopped{where}."
    return f"{how} Carry on: paramdyn resume {name}{runs_option(options)}"


def _unexplained(worker: Worker, folder: RunFolder) -> str:
    log = folder.layout.log
    words = last_words(log.read_text(encoding="utf-8", errors="replace")) if log.exists() else ""
    said = f" It wrote:\n{words}" if words else ""
    return f"the worker ended with {end_in_words(worker.process.returncode)}, unexplained.{said}"


def runs_option(options: ViewOptions) -> str:
    """Return what a hint must add for the runs folder to be found again."""
    return f" --runs {options.runs}" if options.runs else ""


def _show(options: ViewOptions, folder: RunFolder) -> str:
    return f"paramdyn show {folder.name}{runs_option(options)}"


def _report(folder: RunFolder, options: ViewOptions) -> None:
    from paramdyn_tui.cli.summary import print_summary
    from paramdyn_tui.plotting.figures import run_figures

    print_summary(folder)
    colour = output.is_colourful(sys.stdout)
    output.result(run_figures(folder, width=output.width(), height=24, color=colour))
    suffix = runs_option(options)
    output.result(f"more      paramdyn show {folder.name}{suffix}")
    output.result(f"pictures  paramdyn plot {folder.name}{suffix}")
    output.result(f"again     paramdyn run {folder.layout.spec}")
