"""``paramdyn resume``: let paused runs go on, or carry on from a run's last checkpoint."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from paramdyn_tui.cli.options import ResumeOptions, takes

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder


@takes(ResumeOptions)
def resume(options: ResumeOptions) -> None:
    """Carry on with a run that was stopped, failed or crashed, from its last checkpoint.

    It ends with the same bytes as a run that was never interrupted. A run that is paused, or whose
    process was suspended, goes on where it is; several of those may be named at once.

    \b
    paramdyn resume lenet-digits
    paramdyn resume RUN --detach
    paramdyn resume --foreground RUN  in a batch job (SLURM, ...)
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.asking import chosen_runs, runs_option
    from paramdyn_tui.cli.data_option import data_arguments
    from paramdyn_tui.cli.foreground import carry_out, check_launch
    from paramdyn_tui.launch.answers import WAITING
    from paramdyn_tui.launch.requests import status_of

    check_launch(options)
    folders = chosen_runs(options.run, runs_folder(options.runs))
    statuses = [status_of(folder)[0] for folder in folders]
    _check(folders, statuses, more=runs_option(options.runs))
    if set(statuses) <= set(WAITING):
        _wake_all(folders, statuses, options)
        return
    [folder] = folders
    arguments = ["--resume", str(folder.path), *data_arguments(options.data, folder.path)]
    ending = carry_out(arguments, options)
    if options.json:
        output.result_json(ending.facts)
    if ending.exit_status:
        raise typer.Exit(ending.exit_status)


def _check(folders: list[RunFolder], statuses: list[str], *, more: str) -> None:
    """Check that the runs can go on.

    Raises:
        BadRequest: One is at work, waits or has finished, or several would have to be started.
    """
    from paramdyn.errors import BadRequest
    from paramdyn.store.upkeep.ended import tidy_if_over
    from paramdyn_tui.launch.answers import WAITING
    from paramdyn_tui.launch.onward import has_begun, way_on

    for folder, status in zip(folders, statuses, strict=True):
        if status == "stopped" and not has_begun(folder):
            raise BadRequest(
                f"{folder.name}: was taken out of its queue before it began. Expected a run that "
                f"has begun. Train it: {way_on(folder, more)}"
            )
        if status in ("running", "starting"):
            raise BadRequest(
                f"{folder.name}: is {status}. Expected a run that has stopped or is paused. "
                f"Watch it: paramdyn attach {folder.name}{more}"
            )
        if status == "finished":
            tidy_if_over(folder)
            raise BadRequest(
                f"{folder.name}: has finished. Expected a run with steps left to do. Go on from "
                f"its last values: paramdyn run --from {folder.name}{more}"
            )
        if status == "queued":
            raise BadRequest(
                f"{folder.name}: is queued. Expected a run that has begun. It begins when its turn "
                "has come. Take it out and train it at once: paramdyn stop "
                f"{folder.name}{more}; paramdyn run {folder.layout.spec_quoted}{more}"
            )
    if len(folders) > 1 and not set(statuses) <= set(WAITING):
        ended = [
            folder.name
            for folder, status in zip(folders, statuses, strict=True)
            if status not in WAITING
        ]
        raise BadRequest(
            f"resume: {', '.join(ended)} must be started again, and that goes one at a time. "
            "Expected one run, or paused ones only. Name one, with --detach to get the shell back."
        )


def _wake_all(folders: list[RunFolder], statuses: list[str], options: ResumeOptions) -> None:
    from paramdyn_tui.cli import asking, output
    from paramdyn_tui.cli.ending import facts_of, runs_option
    from paramdyn_tui.launch import answers
    from paramdyn_tui.launch.answers import WAITING

    first = {
        folder.path: answers.wake(folder, status)
        for folder, status in zip(folders, statuses, strict=True)
    }
    until = time.monotonic() + answers.SECONDS
    found = [
        first[folder.path]
        or answers.wait(
            folder,
            lambda status, _: status not in WAITING,
            until=until,
            late="The request stays. Look at its log, or end it: paramdyn stop --kill.",
        )
        for folder in folders
    ]
    if options.json:
        facts = [facts_of(folder) for folder in folders]
        output.result_json(facts if len(facts) > 1 else facts[0])
        if not all(each.done for each in found):
            raise typer.Exit(1)
        return
    asking.report(found, json=False)
    if not options.quiet:
        output.talk(f"see it   paramdyn attach {folders[0].name}{runs_option(options)}")
