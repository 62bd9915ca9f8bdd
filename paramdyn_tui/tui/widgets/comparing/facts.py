"""What differs between runs as rows of a table: specs, last metrics, how far they have moved."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.formatting import NOTHING, number, percent
from paramdyn_tui.tui.cells import Picture, Row, Span, fitted, shortened, width_of
from paramdyn_tui.tui.widgets.run_list.reference import better_style, signed

QUIET = ("recording.", "seeds.", "training.device", "training.threads", "plugins")
"""Fields of which a difference matters least: they come last."""
ALONE_WIDTH = 24
"""Cells for the value of a run that is alone."""
PAIR_WIDTH = 28
"""Cells for two figures and their difference."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row.

    Attributes:
        section: Heading that it stands under.
        name: What it is.
        values: Its text for each run, the baseline's first.
        differences: How much each run is above the baseline; None where that means nothing.
        metric: Name by which better is told from worse; empty for neither.
        same: Whether all runs have the same value.
    """

    section: str
    name: str
    values: tuple[str, ...]
    differences: tuple[float | None, ...] = ()
    metric: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One run of the table.

    Attributes:
        label: Its short name.
        color: Number of its series colour; None: it has none.
        fields: Every field of its spec, dotted.
        summary: Its line in lists; None when it cannot be read.
        drifts: Layer, or ``total`` -> how far it has moved, of the measurement that is shown.
    """

    label: str
    color: int | None
    fields: Mapping[str, Any]
    summary: RunSummary | None
    drifts: Mapping[str, float]


def facts_of(sides: Sequence[Side], *, measure: str, everything: bool) -> list[Fact]:
    """Return the rows, the fields of the specs first.

    Args:
        sides: The runs, the baseline first.
        measure: The measurement of the drifts.
        everything: Whether fields that are the same in all are there too.
    """
    facts = [fact for fact in _fields(sides) if everything or not fact.same]
    rows = [side.summary for side in sides]
    names = list(dict.fromkeys(name for row in rows if row for name in row.metrics))
    facts += [
        _numbers("last metrics", name, [_metric(row, name) for row in rows], name) for name in names
    ]
    places = list(dict.fromkeys(place for side in sides for place in side.drifts))
    for place in sorted(places, key=lambda each: each != "total"):
        values = [side.drifts.get(place) for side in sides]
        facts.append(_numbers(f"drift: {measure}", place, values, ""))
    speeds = [row.images_per_s or None if row else None for row in rows]
    if any(speeds):
        facts.append(_numbers("pace", "images/s", speeds, ""))
    return facts


def diff_command(names: Sequence[str], runs: Path) -> str:
    """Return the command that shows what differs between runs, the first of them the base."""
    return shlex.join(["paramdyn", "diff", *names, "--runs", str(runs)])


def same_count(sides: Sequence[Side]) -> int:
    """Return in how many fields the specs agree."""
    return sum(fact.same for fact in _fields(sides))


def facts_picture(
    facts: Sequence[Fact], sides: Sequence[Side], width: int, *, same: int = 0, left: int = 1
) -> Picture:
    """Return the rows of the table: as many runs as fit beside the names of the rows.

    Two runs are shown as ``a → b`` with the difference; more as columns, the baseline always.

    Args:
        facts: The rows.
        sides: The runs, the baseline first.
        width: Cells.
        same: How many fields are the same and not among the rows.
        left: Index of the first run that is shown beside the baseline.
    """
    pair = len(sides) == 2
    most = width // 3 if len(sides) > 2 else width - (PAIR_WIDTH if pair else ALONE_WIDTH)
    most = max(most, 8)
    if any(len(fact.name) > most for fact in facts):
        facts = _with_short_names(facts)
    name = min(max((len(fact.name) for fact in facts), default=8), most)
    in_spec = [len(fact.name) for fact in facts if fact.section == "spec"]
    of_spec = min(max(in_spec, default=8), max(width // 3 + 1, most))  # its values need less room
    places, cell = columns_that_fit(len(sides), name, width, left)
    rows: Picture = [] if pair else [_heading(sides, places, name, cell)]
    section = None
    for fact in facts:
        if fact.section != section:
            rows += [()] if section is not None else []
            rows.append((Span(fact.section, "title"),))
            section = fact.section
        if pair:
            rows.append(_pair_row(fact, of_spec if fact.section == "spec" else name, width))
        else:
            rows.append(_wide_row(fact, places, name, cell))
    if not any(fact.section == "spec" for fact in facts):
        rows = [(Span("The specs are the same.", "dim"),), (), *rows]
    elif same:
        rows += [(), (Span(f"same in all: {same} fields", "dim"),)]
    return [fitted(row, width) for row in rows]


def shown_value(value: object, *, given: bool = True) -> str:
    """Return a field's value as text."""
    if not given or value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def metric_text(name: str, value: float | None) -> str:
    """Return the value of a metric: accuracies in percent."""
    return percent(value) if name.endswith("accuracy") else number(value)


def _fields(sides: Sequence[Side]) -> list[Fact]:
    names = dict.fromkeys(name for side in sides for name in side.fields)
    facts = []
    for name in sorted(names, key=lambda each: each.startswith(QUIET)):
        values = [side.fields.get(name) for side in sides]
        same = all(value == values[0] for value in values)
        texts = tuple(shown_value(value, given=name in side.fields)
                      for side, value in zip(sides, values, strict=True))  # fmt: skip
        facts.append(Fact("spec", name, texts, same=same))
    return facts


def _metric(row: RunSummary | None, name: str) -> float | None:
    return row.metrics.get(name) if row is not None else None


def _numbers(section: str, name: str, values: Sequence[float | None], metric: str) -> Fact:
    base = values[0]
    differences = tuple(None if base is None or value is None else value - base for value in values)
    texts = tuple(metric_text(metric, value) for value in values)
    return Fact(section, name, texts, differences, metric or name)


def _pair_row(fact: Fact, name: int, width: int) -> Row:
    gap = " " if fact.differences else "  "
    left = Span(f" {shortened(fact.name, name, keep='both'):<{name}}{gap}", "dim")
    base, other = fact.values
    end: list[Span] = []
    if fact.differences and fact.differences[1] is not None:
        found = fact.differences[1]
        text = signed(found, share=fact.metric.endswith("accuracy"))
        end = [Span(f"{text:>8}", better_style(found, fact.metric))]
    if fact.same:
        return (left, Span(shortened(base, width - len(left.text), keep="both"), "dim"))
    room = max(width - len(left.text) - width_of(tuple(end)) - 1, 6)
    if fact.differences:
        texts = [f"{base:>7}", f"{other:>7}"]
        if sum(map(len, texts)) + 3 > room:
            texts = ["", f"{other:>7}"]
    else:
        half = max((room - 3) // 2, 2)
        short = shortened(base, max(half, room - 3 - len(other)), keep="both")
        texts = [short, shortened(other, max(room - 3 - len(short), 2), keep="both")]
    arrow = [Span(texts[0], "text"), Span(" → ", "dim")] if texts[0] else []
    middle = fitted((*arrow, Span(texts[1], "strong")), room)
    return (left, *middle, Span(" "), *end)


def _with_short_names(facts: Sequence[Fact]) -> list[Fact]:
    """Return the rows with short names: of a field the last part, where no other field has it."""
    names = [fact.name for fact in facts if fact.section == "spec"]
    told = [_last_part(name) for name in names]
    return [
        replace(fact, name=_short_name(fact.name))
        if fact.section != "spec"
        else replace(fact, name=_last_part(fact.name))
        if told.count(_last_part(fact.name)) == 1
        else fact
        for fact in facts
    ]


def _last_part(field: str) -> str:
    return field.removesuffix(".name").rpartition(".")[2]


def _short_name(name: str) -> str:
    """Return a metric, or a parameter, as lists and heatmaps call it where there is little room."""
    for long, short in (("accuracy", "acc"), (".weight", ".w"), (".bias", ".b")):
        if name.endswith(long):
            return name.removesuffix(long) + short
    return name


def columns_that_fit(count: int, name: int, width: int, left: int = 1) -> tuple[list[int], int]:
    """Return the indices of the runs that fit beside the names, and how wide each is."""
    room = width - name - 3
    shown = min(max(room // 11, 1), count)
    if shown < count:
        room -= 3  # for how many are hidden
    cell = max(min(room // max(shown, 1) - 1, 20), 8)
    return [0, *range(left, count)][:shown], cell


def _heading(sides: Sequence[Side], places: Sequence[int], name: int, cell: int) -> Row:
    spans = [Span(" " * (name + 3))]
    for place in places:
        side = sides[place]
        style = "strong" if side.color is None else f"s{side.color}"
        spans.append(Span(f"{shortened_label(side.label, cell):>{cell}} ", style))
    hidden = len(sides) - 1 - places[-1]
    return (*spans, Span(f"+{hidden}" if hidden > 0 else "", "dim"))


def shortened_label(text: str, width: int) -> str:
    """Return a label that fits: of a run's id both ends are told, of words the beginning."""
    return shortened(text, width, keep="both" if text.count("-") > 2 or ":" in text else "start")


def _wide_row(fact: Fact, places: Sequence[int], name: int, cell: int) -> Row:
    spans = [Span(f" {shortened(fact.name, name, keep='both'):<{name}}  ", "dim")]
    for place in places:
        text = fact.values[place]
        found = fact.differences[place] if fact.differences else None
        style = "text"
        if place and found is not None:
            shown = text != fact.values[0]  # who sees no difference is not told that it is bad
            style = better_style(found, fact.metric) if shown else "dim"
        elif fact.same:
            style = "dim"
        elif place and text != fact.values[0]:
            style = "strong"
        spans.append(Span(f"{shortened_label(text, cell):>{cell}} ", style))
    return tuple(spans)
