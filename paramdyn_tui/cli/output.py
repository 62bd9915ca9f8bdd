"""The only printer of the command line: results to stdout, talk to stderr.

A terminal gets tables that fit it; a pipe gets each row on one line, which other programs can read.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import IO, Any

from paramdyn_tui.safe_text import encodable, printable, printable_lines

GAP = 2  # characters between two columns
NARROWEST = 8  # characters that a column of texts keeps


def result(text: str = "") -> None:
    """Print a line of a result; what is not printable stands in it as Python writes it."""
    sys.stdout.write(fit_for(sys.stdout, printable(text)) + "\n")


def result_lines(text: str, *, painted: bool = False) -> None:
    """Print lines of a result; ``painted`` lets the colours in them pass."""
    sys.stdout.write(fit_for(sys.stdout, printable_lines(text, painted=painted)) + "\n")


def result_exact(text: str) -> None:
    """Print a name or path for another program to read; a terminal gets it printable."""
    if sys.stdout.isatty():
        result(text)
    else:
        sys.stdout.write(_held(text, sys.stdout) + "\n")


def talk(text: str = "") -> None:
    """Print a line to the person, apart from the results."""
    sys.stderr.write(fit_for(sys.stderr, printable(text)) + "\n")
    sys.stderr.flush()


def talk_lines(text: str) -> None:
    """Print lines to the person, all but the first one indented: none passes for another's first.

    Errors quote what was found, and that may hold a newline.
    """
    first, *rest = printable_lines(text).split("\n")
    lines = [first, *(f"  {line}".rstrip() for line in rest)]
    sys.stderr.write(fit_for(sys.stderr, "\n".join(lines)) + "\n")
    sys.stderr.flush()


def silence_talk() -> None:
    """Send what is said to the person nowhere from now on: nobody is there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def result_json(value: object) -> None:
    """Print a value as JSON; NaN and infinities become the texts ``nan``, ``inf``, ``-inf``."""
    text = json.dumps(_plain(value), indent=2, allow_nan=False)
    sys.stdout.write(text.replace("\x7f", "\\u007f") + "\n")  # the one control that json leaves


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> None:
    """Print rows under headings.

    Args:
        columns: The headings.
        rows: Texts, one for each heading.
        right: Headings of the columns that are flush right.
        optional: Headings of the columns that a terminal too narrow for all does without, the
            first one first. A pipe gets them all.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    if is_live(sys.stdout):
        shown = fitting(columns, rows, optional=optional, room=width())
        rows = [[row[columns.index(column)] for column in shown] for row in rows]
        columns = shown
        columns, rows = folded(columns, rows, right=right, room=width())
    text = aligned(columns, rows, right=right)
    if is_colourful(sys.stdout):
        head, *rest = text.split("\n")
        result_lines("\n".join([f"\x1b[1;36m{head}\x1b[0m", *rest]), painted=True)
    else:
        result_lines(text)


def fitting(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    optional: Sequence[str],
    room: float,
) -> list[str]:
    """Return the columns to show in ``room`` characters: no empty one, then as many as fit."""
    widths = {
        column: max((len(row[index]) for row in rows), default=0)
        for index, column in enumerate(columns)
    }
    shown = [column for column in columns if widths[column] or not rows]
    for column in optional:
        if sum(max(widths[name], len(name)) + GAP for name in shown) - GAP <= room:
            break
        if column in shown:
            shown.remove(column)
    return shown


def folded(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str], room: int
) -> tuple[list[str], list[list[str]]]:
    """Return a table that fits: long texts go on in rows below, beside nothing; numbers stay whole.

    No column gets narrower than ``NARROWEST``: where that is too wide still, the lines are.
    """
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    texts = [place for place, column in enumerate(columns) if column not in right]
    while texts and sum(widths) + GAP * (len(widths) - 1) > room:
        widest = max(texts, key=lambda place: widths[place])
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    lines = [_row_lines(row, widths) for row in (columns, *rows)]
    (first, *more), *rest = lines
    return first, [*more, *(line for row in rest for line in row)]


def _row_lines(row: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    cells = [
        textwrap.wrap(text, size, break_on_hyphens=False) if len(text) > size else [text]
        for text, size in zip(row, widths, strict=True)
    ]
    return [list(line) for line in itertools.zip_longest(*cells, fillvalue="")]


def sentence(text: str) -> None:
    """Print a result in words; a terminal breaks it between them."""
    for line in _wrapped(printable(text), width()):
        result(line)


def commands(pairs: Mapping[str, str]) -> None:
    """Print what to type for what, beside each other or, where one is too long, below it.

    No line break is put into a command: who copies it gets all of it.
    """
    if not is_live(sys.stdout) or _fits(pairs, width()):
        fields(pairs)
        return
    for purpose, command in pairs.items():
        result(purpose)
        result(f"  {command}")


def _fits(pairs: Mapping[str, str], room: int) -> bool:
    widest = max(map(len, pairs), default=0)
    return all(widest + GAP + len(command) <= room for command in pairs.values())


def aligned(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()
) -> str:
    """Return a table as plain text, two spaces between columns, no space at line ends."""
    lines = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    )


def fields(pairs: Mapping[str, str], *, indent: str = "") -> None:
    """Print names and what they are, one a line; a pair without text is left out.

    A terminal breaks long lines between words, and goes on below the text.
    """
    shown = {name: text for name, text in pairs.items() if text}
    widest = max((len(name) for name in shown), default=0)
    for name, text in shown.items():
        head = f"{indent}{name.ljust(widest)}  "
        first, *rest = _wrapped(text, width() - len(head))
        result(f"{head}{first}")
        for line in rest:
            result(" " * len(head) + line)


def is_live(stream: IO[str]) -> bool:
    """Tell whether a picture can be redrawn in place on ``stream``."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "")


def is_colourful(stream: IO[str]) -> bool:
    """Tell whether colours are welcome on ``stream`` (https://no-color.org)."""
    return is_live(stream) and not os.environ.get("NO_COLOR")


def is_unicode(stream: IO[str]) -> bool:
    """Tell whether ``stream`` can carry block characters, and its reader wants them."""
    if _wants_ascii():
        return False
    try:
        "█▁‖θ".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def width() -> int:
    """Return how many characters a line of the terminal holds; 80 without a terminal."""
    return max(shutil.get_terminal_size((80, 24)).columns, 40)


def fit_for(stream: IO[str], text: str) -> str:
    """Return what ``stream`` can carry of ``text``: what it cannot is written in plain letters."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return encodable(text, "ascii" if _wants_ascii() else encoding)


def _wants_ascii() -> bool:
    """Tell whether the locale is C by order: Python makes UTF-8 of it, a terminal may not.

    Who names an encoding for Python means it. ``LANG=C`` alone is what a bare container has.
    """
    named = os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8") == "1"
    return os.environ.get("LC_ALL") in ("C", "POSIX") and not named


def _held(text: str, stream: IO[str]) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding)


def _wrapped(text: str, room: int) -> list[str]:
    if not is_live(sys.stdout):
        return text.split("\n")
    return [
        part
        for line in text.split("\n")
        for part in textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False)
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON is any
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return f"{value:g}"
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
