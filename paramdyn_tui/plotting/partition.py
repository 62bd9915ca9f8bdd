"""The partition of all scalars into classes, as one bar that is 100 % wide."""

from __future__ import annotations

import math
from collections.abc import Mapping

from paramdyn_tui.formatting import count, percent
from paramdyn_tui.plotting.raster import paint

LOOKS = {
    "changed": (31, "#"),
    "decay-only": (36, "~"),
    "returned": (149, "="),
    "absorbed": (221, "+"),
    "dead": (166, "x"),
    "structural": (133, ":"),
    "frozen": (244, "-"),
}
"""Class -> code of the 256-colour table, and the sign that draws it without colour."""
OTHER_LOOK = (250, "?")


def partition(counts: Mapping[str, int], *, width: int, color: bool) -> list[str]:
    """Return a bar and under it the share of each class that is not empty.

    A class that is not empty has at least one cell, and one that is not everything leaves one to
    the others: the bar never says none or all when the numbers do not.

    Args:
        counts: Class -> how many scalars.
        width: Characters a line has.
        color: Whether escape sequences are welcome.
    """
    shown = {name: counts[name] for name in _ordered(counts) if counts[name] > 0}
    if not shown:
        return ["no parameters"]
    whole = sum(shown.values())
    bar = "".join(
        paint(" " * cells, background=_look(name)[0]) if color else _look(name)[1] * cells
        for (name, _), cells in zip(
            shown.items(), cells_of_shares(list(shown.values()), width), strict=True
        )
    )
    return [bar, *_wrapped([_entry(name, n, whole, color) for name, n in shown.items()], width)]


def _entry(name: str, number: int, whole: int, color: bool) -> tuple[str, int]:
    """Return one class of the legend, and how wide it is."""
    code, sign = _look(name)
    text = f"{name} {percent(number / whole, 2)} ({count(number)})"
    return f"{paint('  ', background=code) if color else sign * 2} {text}", len(text) + 3


def _wrapped(entries: list[tuple[str, int]], width: int) -> list[str]:
    lines, free = [""], width
    for text, length in entries:
        if lines[-1] and length + 3 > free:
            lines.append("")
            free = width
        space = "   " if lines[-1] else ""
        lines[-1] += space + text
        free -= length + len(space)
    return lines


def cells_of_shares(numbers: list[int], width: int) -> list[int]:
    """Share ``width`` cells out: one to each, the others in proportion, by largest remainder."""
    free = max(width - len(numbers), 0)
    exact = [number * free / sum(numbers) for number in numbers]
    cells = [math.floor(share) for share in exact]
    largest = sorted(range(len(cells)), key=lambda index: cells[index] - exact[index])
    for index in largest[: free - sum(cells)]:
        cells[index] += 1
    return [share + 1 for share in cells]


def _ordered(counts: Mapping[str, int]) -> list[str]:
    return [name for name in LOOKS if name in counts] + [n for n in counts if n not in LOOKS]


def _look(name: str) -> tuple[int, str]:
    return LOOKS.get(name, OTHER_LOOK)
