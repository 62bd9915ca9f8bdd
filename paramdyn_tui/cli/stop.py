"""``paramdyn stop``: ask runs to stop, or end them."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from paramdyn_tui.cli.options import JSON, RUNS, takes

if TYPE_CHECKING:
    from pathlib import Path

    from paramdyn.store.run_folder import RunFolder
    from paramdyn_tui.launch.answers import Answer


def _flag(flag: str, about: str) -> Any:  # noqa: ANN401 - a dataclass field
    return field(default=False, metadata={"typer": typer.Option(*flag.split(","), help=about)})


@dataclass(frozen=True, kw_only=True)
class StopOptions:
    """All options of ``stop``."""

    run: list[str] | None = field(
        default=None,
        metadata={
            "typer": typer.Argument(metavar="RUN...", help="Ids, starts of ids, or folders.")
        },
    )
    after_epoch: bool = _flag("--after-epoch", "Let the epoch end first.")
    kill: bool = _flag("--kill", "End the process at once, without a checkpoint.")
    no_wait: bool = _flag("--no-wait", "Ask, and do not wait for it.")
    timeout: float = field(
        default=60.0,
        metadata={"typer": typer.Option(metavar="S", min=0.0, help="Seconds to wait at most.")},
    )
    all: bool = _flag("--all", "All runs of the folder that are alive.")
    yes: bool = _flag("--yes,-y", "Do not ask back.")
    runs: str | None = field(default=None, metadata={"typer": RUNS})
    json: bool = field(default=False, metadata={"typer": JSON})


@takes(StopOptions)
def stop(options: StopOptions) -> None:
    """Ask runs to stop after the batch at hand, with a checkpoint to resume from.

    Waits until they have. A queued run is taken out of the queue; the runs that wait behind a
    stopped one are not begun. A run that has ended already is left as it is.

    \b
    paramdyn stop lenet-digits
    paramdyn stop RUN --after-epoch
    paramdyn stop RUN --kill          when it does not obey
    paramdyn stop --all --yes
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    from paramdyn.errors import BadRequest
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import asking
    from paramdyn_tui.launch.answers import kill

    if options.after_epoch and options.kill:
        raise BadRequest(
            "--after-epoch and --kill: one waits for the epoch, the other for nothing. Give one."
        )
    folders = _folders(
        options.run or [], runs_folder(options.runs), every=options.all, yes=options.yes
    )
    if options.kill:
        answers = [kill(folder) for folder in folders]
    else:
        answers = _ask(
            folders,
            after_epoch=options.after_epoch,
            seconds=None if options.no_wait else options.timeout,
        )
    if not options.json:
        _say_way_on(folders, answers, more=asking.runs_option(options.runs))
    asking.report(answers, json=options.json)


def _folders(names: list[str], runs: Path, *, every: bool, yes: bool) -> list[RunFolder]:
    from paramdyn.errors import BadRequest
    from paramdyn_tui.cli.asking import chosen_runs
    from paramdyn_tui.launch.requests import live_runs

    if bool(names) == every:
        raise BadRequest(
            "stop: which runs? Expected their names, or --all for every run that is alive, "
            "and not both. Alive are those that paramdyn ls shows as running, paused or queued."
        )
    if names:
        return chosen_runs(names, runs)
    folders = live_runs(runs)
    if folders and not yes and not _is_confirmed(folders):
        raise typer.Exit(1)
    return folders


def _is_confirmed(folders: list[RunFolder]) -> bool:
    from paramdyn.errors import BadRequest
    from paramdyn_tui.cli import output

    if not sys.stdin.isatty():
        raise BadRequest(
            f"--all: {len(folders)} runs are alive, and nobody can be asked whether to stop them. "
            "Expected a terminal, or --yes. Add --yes."
        )
    for folder in folders:
        output.talk(f"  {folder.name}")
    sys.stderr.write(f"Stop these {len(folders)} runs? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _ask(folders: list[RunFolder], *, after_epoch: bool, seconds: float | None) -> list[Answer]:
    from paramdyn_tui.cli import output
    from paramdyn_tui.launch import answers
    from paramdyn_tui.launch.onward import has_begun
    from paramdyn_tui.launch.requests import ALIVE

    first = {folder.path: answers.stop(folder, after_epoch=after_epoch) for folder in folders}
    if seconds is None:
        return [
            first[folder.path] or answers.answer(folder, done=True, message="asked to stop")
            for folder in folders
        ]
    waited = [folder.name for folder in folders if first[folder.path] is None and has_begun(folder)]
    if waited:
        what = "the end of the epoch" if after_epoch else "the end of the batch and a checkpoint"
        output.talk(f"waiting for {what}: {', '.join(waited)}")
    until = time.monotonic() + seconds
    late = (
        "The request stays; stop sooner: paramdyn stop"
        if after_epoch
        else "The request stays. End it at once: paramdyn stop --kill"
    )
    return [
        first[folder.path]
        or answers.wait(
            folder,
            lambda status, _: status not in ALIVE,
            until=until,
            late=f"{late} {folder.name}",
        )
        for folder in folders
    ]


def _say_way_on(folders: list[RunFolder], answers: list[Answer], *, more: str) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.launch.onward import way_on

    for folder, answer in zip(folders, answers, strict=True):
        if answer.done and answer.status not in ("running", "finished", "diverged"):
            command = way_on(folder, more)
            if command:
                output.talk(f"carry on  {command}")
