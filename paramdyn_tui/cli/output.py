"""The only printer of the command line: results to stdout, talk to stderr.

With a terminal, tables are drawn with rich; without one, under ``NO_COLOR`` or ``TERM=dumb``, they
are aligned text that other programs can read.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import IO, Any

from paramdyn_tui.safe_text import encodable, printable, printable_lines

GAP = 2  # characters between two columns


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
    if is_colourful(sys.stdout):
        _rich_table(columns, rows, set(right))
    else:
        result_lines(aligned(columns, rows, right=right))


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


def _rich_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], flush_right: set[str]
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    box = {"box": SIMPLE_HEAD, "show_edge": False, "pad_edge": False, "padding": (0, GAP - 1, 0, 0)}
    drawn = Table(header_style="bold cyan", **box)  # type: ignore[arg-type]
    for column in columns:
        side = "right" if column in flush_right else "left"
        drawn.add_column(column, justify=side, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout).print(drawn)
