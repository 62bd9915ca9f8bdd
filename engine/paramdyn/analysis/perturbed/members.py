"""The members of a family at the step at which all of them can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from paramdyn.analysis.families import RERUN, Family
from paramdyn.analysis.observation import Key
from paramdyn.analysis.subjects import END, START, Moment, State, Subject
from paramdyn.errors import ParamdynError
from paramdyn.specs.controls import (
    AT_INITIALIZATION,
    INDEPENDENT,
    ORDER,
    PARENT,
    ROUNDING_TWIN,
    TWIN,
    start_of,
)

CHILD_END, CHILD_START = "child", "start"
IN_EVIDENCE = (CHILD_END, TWIN, ORDER, INDEPENDENT)
"""Members that a verdict rests on: none of them may have collapsed or diverged."""


@dataclass(frozen=True, slots=True)
class Member:
    """A run at a moment.

    Attributes:
        arm: ``child``, ``start``, ``parent``, or a control's name.
        subject: The run.
        moment: When.
    """

    arm: str
    subject: Subject
    moment: Moment

    @property
    def key(self) -> Key:
        """Its key among observations."""
        return self.subject.name, self.moment

    def state(self) -> State:
        """Return its values."""
        return self.subject.state(self.moment)


@dataclass(frozen=True, slots=True)
class Members:
    """Everybody who can be compared.

    Attributes:
        step: Updates of the child and of its controls.
        by_arm: Arm -> member.
        left_out: Arm -> why it is not there.
    """

    step: int
    by_arm: Mapping[str, Member]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def get(self, arm: str) -> Member | None:
        """Return a member, None when it is not there."""
        return self.by_arm.get(arm)


def members_of(family: Family) -> Members:
    """Return the members of a family at the last step that the child and its twin both kept.

    Raises:
        RunNotFound, RunIncomplete: The child kept no values.
    """
    child = family.child
    steps = kept_steps(child)
    shared = steps & kept_steps(family.twin) if family.twin is not None else set()
    step = max(shared or steps, default=0) or child.step_of(END)
    found = {CHILD_END: Member(CHILD_END, child, _moment(child, step))}
    left_out: dict[str, str] = {}
    for arm, subject in family.controls().items():
        if step in kept_steps(subject):
            found[arm] = Member(arm, subject, _moment(subject, step))
        else:
            left_out[arm] = f"{subject.name} ({subject.status}) kept no values at step {step}"
    for member in (_parent(family), Member(CHILD_START, child, START)):
        if member is None:
            continue
        try:
            member.state()
        except ParamdynError as error:
            left_out[member.arm] = str(error)
        else:
            found[member.arm] = member
    return Members(step, found, left_out)


def kept_steps(subject: Subject) -> set[int]:
    """Return the steps after training began whose values are there."""
    steps = {kept.step for kept in subject.kept() if kept.name != "best" and kept.step}
    try:
        return steps | {subject.step_of(END)} - {0}
    except ParamdynError:
        return steps


def _moment(subject: Subject, step: int) -> Moment:
    return END if subject.step_of(END) == step else step


def _parent(family: Family) -> Member | None:
    """Return the parent where the child left it; the twin's start when it did not keep that."""
    for member in _parents(family):
        try:
            member.state()
        except ParamdynError:
            continue
        return member
    return None


def _parents(family: Family) -> list[Member]:
    found = []
    parent, start = family.parent, start_of(family.child.spec)
    if parent is not None:
        noted = (family.child.manifest.parent or {}) if family.child.manifest else {}
        wanted = start.step if start is not None else END
        moment: Moment = START if wanted in AT_INITIALIZATION else noted.get("step", END)
        found.append(Member(PARENT, parent, "best" if wanted == "best" else moment))
    if family.twin is not None:
        found.append(Member(PARENT, family.twin, START))
    return found


SYMBOLS = {
    CHILD_END: "E",
    CHILD_START: "S",
    PARENT: "P",
    TWIN: "A0",
    RERUN: "A0 again",
    ROUNDING_TWIN: "A0 + 1 ulp",
    ORDER: "A1",
    INDEPENDENT: "D",
    "mirror": "-P",
}
