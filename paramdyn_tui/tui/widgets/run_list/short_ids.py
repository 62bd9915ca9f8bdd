"""Ids of runs made shorter: the hash at the end of an id is needed only where names clash."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from paramdyn_tui.tui.cells import shortened

_HASHED = re.compile(r"(.+)-([0-9a-f]{8})((?:-\d+)?)")
_LEAST = 4  # digits of a hash that a person can tell apart


def short_ids(names: Sequence[str]) -> dict[str, str]:
    """Return a shorter name for each id, all of them different.

    The hash goes where the rest is the only one of its kind; else as many of its digits stay, at
    least four, as tell apart those that share the rest. A name of another form stays as it is.
    """
    parts = {name: found.groups() for name in names if (found := _HASHED.fullmatch(name))}
    stems = Counter(stem for stem, _, _ in parts.values())
    hashes: dict[str, list[str]] = {}
    for stem, digits, _ in parts.values():
        if stems[stem] > 1:
            hashes.setdefault(stem, []).append(digits)
    lengths = {stem: _telling(found) for stem, found in hashes.items()}
    taken = set(names)
    short: dict[str, str] = {}
    for name, (stem, digits, number) in parts.items():
        kept = f"-{digits[: lengths[stem]]}" if stem in lengths else ""
        wanted = f"{stem}{kept}{number}"
        short[name] = name if wanted in taken and wanted != name else wanted
        taken.add(short[name])
    return {name: short.get(name, name) for name in names}


def fitted_id(short: str, common: str, width: int) -> str:
    """Return a short id in at most ``width`` cells.

    Args:
        short: The id.
        common: What it begins with and goes without; empty for nothing.
        width: Cells.
    """
    if len(common) > 1 and short.startswith(common):
        short = "…" + short[len(common) :]
    return shortened(short, width, keep="both")


def common_start(names: Sequence[str]) -> str:
    """Return the parts, each with its ``-``, that all names begin with; none of a single name."""
    if len(names) < 2:
        return ""
    low, high = min(names), max(names)
    length = 0
    for place, (one, other) in enumerate(zip(low, high, strict=False)):
        if one != other:
            break
        if one == "-":
            length = place + 1
    return low[:length]


def _telling(hashes: Sequence[str]) -> int:
    length = _LEAST
    while length < 8 and len({digits[:length] for digits in hashes}) < len(hashes):
        length += 1
    return length
