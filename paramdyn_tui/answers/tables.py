"""The tables of an answer as text of a given width.

Numbers are never cut. What is too wide is folded: headings over several lines first, then texts,
then the columns themselves into blocks below each other, each of which begins with the rows'
names; a null stays beside the number that it belongs to.
"""

from __future__ import annotations

import string
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paramdyn_tui.answers.cells import UNDEFINED, cell_text
from paramdyn_tui.answers.sheet import Sheet

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Column, Table

GAP = 2
MOST_ROWS = 40
"""Rows of a table that are shown without ``details``."""
LEAST_TEXT = 24
"""Characters from which on a text may be folded."""
HEADING = "1;36"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as texts.

    Attributes:
        title: Its heading.
        texts: One a row.
        is_text: Whether it holds words: flush left, may be folded.
        null: Whether it is a null: fainter, and beside the column before it.
        least: Characters it needs.
        natural: Characters it would like.
    """

    title: str
    texts: Sequence[str]
    is_text: bool
    null: bool
    least: int
    natural: int


_NO_COLUMN = _Column("", (), is_text=False, null=False, least=0, natural=0)


def table_lines(table: Table, sheet: Sheet, *, only: str = "") -> list[str]:
    """Return a table with its heading, its note, and why cells are undefined.

    Args:
        table: What is shown; columns without any value or reason are left out.
        sheet: No line is wider, if its columns can be folded that far.
        only: The one subject of the answer, which needs no naming.
    """
    letters = reason_letters(table)
    rows = len(table.rows) if sheet.details else min(len(table.rows), MOST_ROWS)
    columns = [
        _column(column, table, letters, rows)
        for column in table.columns
        if _says_something(column, table)
    ]
    columns, shared = _without_shared(columns)
    title = f"{table.title}: {shared}" if shared not in ("", only) else table.title
    lines = [sheet.bold(line) for line in sheet.prose(title)]
    if not rows:
        lines.append(sheet.dim("no rows"))
    for index, block in enumerate(_blocks(columns, sheet.width) if rows else []):
        lines += [""] * (index > 0)
        lines += _block_lines(block, rows, sheet)
    if rows < len(table.rows):
        left = len(table.rows) - rows
        lines += sheet.prose(f"... and {left:,} more rows: --details shows all, --json has them.")
    lines += [sheet.dim(line) for line in sheet.prose(table.note)]
    for why, letter in letters.items():
        lines += [sheet.dim(line) for line in sheet.prose(why, first=f"[{letter}] ")]
    return lines


def _says_something(column: Column, table: Table) -> bool:
    filled = any(row.get(column.key) not in (None, "") for row in table.rows)
    return filled or not table.rows or any(key == column.key for _, key in table.reasons)


def _without_shared(columns: Sequence[_Column]) -> tuple[list[_Column], str]:
    """Return the columns without a first one that names the same thing in each row, and that."""
    first, *others = columns or [_NO_COLUMN]
    one = first.is_text and len(set(first.texts)) == 1 and first.texts[0] != UNDEFINED
    if one and others and (len(first.texts) == 1 or others[0].is_text):
        return others, first.texts[0]
    return list(columns), ""


def reason_letters(table: Table) -> dict[str, str]:
    """Return a letter for each reason, in the order of rows."""
    reasons = list(dict.fromkeys(table.reasons[place] for place in sorted(table.reasons)))
    names = [*string.ascii_lowercase, *(f"{n}" for n in range(27, len(reasons) + 1))]
    return dict(zip(reasons, names, strict=False))


def _column(column: Column, table: Table, letters: dict[str, str], rows: int) -> _Column:
    texts = []
    for index, row in enumerate(table.rows[:rows]):
        value = row.get(column.key)
        text = cell_text(value, column.format)
        if value is None and (index, column.key) in table.reasons:
            text = f"[{letters[table.reasons[index, column.key]]}]"
        texts.append(text)
    is_text = column.format == "text"
    cells = max((len(text) for text in texts), default=0)
    word = max((len(word) for word in column.title.split()), default=0)
    least = min(cells, LEAST_TEXT) if is_text else cells
    return _Column(
        column.title, texts, is_text, column.null, max(least, word), max(cells, len(column.title))
    )


def _blocks(columns: Sequence[_Column], width: int) -> list[list[_Column]]:
    """Return the columns in blocks that fit, a null in that of the column before it."""
    if not columns:
        return []
    names = _names(columns, width)
    units: list[list[_Column]] = []
    for column in columns[len(names) :]:
        if column.null and units:
            units[-1].append(column)
        else:
            units.append([column])
    blocks: list[list[_Column]] = []
    for unit in units:
        if blocks and _least(blocks[-1] + unit) <= width:
            blocks[-1] += unit
        else:
            blocks.append([*names, *unit])
    return blocks or [list(names)]


def _names(columns: Sequence[_Column], width: int) -> list[_Column]:
    """Return the columns that say what a row is: the first texts, a number before them too."""
    number_first = len(columns) > 1 and not columns[0].is_text and columns[1].is_text
    names = list(columns[:number_first])
    for column in columns[number_first:]:
        if not column.is_text or _least([*names, column]) > width // 2:
            break
        names.append(column)
    return names


def _least(columns: Sequence[_Column]) -> int:
    return sum(column.least + GAP for column in columns) - GAP


def _widths(columns: Sequence[_Column], width: int) -> list[int]:
    """Return how wide each column gets: texts first, then headings, get what is left."""
    widths = [column.least for column in columns]
    spare = width - _least(columns)
    for wanted in (True, False):
        for index, column in enumerate(columns):
            if column.is_text is wanted:
                more = max(min(column.natural - widths[index], spare), 0)
                widths[index] += more
                spare -= more
    return widths


def _block_lines(columns: Sequence[_Column], rows: int, sheet: Sheet) -> list[str]:
    widths = _widths(columns, sheet.width)
    titles = [
        textwrap.wrap(column.title, width, break_on_hyphens=False) or [""]
        for column, width in zip(columns, widths, strict=True)
    ]
    high = max(map(len, titles))
    lines = [
        _joined([title[index - high + len(title)] if index >= high - len(title) else ""
                 for title in titles], columns, widths, sheet, heading=True)
        for index in range(high)
    ]  # fmt: skip
    lines.append(sheet.dim((" " * GAP).join("─" * width for width in widths)))
    for row in range(rows):
        cells = [_folded(c.texts[row], w) for c, w in zip(columns, widths, strict=True)]
        lines += [
            _joined([cell[index] if index < len(cell) else "" for cell in cells],
                    columns, widths, sheet)
            for index in range(max(map(len, cells)))
        ]  # fmt: skip
    return lines


def _folded(text: str, width: int) -> list[str]:
    return [text] if len(text) <= width else textwrap.wrap(text, width)


def _joined(
    texts: Sequence[str],
    columns: Sequence[_Column],
    widths: Sequence[int],
    sheet: Sheet,
    *,
    heading: bool = False,
) -> str:
    """Return one line; a null is fainter, and so is what is undefined."""
    parts = []
    free = 0  # spaces owed before the next text, so that no line ends in some
    for text, column, width in zip(texts, columns, widths, strict=True):
        if text:
            left = 0 if column.is_text else width - len(text)
            parts.append(" " * (free + left) + _styled(text, column, sheet, heading=heading))
            free = width - len(text) - left + GAP
        else:
            free += width + GAP
    return "".join(parts)


def _styled(text: str, column: _Column, sheet: Sheet, *, heading: bool) -> str:
    if column.null or text == UNDEFINED or (text[0] == "[" and text[-1] == "]"):
        return sheet.dim(text)
    if heading and sheet.color:
        return f"\x1b[{HEADING}m{text}\x1b[0m"
    return text
