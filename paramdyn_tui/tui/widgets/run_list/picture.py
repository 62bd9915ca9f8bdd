"""The table of runs as a picture: only the lines that are shown are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from paramdyn.store.query.keys import age_seconds
from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.cli.run_table import apart, figure, heading, text_of
from paramdyn_tui.formatting import NOTHING, age, number, sparkline
from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cells import Look, Row, Span, fitted, shortened, width_of
from paramdyn_tui.tui.widgets.run_list import columns as names
from paramdyn_tui.tui.widgets.run_list.columns import LEAD, Column
from paramdyn_tui.tui.widgets.run_list.listing import Head, Line, Listing, origin_text
from paramdyn_tui.tui.widgets.run_list.reference import (
    NO_REFERENCE,
    Reference,
    difference_of,
    difference_span,
    is_reference,
)
from paramdyn_tui.tui.widgets.run_list.short_ids import fitted_id
from paramdyn_tui.tui.widgets.run_list.signs import BASE, FOLDED, MARK, OPEN, sign, sign_of

_PLAIN_AT_CURSOR = {"dim", "axis", "frame", "text"}


LOOK = Look()


@dataclass(frozen=True, slots=True)
class Shown:
    """What the lines say beside the listing.

    Attributes:
        look: What the terminal can show.
        colors: Id of a marked run, or of the baseline -> its series colour.
        marked: Ids of marked runs.
        reference: The baseline.
        open_heads: Names of groups that show their runs.
        trends: Id of a run -> values of the metric over time, where they are known.
        drifts: Id of a run -> how far it has moved in all, where that is known.
        common: What all ids that are listed begin with, where not all fit with it.
        now: Seconds since 1970.
    """

    look: Look = LOOK
    colors: Mapping[str, int] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()
    reference: Reference = NO_REFERENCE
    open_heads: frozenset[str] = frozenset()
    trends: Mapping[str, Sequence[float]] = field(default_factory=dict)
    drifts: Mapping[str, float] = field(default_factory=dict)
    common: str = ""
    now: float = 0.0


def heading_row(columns: Sequence[Column], listing: Listing, width: int) -> Row:
    """Return the line of headings; the one that sorts the table has an arrow."""
    by = {key.name: turned for key, turned in listing.by}
    spans: list[Span] = [Span(" " * LEAD, "dim")]
    for column in columns:
        key = listing.metric.name if column.name == names.METRIC else column.name
        arrow = ("▲" if by[key] else "▼") if key in by else ""
        text = shortened(column.heading, column.width - len(arrow)) + arrow
        text = text.rjust(column.width) if column.right else text.ljust(column.width)
        spans.append(Span(text + " " * column.gap, "title" if arrow else "dim"))
    return fitted(spans, width)


def line_row(
    line: Line, columns: Sequence[Column], listing: Listing, shown: Shown, width: int
) -> Row:
    """Return one line of the table.

    Args:
        line: A run or a group.
        columns: The columns.
        listing: What is listed.
        shown: What else is known.
        width: Cells.
    """
    if isinstance(line, Head):
        return fitted(_head_spans(line, columns, listing, shown), width)
    return fitted(_run_spans(line, columns, listing, shown), width)


def at_cursor(row: Row, style: str) -> Row:
    """Return a row as it looks at the cursor, in the style ``cursor`` or ``cursor-dim``."""
    return tuple(
        Span(text, "cursor-dim" if each in _PLAIN_AT_CURSOR else style) for text, each in row
    )


def _run_spans(
    run: RunSummary, columns: Sequence[Column], listing: Listing, shown: Shown
) -> list[Span]:
    look = shown.look
    style = f"s{shown.colors[run.name]}" if run.name in shown.colors else "mark"
    mark = Span(sign(MARK, look), style) if run.name in shown.marked else Span(" ")
    base = Span(sign(BASE, look), style) if run.name == shown.reference.name else Span(" ")
    spans = [mark, base, sign_of(run.status, look), Span(" ")]
    for column in columns:
        text, style = _cell(run, column, listing, shown)
        text = shortened(text, column.width, keep="start" if column.name == "perturb" else "both")
        padded = text.rjust(column.width) if column.right else text.ljust(column.width)
        spans.append(Span(padded + " " * column.gap, style))
    return spans


def _cell(run: RunSummary, column: Column, listing: Listing, shown: Shown) -> Span:
    special = _CELLS.get(column.name)
    if special is not None:
        return special(run, column, listing, shown)
    key = listing.vocabulary.find(column.name)
    value = key.get(run)
    return Span(text_of(key, value), "dim" if value is None else "text")


def _id(run: RunSummary, column: Column, listing: Listing, shown: Shown) -> Span:
    indent = "  " if listing.heads else ""
    short = listing.names.get(run.name, run.name)
    text = indent + fitted_id(short, shown.common, column.width - len(indent))
    return Span(text, "strong" if run.name in shown.marked else "text")


def _metric(run: RunSummary, _column: Column, listing: Listing, _shown: Shown) -> Span:
    value = listing.metric.get(run)
    return Span(text_of(listing.metric, value), "dim" if value is None else "strong")


def _delta(run: RunSummary, _column: Column, listing: Listing, shown: Shown) -> Span:
    if is_reference(run, shown.reference):
        return Span("base", "dim")
    return difference_span(difference_of(run, listing, shown.reference), listing.metric.name)


def _drift(run: RunSummary, _column: Column, _listing: Listing, shown: Shown) -> Span:
    return Span(number(shown.drifts.get(run.name), 3), "text")


def _age(run: RunSummary, _column: Column, _listing: Listing, shown: Shown) -> Span:
    return Span(age(age_seconds(run.created, shown.now)), "dim")


def _epoch(run: RunSummary, _column: Column, _listing: Listing, _shown: Shown) -> Span:
    return Span(epoch_text(run), "text" if run.status in ("finished", "broken") else "live")


def _init(run: RunSummary, _column: Column, _listing: Listing, _shown: Shown) -> Span:
    return Span(printable(origin_text(run) or NOTHING), "text")


def _trend(run: RunSummary, column: Column, _listing: Listing, shown: Shown) -> Span:
    values = shown.trends.get(run.name, ())
    text = sparkline(values, column.width, ascii_only=shown.look.ascii_only)
    return Span(text, f"s{shown.colors[run.name]}" if run.name in shown.colors else "trend")


_CELLS: dict[str, Callable[[RunSummary, Column, Listing, Shown], Span]] = {
    names.ID: _id, names.METRIC: _metric, names.DELTA: _delta, names.DRIFT: _drift,
    names.TREND: _trend, names.AGE: _age, names.EPOCH: _epoch, "init": _init,
}  # fmt: skip


def epoch_text(run: RunSummary) -> str:
    """Return how far a run is: ``8``, or ``3/8`` when it has not come to its end."""
    if run.problem is not None:
        return NOTHING
    done = f"{run.epoch:.0f}" if run.epoch >= 10 else f"{run.epoch:.1f}".removesuffix(".0")
    if not run.step or run.step >= run.total_steps or not run.epoch:
        return done
    total = run.epoch * run.total_steps / run.step
    near = abs(total - round(total)) < 0.01 * total
    return f"{done}/{round(total)}" if near else done


def _head_spans(
    head: Head, columns: Sequence[Column], listing: Listing, shown: Shown
) -> list[Span]:
    look, group = shown.look, head.group
    marked = sum(run.name in shown.marked for run in group.runs)
    mark = sign(MARK, look) if marked == len(group.runs) else "·" if marked else " "
    base = sign(BASE, look) if is_reference(head, shown.reference) else " "
    fold = sign(OPEN if head.name in shown.open_heads else FOLDED, look)
    places = [i for i, column in enumerate(columns) if column.name == names.METRIC]
    place = places[0] if places else len(columns)
    room = sum(column.width + column.gap for column in columns[:place])
    gap = columns[0].gap
    counted = f"n={len(group.counted)}" if group.counted else "none counted"
    others = apart(group)
    count = f"  {counted}, {others}" if others else f"  {counted}"
    if len(count) + 16 > room:
        count = f"  {counted}"
    left = fitted(_label(head, listing, room - len(count) - gap), max(room - len(count) - gap, 0))
    spans = [Span(mark, "mark"), Span(base, "mark"), Span(fold, "title"), Span(" ")]
    spans += [*left, Span(count.rjust(room - gap - width_of(left)) + " " * gap, "dim")]
    for column in columns[place:]:
        text, style = _head_cell(head, column, listing, shown)
        text = shortened(text, column.width)
        padded = text.rjust(column.width) if column.right else text.ljust(column.width)
        spans.append(Span(padded + " " * column.gap, style))
    return spans


def _label(head: Head, listing: Listing, room: int) -> list[Span]:
    """Return in what a group differs from others; in little room, what most of them differ in.

    A number never stands without its name, and a sign says where something was left out.
    """
    for named in (True, False):
        parts = {place: _shared(head, listing, place, named=named) for place in listing.telling}
        if sum(map(width_of, parts.values())) <= room + 2:  # two spaces may hang over
            return [span for part in parts.values() for span in part]
    left = room - 1
    for place in sorted(parts, key=lambda each: -listing.telling[each]):
        if width_of(parts[place]) <= left:
            left -= width_of(parts[place])
        else:
            del parts[place]
    return [*(span for part in parts.values() for span in part), Span("…", "dim")]


def _shared(head: Head, listing: Listing, place: int, *, named: bool) -> Row:
    """Return what the runs of a group share in one field, text without its name if need be."""
    key, value = listing.keys[place], head.group.values[place]
    text = "none" if value is None else text_of(key, value)
    if not named:
        text = shortened(text, 16, keep="both")
        if key.kind == "text" and value is not None:
            return (Span(f"{text}  ", "title"),)
    return (Span(f"{heading(key)} ", "dim"), Span(f"{text}  ", "title"))


def _head_cell(head: Head, column: Column, listing: Listing, shown: Shown) -> Span:
    if column.name == names.METRIC:
        found = head.group.figures.get(listing.metric.name)
        return Span(figure(listing.metric, found), "strong" if found else "dim")
    if column.name == names.DELTA:
        if is_reference(head, shown.reference):
            return Span("base", "dim")
        difference = difference_of(head, listing, shown.reference)
        return difference_span(difference, listing.metric.name)
    return Span("")
