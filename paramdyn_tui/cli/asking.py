"""Asking several runs for something, waiting until they did it, and saying what became of it."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from paramdyn.errors import ParamdynError, SpecError
from paramdyn.store.run_folder import RunFolder, find_run
from paramdyn.store.state import RunState
from paramdyn_tui.cli import output
from paramdyn_tui.formatting import count
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.onward import has_begun

SECONDS = 60.0
"""How long a run may take to obey, if nothing else is said."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a request to one run.

    Attributes:
        id: The run.
        path: Its folder.
        status: Its status after that.
        done: Whether it is as was asked, or was so before.
        message: What happened, in words.
    """

    id: str
    path: str
    status: str
    done: bool
    message: str


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


def answer(folder: RunFolder, *, done: bool, message: str) -> Answer:
    """Return what became of a request, with the run's present status."""
    status, _ = requests.status_of(folder)
    return Answer(id=folder.name, path=str(folder.path), status=status, done=done, message=message)


def send(folder: RunFolder, request: str) -> Answer | None:
    """Send a request; return an answer only when that is impossible."""
    try:
        requests.ask(folder, request)
    except ParamdynError as error:
        return answer(folder, done=False, message=str(error))
    return None


def wait(
    folder: RunFolder,
    is_done: Callable[[str, RunState | None], bool],
    *,
    until: float,
    late: str,
) -> Answer:
    """Wait for one run to do as it was asked.

    Args:
        folder: The run.
        is_done: Tells it from its status and state.
        until: ``time.monotonic`` at which the wait is over.
        late: What to do when it did not obey by then.
    """
    seconds = max(until - time.monotonic(), 0.0)
    done = requests.wait_for(folder, is_done, seconds=seconds)
    status, state = requests.status_of(folder)
    where = f" at step {count(state.step)} of {count(state.total_steps)}" if state else ""
    if done and state is not None and not has_begun(folder):
        return answer(folder, done=True, message="taken out of the queue")
    if done:
        return answer(folder, done=True, message=f"{status}{where}")
    return answer(folder, done=False, message=f"still {status}{where}. {late}")


def report(answers: Sequence[Answer], *, json: bool) -> None:
    """Print what became of the requests; leave with 1 when one was not fulfilled."""
    if json:
        output.result_json([asdict(each) for each in answers])
    else:
        for each in answers:
            (output.result if each.done else output.talk)(f"{each.id}: {each.message}")
    if not all(each.done for each in answers):
        raise typer.Exit(1)
