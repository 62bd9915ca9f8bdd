"""What happened to a run: the last events that fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count, number
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, boxed, shortened

if TYPE_CHECKING:
    from paramdyn_tui.watching.events import Event
    from paramdyn_tui.watching.view import RunView

STYLES = {"diverged": "bad", "warning": "warn", "perturbation": "event", "finished": "good"}


class EventsPane(CellWidget):
    """Shows the last events of a run.

    Attributes:
        view: The run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.view: RunView | None = None

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed list."""
        return events_picture(self.view.events if self.view else (), width, height)


def events_picture(events: tuple[Event, ...], width: int, height: int) -> Picture:
    """Return the last events that fit, the newest at the bottom."""
    inner = max(height - 2, 0)
    shown = events[len(events) - inner :] if len(events) > inner else events
    rows: Picture = [event_row(event, width - 2) for event in shown]
    rows = rows or [(Span(" none yet", "dim"),)]
    earlier = len(events) - len(shown)
    note = (Span(f"{earlier} earlier", "dim"),) if earlier else ()
    return boxed(rows, width, height, title=(Span("events", "title"),), note=note)


def event_row(event: Event, width: int) -> Row:
    """Return one event: its letter on the charts, when, what."""
    when = f"e{number(event.epoch, 3)}" if math.isfinite(event.epoch) else f"s{count(event.step)}"
    kind = event.kind.replace("-", " ")
    style = STYLES.get(event.kind, "text")
    text = f"{kind}  {event.text}" if event.text else kind
    return (
        Span(f" {event.letter or ' '} ", "event"),
        Span(f"{when:<5} ", "dim"),
        Span(shortened(text, max(width - 10, 1), keep="words"), style),
    )
