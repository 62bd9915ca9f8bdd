"""A bar that shows how far a long command is: on a terminal only, and gone when it has ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator

from paramdyn_tui.cli import output

Progress = Callable[[str, int, int], None]
"""Called with (what is done, how much of it, of how much)."""
VARIABLE = "PARAMDYN_PROGRESS"
"""Set to ``json``, progress is said on stderr in lines of JSON, for programs."""
LINE_SECONDS = 0.1
WIDEST = 40
"""Characters of words beside a bar, which must fit 80 columns."""
NAME_END = 8
"""Characters of a long name that are shown: the hash that a run id ends in."""
_LONG_NAME = re.compile(r"[\w.-]{20,}")


@contextlib.contextmanager
def progress_bar(first: str, *, quiet: bool) -> Iterator[Progress]:
    """Show a bar on stderr, and yield what moves it; without a terminal there is none.

    Args:
        first: What is done before the first call.
        quiet: No bar in any case.
    """
    if not quiet and os.environ.get(VARIABLE) == "json":
        yield _LineByLine()
        return
    if quiet or not output.is_live(sys.stderr):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    # a narrow column of words: the bar stays where it is
    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(),
               TimeElapsedColumn())  # fmt: skip
    colour = output.is_colourful(sys.stderr)
    console = Console(stderr=True, no_color=not colour, highlight=False)
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(first, total=None)

        def move(what: str, done: int, total: int) -> None:
            shown.update(task, description=fitted(what), completed=done, total=max(total, 1))

        yield move


def fitted(what: str, width: int = WIDEST) -> str:
    """Return what is done in few characters: names of runs give way to their ends, words stay.

    >>> fitted("distances of lenet-fashion-mnist-run-distort-sgd-s0-33b3bf12")
    'distances of …33b3bf12'
    >>> fitted("gradients of mine.pt")
    'gradients of mine.pt'
    """
    if len(what) > width:
        what = _LONG_NAME.sub(lambda found: "…" + found[0][-NAME_END:], what)
    return what if len(what) <= width else what[: width - 1] + "…"


class _LineByLine:
    """Says how far it is, a few times a second at most."""

    def __init__(self) -> None:
        self._said = ("", 0.0)

    def __call__(self, what: str, done: int, total: int) -> None:
        last, when = self._said
        now = time.monotonic()
        if what == last and now - when < LINE_SECONDS and done < total:
            return
        self._said = (what, now)
        sys.stderr.write(json.dumps({"progress": [what, done, total]}) + "\n")
        sys.stderr.flush()
