"""The options of a named thing: which it takes, of which type, and what they are by default."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from paramdyn.registry import Entry, nearest_names
from paramdyn.specs.problem import Problem, shown


def option_problems(entry: Entry, options: Mapping[str, Any], key: str) -> list[Problem]:
    """Return what is wrong with the options given to ``entry``.

    An option must have the type of its default: a whole number is taken where a number is expected,
    numbers must be finite, items of a list must be of the type of the default's items. An entry
    whose options are None takes anything that can be a keyword argument.

    Args:
        entry: The registry's entry.
        options: What the spec gives it.
        key: Dotted key of the named thing, ``optimizer``.
    """
    found = []
    for name, value in options.items():
        place = f"{key}.options.{name}"
        if not name.isidentifier():
            text = "an option's name must be a Python identifier. Rename it."
            found.append(Problem(place, text, (f"{key}.name",)))
        elif entry.options is not None and name not in entry.options:
            found.append(Problem(place, _not_taken(entry, name), (f"{key}.name",)))
        elif entry.options is not None and not _fits(value, entry.options[name]):
            text = f"found {shown(value)}, expected {_expected(entry.options[name])}."
            found.append(Problem(place, text, (f"{key}.name",)))
    return found


def filled(entry: Entry | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``options`` with the entry's defaults for those not given.

    The entry's order comes first, and whole numbers become floats where the default is one.
    """
    if entry is None or entry.options is None:
        return dict(options)
    complete = {**entry.options, **options}
    return {name: _like(value, entry.options.get(name)) for name, value in complete.items()}


def _not_taken(entry: Entry, name: str) -> str:
    known = list(entry.options or {})
    near = nearest_names(name, known)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    takes = f"Its options: {', '.join(known)}." if known else "It has no options."
    return f"'{entry.name}' takes no '{name}'.{hint} {takes} Remove or rename it."


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, float):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and math.isfinite(value)  # type: ignore[arg-type]
    if isinstance(default, int):
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(default, str):
        return isinstance(value, str)
    if isinstance(default, (list, tuple)):
        return isinstance(value, (list, tuple)) and all(
            not default or _fits(item, default[0]) for item in value
        )
    return True


def _expected(default: object) -> str:
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, float):
        return "a finite number"
    if isinstance(default, int):
        return "a whole number"
    if isinstance(default, (list, tuple)):
        return f"a list such as {list(default)}"
    return "a text"


def _like(value: Any, default: object) -> Any:  # noqa: ANN401 - options hold any plain value
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, (list, tuple)) and isinstance(value, (list, tuple)):
        return [_like(item, default[0] if default else None) for item in value]
    return value
