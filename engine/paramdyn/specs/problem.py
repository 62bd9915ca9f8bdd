"""One thing that is wrong with a spec."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paramdyn.errors import SpecError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a spec.

    Attributes:
        key: Dotted key it is about: ``optimizer.options.momentum``.
        text: What was found, what was expected, what to do.
        also: Other keys that it depends on; when one of them is unreadable, it is not reported.
    """

    key: str
    text: str
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.key}: {self.text}" if self.key else self.text


def spec_error(found: Iterable[Problem], where: str = "") -> SpecError:
    """Return the error that lists all of ``found``, each beginning with ``where``."""
    prefix = f"{where}: " if where else ""
    return SpecError([f"{prefix}{problem}" for problem in found])


def shown(value: object) -> str:
    """Return ``value`` as a message shows it, with at most 60 characters."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        return "a number with thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."
