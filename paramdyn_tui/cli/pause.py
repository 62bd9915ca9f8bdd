"""``paramdyn pause``: let runs wait, in memory, until they are resumed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from paramdyn_tui.cli.options import Json, Runs

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder


Names = Annotated[
    list[str], typer.Argument(metavar="RUN...", help="Ids, starts of ids, or folders.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", min=0.0, help="Seconds to wait at most.")
]


def pause(run: Names, timeout: Timeout = 60.0, runs: Runs = None, json: Json = False) -> None:
    """Let runs wait after the batch at hand, until paramdyn resume lets them go on.

    A paused run keeps its memory, also that of the device, and computes nothing. It ends with the
    same bytes as one that never paused. To free the memory, stop it.

    \b
    paramdyn pause lenet-digits
    paramdyn resume lenet-digits
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import asking, output
    from paramdyn_tui.launch import answers

    folders = asking.chosen_runs(run, runs_folder(runs))
    _check(folders)
    first = {folder.path: answers.pause(folder) for folder in folders}
    until = time.monotonic() + timeout
    found = [
        first[folder.path]
        or answers.wait(
            folder,
            lambda status, _: status not in ("running", "starting"),
            until=until,
            late="The request stays: it pauses when its batch has ended.",
        )
        for folder in folders
    ]
    asked = [each.id for each in found if each.done and each.status == "paused"]
    if asked and not json:
        output.talk(f"go on  paramdyn resume {' '.join(asked)}{asking.runs_option(runs)}")
    asking.report(found, json=json)


def _check(folders: list[RunFolder]) -> None:
    """Check that all the runs are alive and at work.

    Raises:
        SpecError: With each one that is not.
    """
    from paramdyn.errors import SpecError
    from paramdyn_tui.launch.answers import PAUSABLE
    from paramdyn_tui.launch.requests import status_of

    problems = [
        f"{folder.name}: is {status}. Expected a running one. List those: paramdyn ls."
        for folder in folders
        if (status := status_of(folder)[0]) not in PAUSABLE
    ]
    if problems:
        raise SpecError(problems)
