"""Lines to pieces: long ones each by itself, all others at once."""

from __future__ import annotations

from collections.abc import Sequence

from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.charts.many_lines import pieces_of_many
from paramdyn_tui.tui.charts.one_line import pieces_of_one
from paramdyn_tui.tui.charts.pieces import Pieces, together
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport

LONG = 2048
"""Records from which on a line is reduced by itself, its columns found by bisection."""


def pieces_of(
    lines: Sequence[tuple[Floats, Floats]],
    view: Viewport,
    columns: int,
    pyramids: Sequence[Pyramid | None] = (),
) -> Pieces:
    """Return the pieces of lines that a viewport shows, and of each the nearest beside it.

    Args:
        lines: Positions and values. Shape (N,) each. A line goes on by rising positions. Records
            whose position is not finite have no place; on a logarithmic scale, neither have those
            at zero and below.
        view: What is shown; only its horizontal part counts.
        columns: Columns of dots, at least 2.
        pyramids: For each line its pyramid, if it has one.
    """
    parts: list[Pieces] = []
    small: list[int] = []
    for index, (x, y) in enumerate(lines):
        pyramid = pyramids[index] if pyramids else None
        whole = None
        if len(x) == len(y) >= LONG:
            whole = pieces_of_one(x, y, index, view, columns, pyramid)
        if whole is None:
            small.append(index)
        else:
            parts.append(whole)
    if small or not parts:
        parts.append(pieces_of_many([lines[index] for index in small], small, view, columns))
    return parts[0] if len(parts) == 1 else together(parts)
