"""Where a word is being completed, and what could stand there."""

from __future__ import annotations

from dataclasses import dataclass

from paramdyn_tui.completing.scripts import FILES


@dataclass(frozen=True, slots=True)
class Candidate:
    """One word that could come next.

    Attributes:
        value: The whole word.
        help: What it is, in a few words; may be empty.
    """

    value: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the command line a value is asked for.

    Attributes:
        command: The command; empty before there is one.
        parameter: Name of the argument or option, as in the command's signature.
        metavar: What stands for the value in the help.
        text: What of the value is typed so far.
        runs: What ``--runs`` says, None when it is not given.
        before: The words before it.
    """

    command: str
    parameter: str
    metavar: str
    text: str
    runs: str | None
    before: tuple[str, ...]


ONLY_FILES = [Candidate(FILES)]
