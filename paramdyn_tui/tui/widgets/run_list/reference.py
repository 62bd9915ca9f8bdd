"""What the runs of a list are compared with: the baseline, or its group."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.formatting import number
from paramdyn_tui.tui.cells import Span
from paramdyn_tui.tui.widgets.run_list.listing import Head, Line, Listing


@dataclass(frozen=True, slots=True)
class Reference:
    """The baseline's figures.

    Attributes:
        name: Its id; empty without a baseline.
        value: Its value of the metric that is shown.
        head: Name of the group that it is in.
        mean: Mean of that group.
    """

    name: str = ""
    value: float | None = None
    head: str = ""
    mean: float | None = None


NO_REFERENCE = Reference()


def reference_of(listing: Listing, name: str) -> Reference:
    """Return the figures of the baseline; it need not be among the runs that are meant."""
    run = listing.by_name.get(name)
    if run is None:
        return Reference(name)
    value = listing.metric.get(run)
    for head in listing.heads:
        if any(each.name == name for each in head.group.runs):
            return Reference(name, value, head.name, mean_of(head, listing))
    return Reference(name, value)


def mean_of(head: Head, listing: Listing) -> float | None:
    """Return a group's mean of the metric that is shown; None when no run of it counts."""
    found = head.group.figures.get(listing.metric.name)
    return found.mean if found else None


def difference_of(line: Line, listing: Listing, reference: Reference) -> float | None:
    """Return how much a run is above the baseline, or a group above the baseline's group.

    A group is compared with the baseline itself where that is in no group.
    """
    if isinstance(line, Head):
        value = mean_of(line, listing)
        base = reference.mean if reference.head else reference.value
    else:
        value, base = listing.metric.get(line), reference.value
    return None if value is None or base is None else value - base


def is_reference(line: Line, reference: Reference) -> bool:
    """Tell whether a line is what the others are compared with."""
    if isinstance(line, RunSummary):
        return line.name == reference.name
    return bool(reference.head) and line.name == reference.head


def difference_span(difference: float | None, metric: str) -> Span:
    """Return a difference as the table shows it: signed, percentage points of a share."""
    if difference is None:
        return Span("-", "dim")
    share = metric.endswith("accuracy")
    return Span(signed(difference, share=share), better_style(difference, metric))


def signed(difference: float, *, share: bool) -> str:
    """Return a difference with its sign: ``-5.0pp`` of shares, ``+0.198`` of others."""
    if not math.isfinite(difference):
        return f"{difference:+g}"
    if share:
        points = 100.0 * difference
        if 0 < abs(points) < 0.05:
            return ("+" if points > 0 else "-") + "<.1pp"
        return f"{points:+.1f}pp" if points else "0.0pp"
    text = number(difference, 3)
    return f"+{text}" if difference > 0 else text


def better_style(difference: float, metric: str) -> str:
    """Return how a difference is written: accuracies should rise, losses fall."""
    if difference == 0 or difference != difference:  # noqa: PLR0124 - NaN
        return "dim"
    if metric.endswith("accuracy"):
        return "good" if difference > 0 else "bad"
    if metric.endswith("loss"):
        return "good" if difference < 0 else "bad"
    return "text"
