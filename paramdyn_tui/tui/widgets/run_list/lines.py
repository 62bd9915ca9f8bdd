"""The lines of the table: heads of groups, with the runs of those that are open below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from paramdyn.store.query.order import order_from, sort_by
from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.tui.widgets.run_list.listing import Head, Line, Listing


@dataclass(frozen=True)
class Lines:
    """What the table can show by scrolling.

    Attributes:
        lines: Runs and heads of groups.
        names: Their names, one each.
        open_heads: Names of the groups whose runs are there.
    """

    lines: Sequence[Line] = ()
    names: Sequence[str] = ()
    open_heads: frozenset[str] = field(default_factory=frozenset)


def lines_of(listing: Listing, turned: frozenset[str]) -> Lines:
    """Return the lines.

    Args:
        listing: What is listed.
        turned: Names of groups that a person has opened or folded: they are the other way round
            than groups are at first.
    """
    if not listing.heads:
        return Lines(listing.runs, [run.name for run in listing.runs])
    folded = listing.folded_at_first
    lines: list[Line] = []
    shown: set[str] = set()
    for head in listing.heads:
        lines.append(head)
        if folded is (head.name in turned):
            shown.add(head.name)
            lines += members_of(head, listing)
    return Lines(lines, [line.name for line in lines], frozenset(shown))


def members_of(head: Head, listing: Listing) -> list[RunSummary]:
    """Return the runs of a group, sorted as the table is."""
    if not listing.by:
        return head.group.runs
    return sort_by(head.group.runs, order_from(listing.by), lambda key, run: key.get(run))


def runs_at(line: Line | None) -> Sequence[RunSummary]:
    """Return the runs that a line stands for: a run, or those of a group."""
    if line is None:
        return ()
    return line.group.runs if isinstance(line, Head) else (line,)
