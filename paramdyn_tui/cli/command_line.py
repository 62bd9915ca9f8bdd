"""The words after a command, sorted as its parser would sort them, and what is wrong with them."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from paramdyn.registry import nearest_names

LISTS = ("a,b", "[a,b]", "0-2", "KEY,...", "TABLES", "FILTER")
"""What stands for the value of an option that is a list or a condition: no piece may be lost."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the value of an option or argument must be.

    Attributes:
        type: ``int`` and ``float`` are checked; anything else may be any text.
        low: The least number; None: any.
    """

    type: object = str
    low: float | None = None

    def expected(self) -> str:
        """Return what a value must be, in words; empty when any text is one."""
        noun = {int: "a whole number", float: "a number"}.get(self.type, "")  # type: ignore[call-overload]
        if noun and self.low is not None:
            return f"{noun}, {self.low:g} or more"
        return str(noun)

    def fits(self, text: str) -> bool:
        """Tell whether ``text`` is such a value. NaN is a number unless there is a least one."""
        if self.type not in (int, float):
            return True
        try:
            value = int(text) if self.type is int else float(text)
        except ValueError:
            return False
        return self.low is None or (not math.isnan(value) and value >= self.low)


def kinds_of(function: Callable[..., Any]) -> dict[str, Kind]:
    """Return what each parameter of a command must be, from the function's annotations."""
    return {
        name: Kind(_plain_type(hint), _least(hint))
        for name, hint in get_type_hints(function, include_extras=True).items()
    }


def _plain_type(hint: Any) -> object:  # noqa: ANN401 - any annotation
    """Return ``int`` for ``Annotated[list[int] | None, ...]``, and so on."""
    if get_origin(hint) is Annotated:
        return _plain_type(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType, list):
        return _plain_type(next(each for each in get_args(hint) if each is not type(None)))
    return hint


def _least(hint: Any) -> float | None:  # noqa: ANN401 - any annotation
    if get_origin(hint) is not Annotated:
        return None
    bounds = (getattr(each, "min", None) for each in hint.__metadata__)
    return next((low for low in bounds if low is not None), None)


@dataclass(slots=True)
class CommandLine:
    """The words of one command, sorted as the parser would sort them, with what is wrong.

    Attributes:
        command: What to call it: ``paramdyn ls``.
        options: Each way to write an option -> the parser's object.
        kinds: Name of a parameter -> what its value must be.
        dashes_are_words: Whether an unknown ``-word`` is an argument.
        only_first: Whether everything after the first argument is not ours to judge.
        given: The arguments found.
        problems: One sentence each.
        has_unknown: Whether a word is an option that does not exist.
        asks_help: Whether ``--help`` is among the options.
    """

    command: str
    options: Mapping[str, Any]
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    dashes_are_words: bool = False
    only_first: bool = False
    given: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    has_unknown: bool = False
    asks_help: bool = False
    _lists: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """What a message begins with: the command's name, nothing for paramdyn itself."""
        name = self.command.partition(" ")[2]
        return f"{name}: " if name else ""

    def read(self, words: Sequence[str]) -> None:
        """Sort the words, and note what is wrong with them."""
        waiting = list(words)
        while waiting:
            word = waiting.pop(0)
            if word == "--":
                self.given += waiting
                return
            if word.startswith("--"):
                self._take_long(word, waiting)
            elif word.startswith("-") and len(word) > 1:
                self._take_short(word, waiting)
            else:
                self.given.append(word)
                if self.only_first:
                    return

    def _take_long(self, word: str, waiting: list[str]) -> None:
        name, equals, value = word.partition("=")
        option = self.options.get(name)
        if option is None:
            self._unknown(name)
        elif not option.is_flag:
            self._take_value(name, option, [value] if equals else waiting, attached=bool(equals))
        elif equals:
            self.problems.append(
                f"{self.where}{name}: found the value '{value}'. It takes none. Write {name} alone."
            )
        elif name == "--help":
            self.asks_help = True

    def _take_short(self, word: str, waiting: list[str]) -> None:
        if self.dashes_are_words and f"-{word[1]}" not in self.options:
            self.given.append(word)
            return
        for place, letter in enumerate(word[1:], 2):
            option = self.options.get(f"-{letter}")
            if option is None:
                self._unknown(word if place == 2 else f"-{letter}")
                return
            if not option.is_flag:
                rest = word[place:]
                self._take_value(
                    f"-{letter}", option, [rest] if rest else waiting, attached=bool(rest)
                )
                return

    def _take_value(
        self,
        name: str,
        option: Any,  # noqa: ANN401 - click's or typer's own
        waiting: list[str],
        *,
        attached: bool,
    ) -> None:
        kind = self.kinds.get(option.name, Kind())
        form = f"{name} {option.metavar or 'VALUE'}"
        if not waiting or (not attached and waiting[0].partition("=")[0] in self.options):
            expected = kind.expected() or "one after it"
            found = f", and {waiting[0]} follows" if waiting else ""
            self.problems.append(
                f"{self.where}{name}: its value is missing{found}. Expected {expected}. "
                f"Write {form}."
            )
            return
        value = waiting.pop(0)
        before = self._lists.get(name, value)
        if before != value:
            self.problems.append(
                f"{self.where}{name}: is given twice, as '{before}' and '{value}', and one of them "
                f"would be lost. Expected one. Write {form}."
            )
        if option.metavar in LISTS:
            self._lists[name] = value
        if not kind.fits(value):
            self.problems.append(
                f"{self.where}{name}: found '{value}'. Expected {kind.expected()}. Write {form}."
            )

    def _unknown(self, name: str) -> None:
        self.has_unknown = True
        near = [
            option
            for bare in nearest_names(name.strip("-"), [each.strip("-") for each in self.options])
            for option in self.options
            if option.strip("-") == bare
        ]
        hint = f" Did you mean {' or '.join(repr(each) for each in near)}?" if near else ""
        behind = "" if self.where else f" A command's stand behind it: paramdyn COMMAND {name}."
        self.problems.append(
            f"{self.where}unknown option '{name}'.{hint}{behind} "
            f"All options: {self.command} --help."
        )

    def check_arguments(self, arguments: Sequence[Any], names: Sequence[str]) -> None:
        """Note arguments that are missing or too many.

        Args:
            arguments: The parser's objects, in their order.
            names: What each of them is called in the usage line.
        """
        usage = " ".join([self.command, *names]).removesuffix(".")  # of three: one ends a sentence
        for place, (argument, name) in enumerate(zip(arguments, names, strict=True)):
            if argument.required and len(self.given) <= place:
                about = (argument.help or name).rstrip(".")
                self.problems.append(
                    f"{self.where}{name.removesuffix('...')} is missing. Expected: {about}. "
                    f"Write {usage}."
                )
            elif place < len(self.given) and argument.nargs == 1:
                self._check_argument(name, self.kinds.get(argument.name, Kind()), place)
        extra = self.given[len(arguments) :]
        endless = any(argument.nargs == -1 for argument in arguments)
        if extra and not endless and not self.has_unknown:
            several = ", ".join(f"'{each}'" for each in extra)
            expected = f"no more than {' '.join(names)}" if names else "no arguments"
            self.problems.append(
                f"{self.where}found {several}. Expected {expected}. "
                "Leave it out, or quote what has spaces."
            )

    def _check_argument(self, name: str, kind: Kind, place: int) -> None:
        if not kind.fits(self.given[place]):
            self.problems.append(
                f"{self.where}{name}: found '{self.given[place]}'. Expected {kind.expected()}."
            )
