"""``analyze --make-controls``: train what an answer lacks, as ``run --controls`` does."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from paramdyn.errors import BadRequest
from paramdyn_tui.cli import output
from paramdyn_tui.cli.analyze_options import AnalyzeOptions
from paramdyn_tui.cli.options import RunOptions
from paramdyn_tui.cli.run_words import RUN, run_options

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer
    from paramdyn_tui.launch.jobs import Planned


def make_controls(answers: Iterable[Answer], options: AnalyzeOptions) -> bool:
    """Train the controls that answers lack, after showing them and asking; tell whether any was.

    Args:
        answers: What was found without them.
        options: How to ask and to show.

    Raises:
        BadRequest: There is no terminal to ask on.
        ParamdynError: What is planned cannot be carried out.
        typer.Exit: Somebody said no, stopped a run or left it; or a control failed.
    """
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli.job_options import planned_from

    runs = runs_folder(options.runs)
    wanted = [_as_asked(words, options) for words in commands_of(answers)]
    plans = [planned_from(each, runs=runs) for each in wanted]
    needed = [(each, plan) for each, plan in zip(wanted, plans, strict=True) if to_train(plan)]
    if not needed:
        output.talk("Every control is there, or is being trained: nothing to train.")
        return False
    if not options.quiet:
        _show([plan for _, plan in needed])
    if not options.yes:
        _ask([plan for _, plan in needed])
    for asked, plan in needed:
        _carry_out(asked, plan, runs)
    return True


def commands_of(answers: Iterable[Answer]) -> list[list[str]]:
    """Return the words after ``paramdyn run`` of every command that makes a control, each once."""
    commands = dict.fromkeys(each.command for answer in answers for each in answer.missing)
    words = [shlex.split(command) for command in commands]
    return [each[1:] for each in words if each[:1] == [RUN]]


def to_train(planned: Sequence[Planned]) -> int:
    """Return how many runs of a plan are not there yet."""
    return sum(not item.job.existing for item in planned)


def _as_asked(words: Sequence[str], options: AnalyzeOptions) -> RunOptions:
    """Return a command's options, shown as ``analyze`` was asked to show, its result unprinted."""
    given = run_options(words)
    return replace(
        given,
        runs=options.runs or given.runs,
        data=options.data or given.data,
        quiet=options.quiet,
        ascii=options.ascii,
        json=True,
    )


def _show(plans: Sequence[Sequence[Planned]]) -> None:
    from paramdyn_tui.cli.run_plan import announce

    for plan in plans:
        announce(plan)


def _ask(plans: Sequence[Sequence[Planned]]) -> None:
    """Ask on the terminal; anything but yes ends the command.

    Raises:
        BadRequest: There is nobody to ask.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadRequest(
            "--make-controls: there is no terminal to ask on. Add --yes to train without asking."
        )
    number = sum(map(to_train, plans))
    question = f"Train {number} run{'s' * (number != 1)}?"
    if not typer.confirm(question, default=True, err=True):
        raise typer.Exit(1)


def _carry_out(asked: RunOptions, planned: Sequence[Planned], runs: Path) -> None:
    from paramdyn_tui.cli.data_option import data_arguments
    from paramdyn_tui.cli.foreground import carry_out_all
    from paramdyn_tui.cli.run import earlier_run
    from paramdyn_tui.launch.plan import Plan

    data: Any = data_arguments(asked.data, earlier_run(asked, runs=runs))
    jobs = tuple(item.job for item in planned)
    command = ("paramdyn", *sys.argv[1:])
    endings = carry_out_all(Plan(jobs=jobs, runs=runs, data=tuple(data), command=command), asked)
    left = [ending for ending in endings if ending.detached or ending.asked]
    if left:
        output.talk("Ask again when the controls are there.")
        raise typer.Exit(left[0].exit_status)
    worst = max((ending.exit_status for ending in endings), default=0)
    if worst:
        raise typer.Exit(worst)
