"""Short names for runs with long ones, where a page has to tell several of them apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

SHORT = 12
"""Names that are no longer need no other."""
MOST = 26

T = TypeVar("T")


def letters_for(names: Sequence[str]) -> dict[str, str]:
    """Return name -> ``run1``, ``run2`` in the order given; nothing for few, many or short names.

    A single letter would be one of those that formulas have: in ``d(E, A0)`` E is no run.
    """
    if not 1 < len(names) <= MOST or max(map(len, names)) <= SHORT:
        return {}
    return {name: f"run{place}" for place, name in enumerate(names, 1)}


def lettered(value: T, letters: Mapping[str, str], *, keep: Sequence[str] = ("command",)) -> T:
    """Return a value of plain data with each name in its texts replaced by the short one.

    A name within a longer one, such as a run's within that of its repetition, stays.

    Args:
        value: Texts, sequences, mappings and dataclasses of such.
        letters: Name -> short name.
        keep: Fields of dataclasses that stay as they are: commands are copied.
    """
    if not letters:
        return value
    longest_first = sorted(letters, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w-])")

    def put(item: Any) -> Any:  # noqa: ANN401 - plain data
        if isinstance(item, str):
            return pattern.sub(lambda found: letters[found[1]], item)
        if isinstance(item, Mapping):
            return {put(key): put(each) for key, each in item.items()}
        if isinstance(item, list | tuple):
            return type(item)(map(put, item))
        if is_dataclass(item) and not isinstance(item, type):
            parts = {each.name: getattr(item, each.name) for each in fields(item)}
            return replace(item, **{k: v if k in keep else put(v) for k, v in parts.items()})
        return item

    found: T = put(value)
    return found
