"""Letters for the long names of runs, where a page has to tell several of them apart."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

SHORT = 12
"""Names that are no longer need no letter."""
MOST = 26

T = TypeVar("T")


def letters_for(names: Sequence[str]) -> dict[str, str]:
    """Return name -> letter in the order given; nothing where names are few, many or short."""
    if not 1 < len(names) <= MOST or max(map(len, names)) <= SHORT:
        return {}
    return dict(zip(names, string.ascii_uppercase, strict=False))


def lettered(value: T, letters: Mapping[str, str], *, keep: Sequence[str] = ("command",)) -> T:
    """Return a value of plain data with each name in its texts replaced by its letter.

    A name within a longer one, such as a run's within that of its repetition, stays.

    Args:
        value: Texts, sequences, mappings and dataclasses of such.
        letters: Name -> letter.
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
