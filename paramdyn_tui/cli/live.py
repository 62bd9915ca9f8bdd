"""A run on the screen while it trains: redrawn in place on a terminal, else a line an epoch.

The lines themselves are plain functions of what was read. Nothing is imported that takes time:
the first picture of a run that is attached to should be there at once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from paramdyn_tui.cli import output
from paramdyn_tui.cli.dialog import Dialog
from paramdyn_tui.cli.painter import BOLD, CYAN, DIM, GREEN, Line, Painter
from paramdyn_tui.formatting import bar, count, duration, number, percent, sparkline
from paramdyn_tui.watching.following import Following

LABEL_WIDTH = 16
VALUE_WIDTH = 11
DRIFT_LABELS = {
    "relative_displacement": ("moved, relative", percent),
    "displacement": ("moved", number),
}
"""Measurement -> what it is called here, and how its values are written."""


@contextlib.contextmanager
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

    def update(self, added: list[dict[str, Any]], dialog: Dialog) -> None:
        """Show what is known; ``added`` are the metric records since the last call."""

    def begin_anew(self) -> None:
        """Show what comes below what is on the screen: a shell has written there meanwhile."""


def view_of(following: Following, *, quiet: bool, ascii_only: bool, plain: bool = False) -> View:
    """Return the view that suits stderr; ``plain`` asks for lines in any case."""
    if quiet:
        return SilentView()
    if plain or not output.is_colourful(sys.stderr):
        return PlainView(following)
    return LiveView(following, ascii_only=ascii_only or not output.is_unicode(sys.stderr))


class LastingView:
    """Shows through another view for as long as somebody can see it.

    Attributes:
        lost: Whether the terminal, or the reader of the pipe, has gone.
    """

    def __init__(self, view: View) -> None:
        self.lost = False
        self._view = view

    def __enter__(self) -> Self:
        self._try(self._view.__enter__)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._try(lambda: self._view.__exit__(kind, error, trace))

    def update(self, added: list[dict[str, Any]], dialog: Dialog) -> None:
        """Show what is known, if anybody is there."""
        self._try(lambda: self._view.update(added, dialog))

    def begin_anew(self) -> None:
        """Leave what is on the screen alone."""
        self._view.begin_anew()

    def _try(self, show: Callable[[], object]) -> None:
        try:
            show()
        except OSError:
            self.lost = True
            self._view = SilentView()
            output.silence_talk()


class SilentView:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, added: list[dict[str, Any]], dialog: Dialog) -> None:
        """Do nothing."""

    def begin_anew(self) -> None:
        """Do nothing: no line is drawn over another."""


class PlainView(SilentView):
    """Writes a line to stderr at each end of an epoch, and at each thing that is asked."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._said = ""
        self._asking = False
        self._step = -1
        self._status = "running"

    def __enter__(self) -> Self:
        output.talk(f"run {self._following.folder.name}")
        return self

    def update(self, added: list[dict[str, Any]], dialog: Dialog) -> None:
        """Write the lines of the epochs that ended, each once, also after a resume."""
        for record in added:
            if is_epoch_end(record) and record.get("step", 0) > self._step:
                self._step = record.get("step", 0)
                output.talk(epoch_line(record, self._following))
        status = self._following.state.status if self._following.state else "running"
        if status != self._status and status in ("running", "paused"):
            output.talk("paused" if status == "paused" else "goes on")
            self._status = status
        changed = dialog.asking != self._asking or dialog.asked != self._said
        self._asking, self._said = dialog.asking, dialog.asked
        if changed and (dialog.asking or dialog.asked):
            output.talk(dialog.hint(status, width=output.width()))


class LiveView:
    """Redraws progress and sparklines in place, on stderr, when something has changed.

    The cursor stays visible, on the line below the picture: whatever ends the viewer, the terminal
    is in order. Nothing is drawn while the viewer is in the background: the shell writes there.
    """

    def __init__(self, following: Following, *, ascii_only: bool) -> None:
        self._following = following
        self._ascii = ascii_only
        self._painter = Painter(sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draw("")

    def update(self, added: list[dict[str, Any]], dialog: Dialog) -> None:  # noqa: ARG002
        """Draw anew."""
        status = self._following.state.status if self._following.state else ""
        self._draw(dialog.hint(status, width=self._painter.size()[0]))

    def begin_anew(self) -> None:
        """Draw the next picture below what is on the screen."""
        self._painter.forget()

    def _draw(self, hint: str) -> None:
        columns, rows = self._painter.size()
        lines = screen(self._following, width=columns, ascii_only=self._ascii)
        lines = lines[: max(rows - 2, 1)]
        edge = LABEL_WIDTH + VALUE_WIDTH
        styled: list[Line] = [[(line, BOLD)] for line in lines[:1]]
        styled += [[(line, GREEN)] for line in lines[1:2]]
        styled += [[(line[:edge], ""), (line[edge:], CYAN)] for line in lines[2:]]
        if hint:
            styled.append([(hint, DIM)])
        self._painter.paint(styled)


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
    step = min(max(state.step, following.step), total)
    share = step / total
    epochs = max(following.epochs, 1)
    head = f"epoch {min(int(state.epoch) + 1, epochs)}/{epochs} "
    parts = [f" {share:.0%}", f"step {count(step)}/{count(state.total_steps)}"]
    if state.status == "running":
        parts.append(f"ETA {duration(following.seconds_left())}")
    else:
        parts.append(state.status)
    if state.images_per_s and state.status == "running":
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
