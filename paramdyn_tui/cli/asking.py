"""What the commands that ask runs for something have in common: names, and what is printed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from paramdyn.errors import ParamdynError, SpecError
from paramdyn.store.run_folder import RunFolder, find_run
from paramdyn_tui.cli import output
from paramdyn_tui.launch.answers import Answer


def chosen_runs(names: Sequence[str], runs: Path) -> list[RunFolder]:
    """Return the runs that names stand for, each once.

    Raises:
        SpecError: With every name that stands for none.
    """
    found, problems = [], []
    for name in names:
        try:
            found.append(find_run(runs, name))
        except ParamdynError as error:
            problems.append(str(error))
    if problems:
        raise SpecError(problems)
    return list({folder.path: folder for folder in found}.values())


def runs_option(runs: str | None) -> str:
    """Return what a hint must add for the runs folder to be found again."""
    return f" --runs {shlex.quote(runs)}" if runs else ""


def report(answers: Sequence[Answer], *, json: bool) -> None:
    """Print what became of the requests; leave with 1 when one was not fulfilled."""
    if json:
        output.result_json([asdict(each) for each in answers])
    else:
        for each in answers:
            (output.result if each.done else output.talk)(f"{each.id}: {each.message}")
    if not all(each.done for each in answers):
        raise typer.Exit(1)
