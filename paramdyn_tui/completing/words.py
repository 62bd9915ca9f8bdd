"""Which words could come next on a command line that is typed so far."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paramdyn_tui.completing.place import Candidate, Place
from paramdyn_tui.completing.scripts import FILES

_GLOBAL = {
    "--version": "Print the version.",
    "--debug": "Show the traceback of an error.",
    "--help": "Show what there is.",
}


def candidates(words: Sequence[str], incomplete: str) -> list[Candidate]:
    """Return what could stand for the word being typed, ``[Candidate(FILES)]`` for file names.

    Args:
        words: The complete words after ``paramdyn``.
        incomplete: What of the next word is typed; may be empty.
    """
    from paramdyn_tui.cli.app import COMMANDS, load_command

    rest = [word for word in words if word not in _GLOBAL]
    if not rest:
        table = _GLOBAL if incomplete.startswith("-") else COMMANDS
        return _starting([Candidate(name, text) for name, text in table.items()], incomplete)
    if rest[0] not in COMMANDS:
        return []
    line = _Line(load_command(rest[0]).params, rest[0], rest[1:])
    if line.waiting is not None:
        return line.values(line.waiting, incomplete)
    if incomplete.startswith("-") and not line.only_arguments:
        name, equals, value = incomplete.partition("=")
        if equals:
            found = line.values(line.options.get(name), value)
            return [_prefixed(each, f"{name}=") for each in found]
        return _starting(line.further_options(), incomplete)
    return line.values(line.next_argument(), incomplete)


class _Line:
    """The words of one command, sorted into options and arguments."""

    def __init__(self, parameters: Sequence[Any], command: str, words: Sequence[str]) -> None:
        self.command = command
        self.words = tuple(words)
        self.options = {
            name: parameter
            for parameter in parameters
            if parameter.param_type_name == "option"
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        self._arguments = [each for each in parameters if each.param_type_name == "argument"]
        self.waiting: Any = None
        self.only_arguments = False
        self._given: list[str] = []
        self._used: set[str] = set()
        self._runs: str | None = None
        for word in words:
            self._take(word)

    def _take(self, word: str) -> None:
        if self.waiting is not None:
            self._note(self.waiting, word)
            self.waiting = None
        elif word == "--" and not self.only_arguments:
            self.only_arguments = True
        elif word.startswith("-") and word != "-" and not self.only_arguments:
            name, equals, value = word.partition("=")
            option = self.options.get(name)
            if option is not None:
                self._used.add(option.name)
                if equals:
                    self._note(option, value)
                elif not option.is_flag:
                    self.waiting = option
        else:
            self._given.append(word)

    def _note(self, option: Any, value: str) -> None:  # noqa: ANN401 - click's or typer's own
        if option.name == "runs":
            self._runs = os.path.expandvars(Path(value).expanduser())

    def next_argument(self) -> Any:  # noqa: ANN401 - click's or typer's own
        """Return the argument that the next word is; None when there can be no more."""
        if not self._arguments:
            return None
        last = len(self._arguments) - 1
        if len(self._given) > last and self._arguments[last].nargs != -1:
            return None
        return self._arguments[min(len(self._given), last)]

    def further_options(self) -> list[Candidate]:
        """Return the options that can still be given."""
        found = [
            Candidate(name, (option.help or "").split("\n")[0])
            for name, option in self.options.items()
            if name.startswith("--") and (option.multiple or option.name not in self._used)
        ]
        return [*found, Candidate("--help", "Show this command's help.")]

    def values(self, parameter: Any, text: str) -> list[Candidate]:  # noqa: ANN401
        """Return what could be the value of an option or argument."""
        from paramdyn_tui.completing.values import values_at

        if parameter is None:
            return []
        place = Place(
            self.command,
            str(parameter.name),
            str(parameter.metavar or ""),
            text,
            self._runs,
            self.words,
        )
        return values_at(place)


def _starting(found: Sequence[Candidate], text: str) -> list[Candidate]:
    return [each for each in found if each.value.startswith(text)]


def _prefixed(candidate: Candidate, prefix: str) -> Candidate:
    if candidate.value == FILES:
        return candidate
    return Candidate(prefix + candidate.value, candidate.help)
