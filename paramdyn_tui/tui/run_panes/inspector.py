"""One parameter in words and small pictures, at the side of the heatmap of layers."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count, percent
from paramdyn_tui.plotting.partition import LOOKS
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, boxed, fitted, shortened, width_of
from paramdyn_tui.tui.run_panes.layer_facts import CAUSES, Fact

if TYPE_CHECKING:
    from paramdyn_tui.plotting.histograms import Counts

LABEL = 9
CLASS_STYLES = {
    "changed": "s0", "decay-only": "s5", "returned": "s2", "absorbed": "s4", "dead": "s6",
    "structural": "s3", "frozen": "s8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of a parameter are spread.

    Attributes:
        before: At the start; None when it was not kept.
        after: The newest that was kept; None when none was.
        moved: The differences; None without both.
        words: Which snapshots these are, or why there are none.
    """

    before: Counts | None = None
    after: Counts | None = None
    moved: Counts | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the inspector shows.

    Attributes:
        name: The parameter.
        facts: As ``layer_facts.facts_of`` gives them.
        partition: Class -> how many of its scalars.
        partition_when: When that was looked at, in words.
        reach: What of it can never move, in words.
        spread: Its histograms; None while they are read.
        when: What the facts are of, in words.
    """

    name: str
    facts: Sequence[Fact]
    partition: Mapping[str, int]
    partition_when: str
    reach: str
    spread: Spread | None
    when: str


def inspector_picture(shown: Inspected, width: int, height: int, look: Look) -> Picture:
    """Return the framed inspector; what does not fit is left out from the end."""
    inner = max(width - 2, 1)
    rows = inspector_rows(shown, inner, look)
    return boxed(
        rows, width, height,
        title=(Span(shortened(shown.name, max(width - 6, 1), keep="both"), "title"),),
        note=(Span(shown.when, "dim"),),
    )  # fmt: skip


def inspector_rows(shown: Inspected, width: int, look: Look) -> Picture:
    """Return facts, partition, reach and histograms, one below the other."""
    rows: Picture = [_fact(label, value, width) for label, value in shown.facts]
    if shown.partition:
        rows += partition_rows(shown.partition, shown.partition_when, width, look)
    if shown.reach:
        rows += [
            (Span(f" {line}", "warn"),) for line in textwrap.wrap(shown.reach, max(width - 2, 8))
        ]
    return rows + spread_rows(shown.spread, width, look)


def partition_rows(partition: Mapping[str, int], when: str, width: int, look: Look) -> Picture:
    """Return the classes of scalars as a bar, and each with its share and its cause."""
    from paramdyn_tui.plotting.partition import cells_of_shares

    names = [name for name in LOOKS if name in partition]
    names += [name for name in partition if name not in LOOKS]
    whole = sum(partition.values())
    if len(names) == 1:
        cause = CAUSES.get(names[0], "")
        only = (Span(f" {'classes':<{LABEL}}", "dim"), Span(f"all {names[0]}", _style(names[0])))
        room = width - width_of(only)
        told = next((text for text in (f"  {cause} {when}", f"  {cause}") if len(text) <= room), "")
        return [fitted((*only, Span(told, "dim")), width)]
    cells = cells_of_shares([partition[name] for name in names], max(width - 2, len(names)))
    bar: list[Span] = [Span(" ")]
    for name, length in zip(names, cells, strict=True):
        sign = LOOKS.get(name, (0, "?"))[1]
        solid = look.color and not look.ascii_only
        bar.append(Span(("█" if solid else sign) * length, _style(name)))
    rows: Picture = [(Span(f" classes {when}", "dim"),), tuple(bar)]
    for name in names:
        sign = "" if look.color and not look.ascii_only else f"{LOOKS.get(name, (0, '?'))[1]} "
        head = f" {sign}{name} {percent(partition[name] / whole, 2)} ({count(partition[name])})"
        cause = f"  {CAUSES.get(name, '')}"
        fits = len(head) + len(cause) <= width  # half a cause says nothing
        rows.append(fitted((Span(head, _style(name)), Span(cause if fits else "", "dim")), width))
    return rows


def spread_rows(spread: Spread | None, width: int, look: Look) -> Picture:
    """Return the histograms, a row each on one scale but for the differences.

    Beside each stands the root of the mean of squares; how far the pictures reach is said below.
    """
    if spread is None:
        return [(Span(" reading its values ...", "dim"),)]
    from paramdyn_tui.tui.charts.histogram import histogram_row

    rows: Picture = []
    reach = max((each.reach for each in (spread.before, spread.after) if each), default=0.0)
    room = max(width - LABEL - 13, 4)
    for label, counts, style, wide in (
        ("before", spread.before, "s0", reach),
        ("after", spread.after, "s1", reach),
        ("change", spread.moved, "s3", 0.0),
    ):
        if counts is not None:
            rows.append((
                Span(f" {label:<{LABEL - 1}}", "dim"),
                *histogram_row(counts, room, look, reach=wide, style=style),
                Span(f" rms {counts.deviation:.2g}", "dim"),
            ))  # fmt: skip
    wrapped = textwrap.wrap(spread.words, max(width - 2, 8))
    rows += [(Span(f" {line}", "dim"),) for line in wrapped]
    if reach:
        change = f", of the change ±{spread.moved.reach:.2g}" if spread.moved else ""
        rows.append((Span(f" edges ±{reach:.2g}{change}", "dim"),))
    return rows


def _fact(label: str, value: str, width: int) -> Row:
    room = max(width - LABEL - 1, 1)
    keep = "words" if " " in value else "both"  # no number loses its digits in the middle
    text = shortened(value, room, keep=keep)
    return fitted((Span(f" {label:<{LABEL}}", "dim"), Span(text, "text")), width)


def _style(name: str) -> str:
    return CLASS_STYLES.get(name, "s9")
