"""The numerical floor d0: how far the control is from its own repetition."""

from __future__ import annotations

from dataclasses import dataclass

from paramdyn.analysis.families import Family
from paramdyn.analysis.perturbed.weights import plain_distance
from paramdyn.analysis.subjects import Subject
from paramdyn.errors import ParamdynError

_SAME = ("device", "device_name", "threads", "precision")


@dataclass(frozen=True, slots=True)
class Floor:
    """d0, and how it is known.

    Attributes:
        value: d0; None when it is not known.
        how: ``measured`` by running the control again, ``claimed`` for a CPU, or ``unknown``.
        said: The same in a sentence's clause.
    """

    value: float | None
    how: str
    said: str


def floor_of(family: Family, step: int) -> Floor:
    """Return the numerical floor of a family.

    It is measured where the twin was run twice. A CPU with a fixed number of threads repeats a run
    bit for bit, so there it is claimed to be 0; of any other device nothing is claimed.

    Args:
        family: With its twin.
        step: The step that is compared.
    """
    twin, rerun = family.twin, family.rerun
    if twin is None:
        return Floor(None, "unknown", "there is no twin")
    if rerun is not None:
        try:
            names = tuple(row.name for row in twin.parameters)
            value = plain_distance(twin.state(step), rerun.state(step), names)
        except ParamdynError:
            pass
        else:
            said = f"measured: {twin.name} against its re-run {rerun.name}"
            return Floor(value, "measured", said)
    return _claimed(family.child, twin)


def _claimed(child: Subject, twin: Subject) -> Floor:
    """Claim 0 where both ran on one kind of CPU, with the same libraries and threads."""
    ours, theirs = child.manifest, twin.manifest
    if ours is None or theirs is None:
        return Floor(None, "unknown", "where they ran is not known")
    if theirs.device != "cpu":
        return Floor(None, "unknown", f"{theirs.device} need not repeat a run bit for bit")
    apart = [name for name in _SAME if getattr(ours, name) != getattr(theirs, name)]
    if ours.versions.get("torch") != theirs.versions.get("torch"):
        apart.append("torch")
    if apart:
        return Floor(None, "unknown", f"child and twin differ in {', '.join(apart)}")
    threads = f"{theirs.threads} thread{'s' * (theirs.threads != 1)}"
    return Floor(0.0, "claimed", f"claimed, not measured: a CPU with {threads} repeats its runs")
