"""The words of ``paramdyn run`` as its options, for whoever shows a command and means the same."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Any

import typer

from paramdyn_tui.cli.options import CommandOfOptions, RunOptions, takes

RUN = "run"
_PARSING = threading.Lock()


def run_options(words: Sequence[str]) -> RunOptions:
    """Return the options of ``run`` that some words mean.

    Args:
        words: What follows ``paramdyn run``.

    Raises:
        SpecError: The words are not as the command has them; all problems.
    """
    command, found = _parser()
    with _PARSING:
        found.clear()
        command.main(list(words), prog_name=RUN, standalone_mode=False)
        return found[0]


@functools.cache
def _parser() -> tuple[Any, list[RunOptions]]:
    """Return a command that only keeps its options, and where it keeps them."""
    from paramdyn_tui.cli.command_line import kinds_of

    found: list[RunOptions] = []
    single = typer.Typer(rich_markup_mode=None, add_completion=False)
    function = takes(RunOptions)(found.append)
    single.command(RUN, cls=CommandOfOptions)(function)
    command: Any = typer.main.get_command(single)
    command.kinds = kinds_of(function)
    return command, found
