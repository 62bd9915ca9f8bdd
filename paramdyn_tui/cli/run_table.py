"""Runs and groups of runs as tables: which columns, what stands in them, what fits."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from paramdyn_tui.cli import output
from paramdyn_tui.safe_text import printable

if TYPE_CHECKING:
    from paramdyn.store.query.groups import Group, Statistic
    from paramdyn.store.query.keys import Key
    from paramdyn.store.query.order import Branch
    from paramdyn.store.run_summary import RunSummary

COLUMNS = (
    "id", "status", "model", "dataset", "init", "optimizer", "perturb", "seed", "epoch",
    "val.acc", "test.acc", "age",
)  # fmt: skip
SPARE = (
    "optimizer", "init", "dataset", "seed", "model", "epoch", "perturb", "val acc", "age", "arm",
)  # fmt: skip
"""Headings that a narrow terminal does without, the first one first: the id says most of it."""
FIGURES = ("val.acc", "test.acc", "val.loss", "test.loss")
"""What a group shows when no columns are asked for."""

_HEADINGS = {"perturb": "perturb", "total_steps": "steps", "images_per_s": "images/s"}
_COLOURS = {
    "starting": "32", "running": "32", "queued": "33", "paused": "33", "suspended": "33",
    "stale": "35", "stopped": "34", "failed": "31", "diverged": "31", "crashed": "31",
    "broken": "31",
}  # fmt: skip
_HEAD, _CONTEXT = "1;36", "2"
_NARROWEST = 5  # characters that a shortened cell keeps


@dataclass(frozen=True, slots=True)
class Table:
    """A table to print.

    Attributes:
        headings: One a column.
        rows: Texts, one a heading.
        right: Headings of the columns that are flush right.
        spare: Headings that a terminal too narrow for all does without, the first one first.
        colours: For each row the SGR colour of its status cell, or of all for a dim row.
    """

    headings: list[str]
    rows: list[list[str]]
    right: frozenset[str] = frozenset()
    spare: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()


def runs_table(
    runs: Sequence[RunSummary], keys: Sequence[Key], *, chosen: bool, lead: Sequence[str] = ()
) -> Table:
    """Return the table of some runs.

    Args:
        runs: One a row.
        keys: One a column.
        chosen: Whether the user chose the columns: then all are shown.
        lead: What stands before the first cell of each row, such as the lines of a tree.
    """
    cells = [[cell(key, run) for key in keys] for run in runs]
    for row, text in zip(cells, lead, strict=False):
        row[0] = text + row[0]
    headings = [heading(key) for key in keys]
    right = frozenset(heading(key) for key in keys if _is_right(key))
    colours = tuple(_COLOURS.get(run.status, "") for run in runs)
    spare = tuple(name for name in SPARE if name != "arm" or not lead)  # a tree is of families
    return Table(headings, cells, right, () if chosen else spare, colours)


def groups_table(groups: Sequence[Group], keys: Sequence[Key], figures: Sequence[Key]) -> Table:
    """Return the table of groups: what they share, how many runs, the figures, who is not in."""
    used = [key for key in figures if any(key.name in group.figures for group in groups)]
    rows = [
        [
            *(text_of(key, value) for key, value in zip(keys, group.values, strict=True)),
            str(len(group.counted)),
            *(figure(key, group.figures.get(key.name)) for key in used),
            apart(group),
        ]
        for group in groups
    ]
    headings = [*map(heading, keys), "n", *map(heading, used), "not counted"]
    if not any(row[-1] for row in rows):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    spare = tuple(heading(key) for key in reversed(used[1:]))
    return Table(headings, rows, frozenset(["n"]), spare, ("",) * len(rows))


def tree_leads(branches: Sequence[Branch], *, ascii_only: bool) -> list[str]:
    """Return the lines of a tree that stand before each run's id."""
    on, tee, corner = ("|  ", "|- ", "`- ") if ascii_only else ("│  ", "├─ ", "└─ ")
    leads = []
    for branch in branches:
        above = "".join(on if more else "   " for more in branch.going_on[1:])
        leads.append(above + (corner if branch.is_last else tee) if branch.depth else "")
    return leads


def heading(key: Key) -> str:
    """Return the heading of a key's column: ``val acc``, ``batch_size``, ``schedule``."""
    if "/" in key.name:
        words = {"validation": "val", "accuracy": "acc", "epoch_accuracy": "epoch acc"}
        return " ".join(words.get(word, word) for word in key.name.split("/"))
    return _HEADINGS.get(key.name, key.name.removesuffix(".name").rpartition(".")[2])


def cell(key: Key, run: RunSummary) -> str:
    """Return what stands in a run's row under a key."""
    if key.name == "status" and run.status == "stale" and run.silence is not None:
        from paramdyn_tui.formatting import duration

        return f"stale {duration(run.silence)}"
    return text_of(key, key.get(run))


def text_of(key: Key, value: Any) -> str:  # noqa: ANN401 - any plain value
    """Return a value of a key as text."""
    from paramdyn_tui.formatting import NOTHING, age, number, percent

    if value is None:
        text = NOTHING
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif key.kind == "duration":
        text = age(value)
    elif key.kind == "date":
        text = str(value)[:16].replace("T", " ")
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) < 1 << 63):
        text = percent(value) if key.name.endswith("accuracy") else number(value)
    else:
        text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return printable(text)


def figure(key: Key, found: Statistic | None) -> str:
    """Return a mean with its interval, to the digits that the interval leaves sure."""
    from paramdyn_tui.formatting import NOTHING, number, percent

    if found is None:
        return NOTHING
    share = key.name.endswith("accuracy")
    half = found.halfwidth
    if half is None:
        return percent(found.mean) if share else number(found.mean)
    scale = 100.0 if share else 1.0
    digits = max(_digits(half * scale), 1 if share else 0) if half > 0 else (1 if share else 4)
    unit = "%" if share else ""
    return f"{found.mean * scale:.{digits}f}{unit} ±{half * scale:.{digits}f}"


def apart(group: Group) -> str:
    """Return who is in no figure of a group: ``1 failed, 2 running``."""
    return ", ".join(f"{count} {status}" for status, count in group.apart.items())


def show(table: Table, *, indent: str = "", ascii_only: bool = False) -> None:
    """Print a table: what fits on a terminal, all of it in a pipe."""
    if ascii_only:
        rows = [[text.replace("±", "+-") for text in row] for row in table.rows]
        table = replace(table, rows=rows)
    headings, rows = table.headings, table.rows
    if output.is_live(sys.stdout):
        headings, rows = _fitted(table, output.width() - len(indent), ascii_only=ascii_only)
    colourful = output.is_colourful(sys.stdout)
    lines = [headings, *rows]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(headings))]
    right = [name in table.right for name in headings]
    status = headings.index("status") if colourful and "status" in headings else -1
    gap = " " * output.GAP
    for number, line in enumerate(lines):
        padded = [
            " " * (width - _width(text)) + text if flush else text + " " * (width - _width(text))
            for text, width, flush in zip(line, widths, right, strict=True)
        ]
        colour = table.colours[number - 1] if number and table.colours else ""
        if colourful and colour == _CONTEXT:
            padded = [_painted(text, _CONTEXT) for text in padded]
        elif status >= 0 and colour:
            padded[status] = _painted(padded[status], colour)
        text = indent + gap.join(padded).rstrip()
        text = _painted(text, _HEAD) if colourful and not number else text
        output.result_lines(text, painted=colourful)


def with_context(table: Table, dim: Sequence[bool]) -> Table:
    """Return the table with some rows dim: runs that are shown for their children's sake."""
    colours = tuple(
        _CONTEXT if is_dim else colour for is_dim, colour in zip(dim, table.colours, strict=True)
    )
    return replace(table, colours=colours)


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _is_right(key: Key) -> bool:
    return key.kind in ("number", "duration")


def _digits(half: float) -> int:
    """Return the decimals that show one or two significant digits of a half width."""
    decimals = 0
    while half < 1.95 and decimals < 8:
        half, decimals = half * 10, decimals + 1
    return decimals


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitted(table: Table, room: int, *, ascii_only: bool) -> tuple[list[str], list[list[str]]]:
    """Return the columns that fit, the widest ones shortened where even the needed do not."""
    from paramdyn_tui.formatting import NOTHING

    spare = [name in table.spare for name in table.headings]
    rows = [  # a spare column without a value counts as empty
        [
            "" if text == NOTHING and may_go else text
            for text, may_go in zip(row, spare, strict=True)
        ]
        for row in table.rows
    ]
    shown = output.fitting(table.headings, rows, optional=table.spare, room=room)
    places = [table.headings.index(name) for name in shown]
    lines = [shown, *([row[place] for place in places] for row in table.rows)]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(shown))]
    while sum(widths) + output.GAP * (len(widths) - 1) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    mark = "~" if ascii_only else "…"
    first, *rest = [
        [_shortened(text, width, mark) for text, width in zip(line, widths, strict=True)]
        for line in lines
    ]
    return first, rest


def _shortened(text: str, width: int, mark: str) -> str:
    """Return a text of at most ``width`` cells, its middle left out: ids end in what tells them."""
    if _width(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}{mark}{text[len(text) - (width - 1 - head) :]}"
