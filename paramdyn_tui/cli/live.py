"""A run on the screen while it trains: redrawn in place on a terminal, else a line an epoch.

The lines themselves are plain functions of what was read; rich only redraws them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self

from paramdyn_tui.cli import output
from paramdyn_tui.cli.follow import Following
from paramdyn_tui.formatting import bar, count, duration, number, percent, sparkline

LABEL_WIDTH = 16
VALUE_WIDTH = 11
HINT = "Ctrl-C: stop after this batch and write a checkpoint."
STOPPING = "Stopping after this batch ... (Ctrl-C again: end it at once.)"
DRIFT_LABELS = {
    "relative_displacement": ("moved, relative", percent),
    "displacement": ("moved", number),
}
"""Measurement -> what it is called here, and how its values are written."""


@contextmanager
def starting(*, quiet: bool) -> Iterator[None]:
    """Say on a terminal that something is coming, until it has come: torch takes seconds."""
    shown = not quiet and output.is_colourful(sys.stderr)
    if shown:
        sys.stderr.write("starting ...")
        sys.stderr.flush()
    try:
        yield
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class View(Protocol):
    """Shows a run that is being followed."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the screen in order."""

    def update(self, added: list[dict[str, Any]], *, stopping: bool) -> None:
        """Show what is known now; ``added`` are the metric records since the last call."""


def view_of(following: Following, *, quiet: bool, ascii_only: bool) -> View:
    """Return the view that suits stderr."""
    if quiet:
        return SilentView()
    if not output.is_colourful(sys.stderr):
        return PlainView(following)
    plain = ascii_only or not output.is_unicode(sys.stderr)
    return LiveView(following, ascii_only=plain)


class SilentView:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, added: list[dict[str, Any]], *, stopping: bool) -> None:
        """Do nothing."""


class PlainView(SilentView):
    """Writes a line to stderr at each end of an epoch."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._said_stopping = False

    def __enter__(self) -> Self:
        output.talk(f"run {self._following.folder.name}")
        return self

    def update(self, added: list[dict[str, Any]], *, stopping: bool) -> None:
        """Write the lines of the epochs that ended."""
        for record in added:
            if is_epoch_end(record):
                output.talk(epoch_line(record, self._following))
        if stopping and not self._said_stopping:
            self._said_stopping = True
            output.talk(STOPPING)


class LiveView:
    """Redraws progress and sparklines in place, on stderr."""

    def __init__(self, following: Following, *, ascii_only: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self._following = following
        self._ascii = ascii_only
        self._console = Console(file=sys.stderr, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._draw("")
        self._live.stop()

    def update(self, added: list[dict[str, Any]], *, stopping: bool) -> None:  # noqa: ARG002
        """Draw anew."""
        self._draw(STOPPING if stopping else HINT)

    def _draw(self, hint: str) -> None:
        from rich.text import Text

        lines = screen(self._following, width=self._console.width, ascii_only=self._ascii)
        picture = Text(no_wrap=True, overflow="crop")
        picture.append(f"{lines[0]}\n", style="bold")
        picture.append(f"{lines[1]}\n", style="green")
        for line in lines[2:]:
            picture.append(line[: LABEL_WIDTH + VALUE_WIDTH])
            picture.append(f"{line[LABEL_WIDTH + VALUE_WIDTH :]}\n", style="cyan")
        picture.append(hint, style="dim")
        picture.rstrip()
        self._live.update(picture, refresh=True)


def screen(following: Following, *, width: int, ascii_only: bool) -> list[str]:
    """Return the lines to show: the run, its progress, and a sparkline for each quantity.

    No line is longer than ``width``, from 40 on.
    """
    lines = [following.folder.name, progress_line(following, width=width, ascii_only=ascii_only)]
    kept = "test" if following.series("test/accuracy") else "validation"
    rows = [
        ("train loss", following.series("train/loss"), number),
        ("train accuracy", following.series("train/accuracy"), percent),
        (f"{kept} accuracy", following.series(f"{kept}/accuracy"), percent),
    ]
    name, moved = following.drift_series()
    title, in_words = DRIFT_LABELS[name]
    rows.append((title, list(moved.values()), in_words))
    for label, values, text in rows:
        if not values:
            continue
        room = width - LABEL_WIDTH - VALUE_WIDTH
        line = sparkline(values, min(room, 60), ascii_only=ascii_only)
        value = text(values[-1]).rjust(VALUE_WIDTH - 2)
        lines.append(f"{label[: LABEL_WIDTH - 1].ljust(LABEL_WIDTH)}{value}  {line}")
    return [line[:width] for line in lines]


def progress_line(following: Following, *, width: int, ascii_only: bool) -> str:
    """Return epoch, bar, share, steps, time left and speed, as much as fits in ``width``."""
    state = following.state
    if state is None:
        return "starting ..."
    total = max(state.total_steps, 1)
    share = state.step / total
    epochs = max(following.epochs, 1)
    head = f"epoch {min(int(state.epoch) + 1, epochs)}/{epochs} "
    parts = [f" {share:.0%}", f"step {count(state.step)}/{count(state.total_steps)}"]
    parts.append(f"ETA {duration(following.seconds_left())}")
    if state.images_per_s:
        parts.append(f"{number(state.images_per_s)} images/s")
    while parts and len(head) + len("  ".join(parts)) + 10 > width:
        parts.pop()
    tail = "  ".join(parts)
    room = min(max(width - len(head) - len(tail), 5), 40)
    return head + bar(share, room, ascii_only=ascii_only) + tail


def is_epoch_end(record: Mapping[str, Any]) -> bool:
    """Tell whether a metric record was written at the end of an epoch."""
    return "train/epoch_loss" in record or (
        record.get("step") == 0 and ("test/loss" in record or "validation/loss" in record)
    )


def epoch_line(record: Mapping[str, Any], following: Following) -> str:
    """Return one line about an epoch that ended, or about the untrained network."""
    parts = [f"epoch {number(record.get('epoch', 0.0))}"]
    for title, prefix in (
        ("train", "train/epoch_"),
        ("validation", "validation/"),
        ("test", "test/"),
    ):
        loss, accuracy = record.get(f"{prefix}loss"), record.get(f"{prefix}accuracy")
        if loss is not None:
            parts.append(f"{title} {number(loss)}/{percent(accuracy)}")
    name, moved = following.drift_series()
    step = record.get("step", 0)
    if step in moved and step > 0:
        title, in_words = DRIFT_LABELS[name]
        parts.append(f"{title} {in_words(moved[step])}")
    if step > 0 and following.state is not None and following.state.images_per_s:
        parts.append(f"{number(following.state.images_per_s)} images/s")
    return "  ".join(parts)
