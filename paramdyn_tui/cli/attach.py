"""``paramdyn attach``: watch a run that goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paramdyn_tui.cli.options import ASCII, JSON, QUIET, RUNS, LaunchOptions, takes

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder


@dataclass(frozen=True, kw_only=True)
class AttachOptions:
    """All options of ``attach``."""

    run: str | None = field(
        default=None,
        metadata={
            "typer": typer.Argument(
                metavar="RUN", help="A run's id, the start of one, or its folder. [the newest live]"
            )
        },
    )
    runs: str | None = field(default=None, metadata={"typer": RUNS})
    json: bool = field(default=False, metadata={"typer": JSON})
    quiet: bool = field(default=False, metadata={"typer": QUIET})
    ascii: bool = field(default=False, metadata={"typer": ASCII})


@takes(AttachOptions)
def attach(options: AttachOptions) -> None:
    """Watch a run that goes on: the picture that paramdyn run shows.

    Leaving changes nothing about the run: press q, or close the window. Ctrl-C asks whether to
    leave it or to stop it. Any number of viewers may watch one run. Of a run that has ended the
    results are shown.

    \b
    paramdyn attach                   the newest run that is alive
    paramdyn attach lenet-digits      the start of an id is enough
    paramdyn attach -q && make plots  wait for the end
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.ending import facts_of, print_ending
    from paramdyn_tui.cli.foreground import watch
    from paramdyn_tui.launch.interrupts import counted_interrupts
    from paramdyn_tui.launch.requests import ALIVE, status_of
    from paramdyn_tui.launch.stranger import Stranger

    folder = _chosen(options.run, runs_folder(options.runs), quiet=options.quiet)
    launch = LaunchOptions(
        runs=options.runs, json=options.json, quiet=options.quiet, ascii=options.ascii
    )
    if status_of(folder)[0] not in ALIVE:
        _show_ended(folder, launch)
        return
    with counted_interrupts() as interrupts:
        ending = watch(Stranger(folder.path), launch, interrupts)
    print_ending(ending, launch)
    if options.json:
        output.result_json(facts_of(folder))
    if ending.exit_status:
        raise typer.Exit(ending.exit_status)


def _chosen(name: str | None, runs: Path, *, quiet: bool) -> RunFolder:
    from paramdyn.errors import RunNotFound
    from paramdyn.store.run_folder import find_run
    from paramdyn_tui.cli import output
    from paramdyn_tui.launch.requests import live_runs, status_of

    if name is not None:
        return find_run(runs, name)
    live = live_runs(runs, every=False)
    if not live:
        raise RunNotFound(
            f"{runs}: no run is alive. Expected one to watch. Start one: paramdyn run; "
            "or name one that has ended: paramdyn ls."
        )
    others = [folder.name for folder in live[1:] if status_of(folder)[0] != "queued"]
    if others and not quiet:
        output.talk(
            f"{1 + len(others)} runs are alive; this is the newest. Also: {', '.join(others)}"
        )
    return live[0]


def _show_ended(folder: RunFolder, options: LaunchOptions) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.ending import facts_of, runs_option
    from paramdyn_tui.cli.summary import print_summary
    from paramdyn_tui.launch.onward import can_resume, way_on

    if options.json:
        output.result_json(facts_of(folder))
    elif options.quiet:
        output.result_exact(str(folder.path))
    else:
        print_summary(folder)
        output.result(f"more      paramdyn show {folder.name}{runs_option(options)}")
        if can_resume(folder):
            output.result(f"carry on  {way_on(folder, runs_option(options))}")
