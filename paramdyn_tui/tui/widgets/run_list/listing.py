"""What the table of runs lists: the runs that a query means, sorted, and put into groups.

Everything that looks at all runs happens here, once for every new list or question. It is a plain
function of what was asked, so that ten thousand runs can be gone through in a thread while keys are
answered from the last listing. Sorting, filters and groups are those of ``paramdyn ls``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from paramdyn.errors import QueryError
from paramdyn.store.query.filters import Query, parse_query
from paramdyn.store.query.groups import Group, group_runs
from paramdyn.store.query.keys import NUMBER, Key, UnknownKey, Vocabulary
from paramdyn.store.query.order import keys_of, order_from, sort_by
from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.tui.widgets.run_list.short_ids import short_ids
from paramdyn_tui.tui.widgets.run_list.varying import Spread, spread_of
from paramdyn_tui.watching.trends import DRIFT, SPEED

USUAL_METRICS = (
    "test/accuracy", "validation/accuracy", "train/epoch_accuracy", "test/loss",
    "validation/loss", "train/epoch_loss", "train/loss",
)  # fmt: skip
"""Shown when none was chosen: the first of these that a run has."""
NO_TOTAL = ("classes",)
"""Measurements whose total is no number."""
NO_TOTALS: Mapping[str, float] = {}
OPEN_UP_TO = 40
"""Groups of more runs altogether are folded until one is opened."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be listed, as texts.

    Attributes:
        query: A filter, as ``ls`` takes it.
        sort: Keys, as ``ls --sort`` takes them; empty: newest first.
        group: Keys, as ``ls --group`` takes them; empty: no groups.
        metric: Name of the metric that is shown, of a measurement's total with ``drift/`` before
            it; empty: the usual one.
    """

    query: str = ""
    sort: str = ""
    group: str = ""
    metric: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The line of a group.

    Attributes:
        name: What tells it from other lines; no run has such a name.
        group: The group.
    """

    name: str
    group: Group


Line: TypeAlias = RunSummary | Head
"""One line of the table."""


@dataclass(frozen=True, eq=False)
class Listing:
    """What is listed.

    Attributes:
        asked: The question.
        everything: All runs of the folder, newest first.
        runs: Those that the query means, sorted.
        heads: The groups, sorted; none when runs are not grouped.
        metric: Key of the metric that is shown.
        by: What it is sorted by, each with whether it is turned around.
        keys: What it is grouped by.
        problems: What is wrong with the question, in words; that part of it was left out.
        spread: Which values the runs have.
        names: Id of a run -> a shorter name.
        vocabulary: Every key that can be asked of the runs.
    """

    asked: Asked
    everything: Sequence[RunSummary]
    runs: Sequence[RunSummary]
    heads: Sequence[Head]
    metric: Key
    by: Sequence[tuple[Key, bool]]
    keys: Sequence[Key]
    problems: tuple[str, ...]
    spread: Spread
    names: dict[str, str]
    vocabulary: Vocabulary
    by_name: dict[str, RunSummary] = field(default_factory=dict)

    @property
    def folded_at_first(self) -> bool:
        """Whether groups hide their runs until they are opened."""
        return len(self.runs) > OPEN_UP_TO

    @functools.cached_property
    def telling(self) -> dict[int, int]:
        """Places of the keys in which groups differ, or of all keys -> how many values there are.

        What all groups share tells nothing; a single group is told whole.
        """
        values = [{repr(head.group.values[place]) for head in self.heads}
                  for place in range(len(self.keys))]  # fmt: skip
        counts = dict(enumerate(map(len, values)))
        return {place: kinds for place, kinds in counts.items() if kinds > 1} or counts

    @property
    def measurement(self) -> str:
        """The measurement whose total is the metric; empty for another metric."""
        name = self.metric.name
        return name.removeprefix(DRIFT) if name.startswith(DRIFT) else ""

    @property
    def rests_on_metric(self) -> bool:
        """Whether other values of the metric make another order, or other figures of groups."""
        return bool(self.heads) or any(key.name == self.metric.name for key, _ in self.by)


def listing_of(
    everything: Sequence[RunSummary], asked: Asked, totals: Mapping[str, float] = NO_TOTALS
) -> Listing:
    """Return what is listed.

    A part of the question that is wrong is left out and said: a remembered filter may be about a
    metric that no run of this folder has.

    Args:
        everything: All runs of the folder, newest first.
        asked: The question.
        totals: Id of a run -> last total of the measurement that the metric names, as far as they
            are known; what is known later is looked up in it, too.
    """
    drift = [Key(asked.metric, NUMBER, lambda run: totals.get(run.name))]
    vocabulary = Vocabulary(everything, more=drift if asked.metric.startswith(DRIFT) else ())
    problems: list[str] = []
    query = _query(asked.query, vocabulary, problems)
    metric = metric_of(asked.metric, everything, vocabulary, problems)
    by = _keys(asked.sort, vocabulary, "sort", problems)
    keys = [_sharing(key) for key, _ in _keys(asked.group, vocabulary, "group", problems)]
    runs = query.select(everything)
    heads = _heads(runs, keys, metric, by) if keys else []  # before sorting: of equals the newest
    if by:
        runs = sort_by(runs, order_from(by), lambda key, run: key.get(run))
    return Listing(
        asked=asked,
        everything=everything,
        runs=runs,
        heads=heads,
        metric=metric,
        by=by,
        keys=keys,
        problems=tuple(problems),
        spread=spread_of(runs),
        names=short_ids([run.name for run in runs]),
        vocabulary=vocabulary,
        by_name={run.name: run for run in everything},
    )


def query_problem(text: str, vocabulary: Vocabulary) -> str:
    """Return what is wrong with a filter, in words; nothing for a good one."""
    problems: list[str] = []
    _query(text, vocabulary, problems)
    return problems[0] if problems else ""


def metric_of(
    name: str, runs: Sequence[RunSummary], vocabulary: Vocabulary, problems: list[str]
) -> Key:
    """Return the key of a metric; of none named: the usual one that some run has."""
    known = {metric for run in runs for metric in run.metrics}
    if name in known:  # to the letter: 'learning_rate' is not the one that was asked for
        return Key(name, NUMBER, lambda run: run.metrics.get(name))
    if name:
        try:
            return vocabulary.find(name)
        except UnknownKey as error:
            problems.append(f"metric: {error}")
    usual = next((metric for metric in USUAL_METRICS if metric in known), USUAL_METRICS[0])
    return vocabulary.find(usual)


def metrics_in(runs: Sequence[RunSummary]) -> dict[str, int]:
    """Return every metric that runs have, and how many have it: accuracies and losses first."""
    counts: dict[str, int] = {}
    for run in runs:
        for name in run.metrics:
            counts[name] = counts.get(name, 0) + 1
    order = {name: place for place, name in enumerate(USUAL_METRICS)}
    return {name: counts[name] for name in sorted(counts, key=lambda n: order.get(n, len(order)))}


def quantities_in(runs: Sequence[RunSummary]) -> dict[str, int]:
    """Return what can be listed as a metric, and how many runs have it.

    Metrics, the speed, and with ``drift/`` before them the measurements that runs record.
    """
    counts = metrics_in(runs)
    fast = sum(run.images_per_s > 0 for run in runs)
    totals: dict[str, int] = {}
    for run in runs:
        if run.step:
            for name in recorded(run):
                totals[f"{DRIFT}{name}"] = totals.get(f"{DRIFT}{name}", 0) + 1
    last = sorted(totals, key=lambda name: name.startswith(f"{DRIFT}buffer"))  # few have buffers
    return counts | ({SPEED: fast} if fast else {}) | {name: totals[name] for name in last}


def recorded(run: RunSummary) -> Iterable[str]:
    """Return the measurements with a total that a run records; of an unknown spec the usual ones.

    A run that cannot be read has none.
    """
    if run.problem is not None:
        return ()
    found = (run.spec or {}).get("recording.what")
    if not isinstance(found, list | tuple):
        return _usually_recorded()
    return [str(name) for name in found if name not in NO_TOTAL]


@functools.cache
def _usually_recorded() -> tuple[str, ...]:
    from paramdyn.specs.run_spec import RecordingSpec

    return tuple(name for name in RecordingSpec().what if name not in NO_TOTAL)


def _query(text: str, vocabulary: Vocabulary, problems: list[str]) -> Query:
    try:
        return parse_query(text, vocabulary=vocabulary)
    except QueryError as error:
        problems += error.problems
        return Query()


def _keys(
    text: str, vocabulary: Vocabulary, where: str, problems: list[str]
) -> list[tuple[Key, bool]]:
    if not text:
        return []
    try:
        return keys_of(text, vocabulary, where=where)
    except QueryError as error:
        problems += error.problems
        return []


def _sharing(key: Key) -> Key:
    """Return a key to group by: seeds of one experiment each go on from a parent of their own."""
    return Key(key.name, key.kind, origin_text, key.blank) if key.name == "init" else key


def origin_text(run: RunSummary) -> str | None:
    """Return an initializer in short: ``run@96`` for one that goes on from a run after step 96."""
    if not run.initializer.startswith("run:"):
        return run.initializer or None
    step = run.parent.rpartition("@")[2] if "@" in run.parent else ""
    return f"run@{step}" if step else "run"


def _heads(
    runs: Sequence[RunSummary], keys: Sequence[Key], metric: Key, by: Sequence[tuple[Key, bool]]
) -> list[Head]:
    figures = [metric, *(key for key, _ in by if key != metric)]
    groups = group_runs(runs, keys, figures)

    def value(key: Key, group: Group) -> Any:  # noqa: ANN401 - any plain value
        if key in keys:
            return group.values[keys.index(key)]
        found = group.figures.get(key.name)
        return found.mean if found else None

    groups = sort_by(groups, order_from(by), value)
    return [Head(f"\0{group.values!r}", group) for group in groups]
