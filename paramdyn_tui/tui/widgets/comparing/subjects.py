"""The runs of a comparison: each with a short name, its colour, and where it goes on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paramdyn.specs.flat import completed
from paramdyn.store.run_summary import fields_of
from paramdyn_tui.tui.widgets.run_list.short_ids import common_start, short_ids

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.watching.view import RunView


LONGEST = 26
"""A description longer than this says less than an id."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One run of a comparison.

    Attributes:
        view: The run as it was seen last.
        label: A short name that no other run of the comparison has: what differs between specs.
        color: Number of its series colour.
        fields: The flat fields of its spec, and its ``arm``.
        steps_before: Updates that its network had had before, where the picture goes on from them.
        is_baseline: Whether the others are compared with it.
    """

    view: RunView
    label: str
    color: int
    fields: Mapping[str, Any]
    steps_before: int = 0
    is_baseline: bool = False

    @property
    def name(self) -> str:
        """Its id."""
        return self.view.name


class Lineup:
    """Makes subjects of views, and keeps their labels as long as the same runs are compared."""

    def __init__(self) -> None:
        self._fields: dict[str, dict[str, Any]] = {}
        self._labels: tuple[tuple[str, ...], list[str]] = ((), [])

    def subjects(
        self, views: Sequence[RunView], baseline: str, color_of: Callable[[str], int]
    ) -> list[Subject]:
        """Return the runs of a comparison, the baseline first.

        Args:
            views: The runs.
            baseline: Id of the one that the others are compared with; empty for none.
            color_of: Id -> number of its series colour.
        """
        ordered = sorted(views, key=lambda view: view.name != baseline)
        names = tuple(view.name for view in ordered if view.summary is not None)
        if names != self._labels[0] or len(names) < len(ordered):
            known = self._fields  # a spec never changes
            self._fields = {
                view.name: known.get(view.name) or spec_fields_of(view) for view in ordered
            }
            fields = [self._fields[view.name] for view in ordered]
            parents = [view.summary.parent_run for view in ordered if view.summary]
            self._labels = (names, labels_of([view.name for view in ordered], fields, parents))
        before = steps_before([view.summary for view in ordered if view.summary is not None])
        return [
            Subject(
                view,
                label,
                color_of(view.name),
                self._fields[view.name],
                before.get(view.name, 0),
                view.name == baseline,
            )
            for view, label in zip(ordered, self._labels[1], strict=True)
        ]


def labels_of(
    names: Sequence[str], fields: Sequence[Mapping[str, Any]], parents: Iterable[str] = ()
) -> list[str]:
    """Return a short name for each run: what it is among the others, if that is short, else its id.

    Args:
        names: Ids.
        fields: Every field of their specs, and their ``arm``.
        parents: Ids of runs that others of these started from.
    """
    from paramdyn_tui.plotting.run_names import described

    if len(names) > 1:
        found = [_roles(names, fields, frozenset(parents)), described(fields)]
        seeds = [f"s{each.get('seed')}" for each in fields]
        if all(found[0]):
            found.insert(1, [f"{role} {seed}" for role, seed in zip(found[0], seeds, strict=True)])
        for words in found:
            if all(words) and len(set(words)) == len(words) and max(map(len, words)) <= LONGEST:
                return words
    short = short_ids(names)
    common = common_start(list(short.values()))
    return [short[name][len(common) :] or short[name] for name in names]


def _roles(
    names: Sequence[str], fields: Sequence[Mapping[str, Any]], parents: frozenset[str]
) -> list[str]:
    """Return what each run is among a child, its parent and its controls; empty for none."""
    from paramdyn_tui.plotting.run_names import control_in

    return [
        str(control_in(each) or each.get("perturbations") or ("parent" if name in parents else ""))
        for name, each in zip(names, fields, strict=True)
    ]


def spec_fields_of(view: RunView) -> dict[str, Any]:
    """Return every field of a run's spec, dotted, and its ``arm``; maybe nothing."""
    return fields_of_summary(view.summary) if view.summary is not None else {}


def fields_of_summary(run: RunSummary) -> dict[str, Any]:
    """Return every field of a run's spec, dotted, and its ``arm``; maybe nothing."""
    from paramdyn_tui.plotting.run_names import with_arm

    changed = fields_of(run)
    if changed is None:
        return {}
    return with_arm(completed(changed), run)


def steps_before(runs: Sequence[RunSummary]) -> dict[str, int]:
    """Return for each run how many updates its network had had when it started.

    As long as no run is shown with its parent, all begin at zero: they are compared over the same
    steps. With a parent among them, all that continue a run stand behind what they continue.

    Args:
        runs: The compared runs.
    """
    parents: dict[str, tuple[str, int]] = {}
    for run in runs:
        step = run.parent.rpartition("@")[2]
        if run.parent_run and step.isdecimal():
            parents[run.name] = (run.parent_run, int(step))
    names = {run.name for run in runs}
    if not any(parent in names for parent, _ in parents.values()):
        return dict.fromkeys(names, 0)
    before = {}
    for name in names:
        steps, seen, at = 0, {name}, name
        while at in parents and parents[at][0] not in seen:
            at, more = parents[at]
            seen.add(at)
            steps += more
        before[name] = steps
    return before
