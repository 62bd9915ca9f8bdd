"""A perturbed run's family: its parent and its controls, found by what runs compute.

::

    parent P --- child E          continued, perturbed
            |--- twin A0          continued, not perturbed;  re-run A0': the twin once more
            |--- rounding twin    one weight moved by one unit in the last place
            `--- order A1         continued in another order of images
    another draw --- independent D
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from paramdyn.analysis.answer import Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import Subject
from paramdyn.errors import ParamdynError
from paramdyn.specs import RunSpec
from paramdyn.specs.controls import (
    AT_INITIALIZATION,
    CONTROLS,
    INDEPENDENT,
    ORDER,
    ROUNDING_TWIN,
    TWIN,
    start_of,
)
from paramdyn.specs.reader import read_spec
from paramdyn.specs.recognition import Lookup, nothing_known, recognise
from paramdyn.store.equal_runs import spec_lookup
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import RunSummary, list_runs

RERUN = "twin-again"
"""The twin once more: what differs then is the machine's doing."""

WHY = {
    TWIN: "without it nothing tells what training would have done anyway (A0)",
    ORDER: "without it the noise floor of training (d1) is unknown",
    INDEPENDENT: "without it what an unrelated network looks like (d2, d3) is unknown",
    RERUN: "the twin did not run on a CPU, so its own repetition has to show the floor (d0)",
    ROUNDING_TWIN: "without it how far rounding alone drives two runs apart is unknown",
}
REQUIRED = (TWIN, ORDER, INDEPENDENT)
"""Without these there is no verdict."""

_UNUSABLE = ("queued", "broken", "failed")
_COMING = ("queued", "running", "paused", "suspended", "stale")


@dataclass(frozen=True, slots=True)
class Family:
    """A child with what it is compared to; None for what is not there.

    Attributes:
        child: The perturbed run, E.
        parent: Whose snapshot it started from.
        twin: A0.
        rerun: A0 once more, in another folder.
        rounding_twin: A0 with one weight moved by one unit in the last place.
        order: A1.
        independent: D.
        coming: Arms that are being trained or wait for their turn.
        lost: Why relatives cannot be told; empty when they can.
    """

    child: Subject
    parent: Subject | None = None
    twin: Subject | None = None
    rerun: Subject | None = None
    rounding_twin: Subject | None = None
    order: Subject | None = None
    independent: Subject | None = None
    coming: tuple[str, ...] = ()
    lost: str = ""

    def controls(self) -> dict[str, Subject]:
        """Return arm -> the run that is there."""
        named = {
            TWIN: self.twin,
            RERUN: self.rerun,
            ROUNDING_TWIN: self.rounding_twin,
            ORDER: self.order,
            INDEPENDENT: self.independent,
        }
        return {arm: subject for arm, subject in named.items() if subject is not None}


def is_perturbed_child(spec: RunSpec) -> bool:
    """Tell whether a run continues another one and was perturbed before it did."""
    return start_of(spec) is not None and bool(spec.perturbations)


def assembled(
    child: Subject,
    parent: Subject | None = None,
    controls: Mapping[str, Subject] | Sequence[Subject] = (),
    *,
    spec_of: Lookup = nothing_known,
) -> Family:
    """Return the family of runs that somebody names.

    Args:
        child: The perturbed run.
        parent: The run that it continues.
        controls: Arm (``twin``, ``twin-again``, ``rounding-twin``, ``order``, ``independent``) ->
            run; or runs whose specs tell which control they are, which needs the parent. Those
            that are none are left out.
        spec_of: Tells the specs of the runs that others start from; without it an independent run
            has to be named by its arm.
    """
    named = dict(controls) if isinstance(controls, Mapping) else {}
    for subject in () if isinstance(controls, Mapping) else controls:
        arm = parent and recognise(subject.spec, child.spec, parent.spec, spec_of=spec_of)
        named.setdefault(RERUN if arm == TWIN and TWIN in named else str(arm), subject)
    return Family(
        child, parent, named.get(TWIN), named.get(RERUN), named.get(ROUNDING_TWIN),
        named.get(ORDER), named.get(INDEPENDENT),
    )  # fmt: skip


class Families:
    """Finds the families of children among the runs of a folder, which is listed once.

    Args:
        bench: Where runs are, and where they are put when they are opened.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._look_up = spec_lookup(bench.runs)
        self._specs: dict[str, RunSpec | None] = {}
        self._found: dict[str, Family] = {}

    def of(self, child: Subject) -> Family:
        """Return the family of a child that ran; relatives that are gone are left out."""
        if child.name not in self._found:
            self._found[child.name] = self._search(child)
        return self._found[child.name]

    def _search(self, child: Subject) -> Family:
        start = start_of(child.spec)
        if start is None or child.folder is None:
            return Family(child, lost="it continues no other run, so it has no parent")
        try:
            parent = self._bench.open(start.run)
        except ParamdynError as error:
            return Family(child, lost=f"its parent '{start.run}' cannot be opened: {error}")
        found: dict[str, list[RunSummary]] = {}
        for row in self._candidates(child, parent):
            spec = self._spec(row.name)
            arm = spec and recognise(spec, child.spec, parent.spec, spec_of=self._spec)
            if arm in CONTROLS:
                found.setdefault(arm, []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: _rank(row, child.id))
        return self._family(child, parent, found)

    def names_of_controls(self, child: Subject) -> list[str]:
        """Return the names of the runs that are a control of a child."""
        return [control.name for control in self.of(child).controls().values()]

    def _family(
        self, child: Subject, parent: Subject, found: Mapping[str, Sequence[RunSummary]]
    ) -> Family:
        there: dict[str, Subject] = {}
        for arm, rows in found.items():
            usable = [row for row in rows if row.status not in _UNUSABLE]
            names = (arm, RERUN) if arm == TWIN else (arm,)
            opened = [each for each in map(self._opened, usable[: len(names)]) if each is not None]
            there |= dict(zip(names, opened, strict=False))
        coming = [arm for arm, rows in found.items() if all(r.status in _COMING for r in rows)]
        return replace(assembled(child, parent, there), coming=tuple(coming))

    def _opened(self, row: RunSummary) -> Subject | None:
        try:
            return self._bench.open(RunFolder(row.path.absolute()))
        except ParamdynError:
            return None

    def _candidates(self, child: Subject, parent: Subject) -> Iterator[RunSummary]:
        """Yield the runs that could be a control, told from what a list of runs knows."""
        start = start_of(child.spec)
        begins = start is not None and start.step in AT_INITIALIZATION
        for row in self._rows:
            alike = row.model == child.spec.model.name and row.dataset == child.spec.dataset.name
            if alike and row.name not in (child.id, parent.id) and (row.parent or begins):
                yield row

    @cached_property
    def _rows(self) -> list[RunSummary]:
        return list_runs(self._bench.runs)

    def _spec(self, name: str) -> RunSpec | None:
        if name not in self._specs:
            try:
                self._specs[name] = read_spec(self._bench.runs / name / "spec.toml")
            except (ParamdynError, OSError):
                self._specs[name] = self._look_up(name)
        return self._specs[name]


def missing_controls(family: Family, *, needs_rerun: bool = False) -> list[Missing]:
    """Return the controls that a family lacks, each with one command that makes all of them.

    Args:
        family: Of a child with a folder; of any other nothing can be made.
        needs_rerun: The numerical floor is not known otherwise.
    """
    child = family.child
    if child.folder is None or family.parent is None:
        return []
    there = family.controls()
    lacking = [arm for arm in REQUIRED if arm not in there]
    command = f"run {shlex.quote(str(child.folder.path))} --controls {','.join(lacking)}"
    found = [Missing(child.name, arm, _why(arm, family), command) for arm in lacking]
    twin = family.twin
    if needs_rerun and twin is not None and twin.folder is not None and family.rerun is None:
        again = f"run {shlex.quote(str(twin.folder.path))}"
        found.append(Missing(child.name, RERUN, WHY[RERUN], again))
    return found


def _why(arm: str, family: Family) -> str:
    coming = "; it is being trained: ask again when it has finished" * (arm in family.coming)
    return WHY[arm] + coming


def _rank(row: RunSummary, child: str) -> tuple[bool, bool, str, str]:
    """Finished runs first, then those that were made for this child, then the oldest."""
    return (row.status != "finished", row.control_of != child, row.created, row.name)
