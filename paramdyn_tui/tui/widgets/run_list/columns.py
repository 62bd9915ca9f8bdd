"""Which columns the table of runs has: what varies, as far as there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from paramdyn.store.query.keys import Key
from paramdyn_tui.cli.run_table import heading, text_of
from paramdyn_tui.tui.widgets.run_list.listing import Listing, origin_text
from paramdyn_tui.tui.widgets.run_list.short_ids import common_start
from paramdyn_tui.watching.trends import DRIFT as DRIFT_METRIC

LEAD = 4
"""Cells before the first column: mark, baseline, status, a space."""
ID, METRIC, DELTA, DRIFT, TREND, AGE = "id", "metric", "delta", "drift", "trend", "age"
EPOCH = "epoch"
FIGURES = frozenset({METRIC, DELTA, DRIFT, TREND, AGE, EPOCH})
"""Columns of what came out, where runs are, and how they got there."""

_ORDER = ("id", "model", "dataset", "init", "optimizer", "lr")
_LATE = ("perturb", "arm", "seed", EPOCH, METRIC, DELTA, DRIFT, TREND, AGE)
_RANK = (
    "perturb", DRIFT, "arm", DELTA, EPOCH, "lr", TREND, "seed", "model", "init", "optimizer",
)  # fmt: skip
_NARROW_RANK = ("perturb", DRIFT, "arm", DELTA, TREND, EPOCH, AGE)  # the id says the seed already
_WIDEST = {"perturb": 16, "arm": 18, "init": 16, "dataset": 14}
_NARROW = {"perturb": 10, "arm": 11, "init": 10, "dataset": 8}
SAMPLE = 64
"""Runs that are asked for their values, to know how wide a column is."""
NARROW = 100
"""Below so many cells columns are closer together, and narrower."""
_NARROW_ID, _WIDE_ID = 20, 30
_TREND, _LONG_TREND = 8, 20


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Of the key that it shows, or one of the names above.
        heading: What stands above it.
        width: Cells.
        right: Whether its texts stand at its right side.
        gap: Cells after it.
    """

    name: str
    heading: str
    width: int
    right: bool = False
    gap: int = 2


def columns_for(
    listing: Listing, width: int, *, baseline: bool = False, drift: bool = False
) -> list[Column]:
    """Return the columns for a table of a width, in their order.

    The id, the metric and what tells the listed runs apart come first; then where they are and how
    they got there; then, in a wide table, what they share.

    Args:
        listing: What is listed.
        width: Cells of the whole table.
        baseline: Whether there is a baseline to compare with.
        drift: Whether it is known of some run how far it has moved.
    """
    longest, enough = _lengths_of_ids(listing)
    narrow = width < NARROW
    gap = 1 if narrow else 2
    beside = _metric_width(listing) + gap
    least = min(enough, _NARROW_ID if narrow else _WIDE_ID, max(width - LEAD - beside, 6))
    room = width - LEAD - least
    chosen: dict[str, Column] = {}
    for cut in (narrow, True):  # in a wide table too fields are cut before a figure is left out
        wanted = _candidates(listing, narrow=narrow, cut=cut, baseline=baseline, drift=drift)
        chosen = _fitting(wanted, room, gap)
        if cut or all(each.name in chosen for each in wanted if each.name in FIGURES):
            break
    room -= sum(each.width + gap for each in chosen.values())
    name_width = longest if longest <= least + room else min(enough, least + room)
    room -= name_width - least
    if TREND in chosen and room > 0:
        longer = min(room, _LONG_TREND - _TREND)
        chosen[TREND] = replace(chosen[TREND], width=_TREND + longer)
    chosen[ID] = Column(ID, "run", max(name_width, 1))
    others = [name for name in chosen if name not in _ORDER and name not in _LATE]
    order = [name for name in (*_ORDER, *others, *_LATE) if name in chosen]
    return [replace(chosen[name], gap=gap if name != order[-1] else 0) for name in order]


def _fitting(wanted: Sequence[Column], room: int, gap: int) -> dict[str, Column]:
    """Return the columns that fit into some cells, those first that come first."""
    chosen: dict[str, Column] = {}
    for column in wanted:
        if column.name not in chosen and column.width + gap <= room:
            chosen[column.name] = column
            room -= column.width + gap
    return chosen


def _lengths_of_ids(listing: Listing) -> tuple[int, int]:
    """Return the length of the longest id, and of the longest without what all begin with."""
    indent = 2 if listing.heads else 0
    common = common_start([listing.names[run.name] for run in listing.runs if not run.problem])
    longest = max(map(len, listing.names.values()), default=2)
    spared = max(len(common) - 1, 0)  # a sign stands for it
    without = max(
        (len(name) - spared * name.startswith(common) for name in listing.names.values()), default=2
    )
    return longest + indent, without + indent


def _candidates(
    listing: Listing, *, narrow: bool, cut: bool, baseline: bool, drift: bool
) -> list[Column]:
    """Return every column that may be shown, the most wanted first.

    Args:
        listing: What is listed.
        narrow: Whether the table is.
        cut: Whether long values of fields are shortened, as in a narrow table.
        baseline: Whether there is a baseline to compare with.
        drift: Whether it is known of some run how far it has moved.
    """
    spread = listing.spread
    figures = {
        METRIC: Column(METRIC, heading_of(listing.metric), _metric_width(listing), right=True),
        EPOCH: Column(EPOCH, EPOCH, _epoch_width(listing, 5 if narrow else 6), right=True),
        TREND: Column(TREND, "trend", _TREND),
        AGE: Column(AGE, AGE, 4, right=True),
    }
    if baseline:
        figures[DELTA] = Column(DELTA, "Δ base", 7, right=True)
    if drift:
        figures[DRIFT] = Column(DRIFT, DRIFT, 8, right=True)
    fields = {name: _field(name, listing, _NARROW if cut else _WIDEST) for name in spread.values}
    fields = {name: column for name, column in fields.items() if column.width}
    varying = [name for name in fields if spread.varies(name)]
    rank = [*_NARROW_RANK, *_RANK] if narrow else _RANK
    sorting = [key.name for key, _ in listing.by] or ([] if narrow else [AGE])
    rank = [*sorting, *rank]
    wanted = [METRIC, *(name for name in rank if name in figures or name in varying)]
    same = [name for name in _ORDER if name in fields and name not in varying]
    wanted += [*varying, AGE, *same]
    return [figures.get(name) or fields[name] for name in wanted]


def _field(name: str, listing: Listing, widest: Mapping[str, int]) -> Column:
    key = listing.vocabulary.find(name)
    texts = [text_of(key, value) for value in listing.spread.values[name] if value is not None]
    if not texts:
        return Column(name, "", 0)
    shown = origin_text if name == "init" else key.get  # a spec says only what is no default
    texts += [
        text_of(key, value) for run in listing.runs[:SAMPLE] if (value := shown(run)) is not None
    ]
    title = heading(key)
    width = min(max(map(len, texts)), widest.get(name, 12))
    return Column(name, title, max(width, min(len(title), 12)), key.kind in ("number", "duration"))


def heading_of(key: Key) -> str:
    """Return what a key is called above its column: as ``ls`` calls it, of a total the formula."""
    if not key.name.startswith(DRIFT_METRIC):
        return heading(key)
    from paramdyn_tui.tui.run_panes.measures import SHORT

    measurement = key.name.removeprefix(DRIFT_METRIC)
    return SHORT.get(measurement, measurement.replace("_", " "))


def _epoch_width(listing: Listing, least: int) -> int:
    """Return the width for ``116/600``: a number that is cut would be another one."""
    from paramdyn_tui.tui.widgets.run_list.picture import epoch_text

    texts = [epoch_text(run) for run in listing.runs[:SAMPLE]]
    ends = [2 * len(text.partition("/")[2]) + 1 for text in texts if "/" in text]
    return max([least, *map(len, texts), *ends])


def _metric_width(listing: Listing) -> int:
    least = max(len(heading_of(listing.metric)) + 1, 7)  # an arrow may stand behind it
    return max(least, 12) if listing.heads else least


def total_width(columns: Sequence[Column]) -> int:
    """Return how many cells the columns take, lead and gaps included."""
    return LEAD + sum(column.width + column.gap for column in columns)
