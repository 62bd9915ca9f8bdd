"""Read the nested dataclasses of a spec from plain values, by the types of their fields.

Nothing here knows what a field means. Every value that does not fit becomes a problem and its field
keeps the default, so that the rest of the spec can be checked as well.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from paramdyn.registry import nearest_names
from paramdyn.specs.problem import Problem, shown
from paramdyn.specs.run_spec import RunSpec

D = TypeVar("D")

DEEPEST_OPTION = 8
_MISFIT = object()


def from_plain(kind: type[D], value: object, key: str, found: list[Problem]) -> D:
    """Return a ``kind`` built from a mapping; what is wrong with it is added to ``found``.

    Whole numbers are taken where a number is expected; nothing else is converted. A list becomes
    a tuple, but stays a list inside options.

    Args:
        kind: A dataclass of which every field has a default.
        value: What should be a mapping from field names to plain values.
        key: Dotted key of this mapping in the whole spec; empty for the spec itself.
        found: List of problems, extended in place.
    """
    if not isinstance(value, Mapping):
        found.append(Problem(key, f"found {_described(value)}, expected a table of keys."))
        return kind()
    types = _types_of(kind)
    arguments: dict[str, Any] = {}
    for name, item in value.items():
        if name not in types:
            found.append(_unknown_key(kind, name, key))
            continue
        converted = _convert(types[name], item, f"{key}.{name}" if key else name, found)
        if converted is not _MISFIT:
            arguments[name] = converted
    return kind(**arguments)


def _convert(kind: Any, value: object, key: str, found: list[Problem]) -> Any:  # noqa: ANN401
    if is_dataclass(kind) and isinstance(kind, type):
        return from_plain(kind, value, key, found)
    if isinstance(kind, UnionType):
        kind = next(member for member in get_args(kind) if member is not NoneType)
        return None if value is None else _convert(kind, value, key, found)
    if get_origin(kind) is tuple:
        return _convert_items(get_args(kind)[0], value, key, found)
    if get_origin(kind) is Mapping:
        return _plain_options(value, key, found)
    return _convert_scalar(kind, value, key, found)


def _convert_items(kind: type, value: object, key: str, found: list[Problem]) -> Any:  # noqa: ANN401
    if not isinstance(value, (list, tuple)):
        what = "tables" if is_dataclass(kind) else "texts"
        found.append(Problem(key, f"found {_described(value)}, expected a list of {what}."))
        return _MISFIT
    items = [_convert(kind, item, f"{key}[{i}]", found) for i, item in enumerate(value)]
    return _MISFIT if any(item is _MISFIT for item in items) else tuple(items)


def _convert_scalar(kind: type, value: object, key: str, found: list[Problem]) -> Any:  # noqa: ANN401
    fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not fits or (isinstance(value, bool) and kind is not bool):
        found.append(Problem(key, f"found {_described(value)}, expected {_NOUNS[kind]}."))
        return _MISFIT
    written = _plain(value, key, found, 0)
    return written if written is _MISFIT else kind(written)


def _plain_options(value: object, key: str, found: list[Problem]) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return _plain(value, key, found, 0)
    found.append(Problem(key, f"found {_described(value)}, expected a table of options."))
    return _MISFIT


def _plain(value: object, key: str, found: list[Problem], depth: int) -> Any:  # noqa: ANN401
    """Return ``value`` as TOML can write it: bool, int, float, str, list, dict."""
    if depth > DEEPEST_OPTION:
        found.append(Problem(key, f"nested deeper than {DEEPEST_OPTION} levels. Make it flatter."))
        return _MISFIT
    if isinstance(value, Mapping):
        return _plain_table(value, key, found, depth)
    if isinstance(value, (list, tuple)):
        items = [_plain(item, f"{key}[{i}]", found, depth + 1) for i, item in enumerate(value)]
        return _MISFIT if any(item is _MISFIT for item in items) else items
    return _plain_scalar(value, key, found)


def _plain_table(
    value: Mapping[Any, object], key: str, found: list[Problem], depth: int
) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, item in value.items():
        if not isinstance(name, str) or not _is_text(name):
            found.append(Problem(key, f"found {shown(name)} as a key, expected a text."))
            continue
        converted = _plain(item, f"{key}.{name}", found, depth + 1)
        if converted is not _MISFIT:
            table[name] = converted
    return table


def _plain_scalar(value: object, key: str, found: list[Problem]) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return int(value)
        text = f"found {shown(value)}, expected a number of at most 64 bits."
    elif isinstance(value, float):
        return float(value)
    elif isinstance(value, str):
        if _is_text(value):
            return str(value)
        text = f"found {shown(value)}, which cannot be written as UTF-8. Choose another text."
    else:
        text = f"found {_described(value)}, expected a number, a text, true, false, or a list."
    found.append(Problem(key, text))
    return _MISFIT


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _types_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@functools.cache
def _places() -> dict[str, str]:
    """Return where a key that is written in the wrong place belongs: name -> dotted key."""
    sections = {name: kind for name, kind in _types_of(RunSpec).items() if is_dataclass(kind)}
    pairs = [(f.name, f"{name}.{f.name}") for name, kind in sections.items() for f in fields(kind)]
    names = [name for name, _ in pairs]
    return {name: place for name, place in pairs if names.count(name) == 1}


def _unknown_key(kind: type, name: object, key: str) -> Problem:
    known = list(_types_of(kind))
    near = nearest_names(name, known) if isinstance(name, str) else []
    if not near and isinstance(name, str) and name in _places():
        near = [_places()[name]]
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    keys = f" Keys here: {', '.join(known)}."
    options = f" Options are written as '{key}.options'." if "options" in known and key else ""
    readable = isinstance(name, str) and name and name.isprintable()
    label = str(name) if readable else shown(name)
    return Problem(f"{key}.{label}" if key else label, f"unknown key.{hint}{keys}{options}")


_NOUNS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def _described(value: object) -> str:
    """Return ``value`` with the kind of thing it is, unless that can be seen."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    return shown(value) if isinstance(value, (bool, int, float, str)) else type(value).__name__
