"""What became of one perturbed run, beside its controls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paramdyn.analysis.families import RERUN, Family
from paramdyn.analysis.perturbed.floor import Floor
from paramdyn.analysis.perturbed.function import Likeness
from paramdyn.analysis.perturbed.members import IN_EVIDENCE, Members
from paramdyn.analysis.perturbed.over_time import Growth
from paramdyn.analysis.perturbed.weights import Separation, Symmetries
from paramdyn.analysis.subjects.subject import STILL_TRAINING
from paramdyn.analysis.verdict import RecoverySeed
from paramdyn.specs.controls import INDEPENDENT, ORDER, PARENT, TWIN

Pair = tuple[str, str]

CONTROL_PAIRS: tuple[Pair, ...] = (
    (TWIN, "child"),
    (TWIN, RERUN),
    (TWIN, "rounding-twin"),
    (TWIN, ORDER),
    (TWIN, INDEPENDENT),
)
CHILD_PAIRS: tuple[Pair, ...] = (
    (PARENT, "child"),
    (PARENT, TWIN),
    (PARENT, ORDER),
    ("start", "child"),
    ("mirror", "child"),
    (PARENT, "start"),
)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a member still is a classifier.

    Attributes:
        arm: Which member.
        run: Its run.
        status: The run's status.
        accuracy: On the test images; None without images.
        loss: Mean cross-entropy in nats; None without images or when it is not finite.
        collapsed: Why it counts as collapsed; empty when it does not.
        diverged: Whether a weight is not finite, or the run ended as diverged.
        buffers: What is wrong with its running statistics; empty when nothing is.
    """

    arm: str
    run: str
    status: str
    accuracy: float | None = None
    loss: float | None = None
    collapsed: tuple[str, ...] = ()
    diverged: bool = False
    buffers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Perturbation:
    """What float32 kept of what was asked for.

    Attributes:
        text: As the command line writes it.
        scalars: Scalars it was applied to.
        changed: Those of them whose bits changed.
        norm: L2 norm of the change of all parameters together: ‖S - P‖.
        relative: ``norm`` over ‖P‖.
    """

    text: str
    scalars: int | None
    changed: int | None
    norm: float | None
    relative: float | None


@dataclass(frozen=True, slots=True)
class SeedRecovery:
    """One perturbed run and its controls; the letters are SCIENCE's (2.0, 2.3, 2.4).

    Attributes:
        seed: Of the child.
        family: Who is who.
        members: At which step, and who could be compared.
        floor: d0, and how it is known.
        perturbation: What was done to the parent.
        symmetries: What may be moved without changing the function.
        separations: (what stays, what is moved) -> their distance.
        likenesses: (one, other) -> how alike they answer; empty without images.
        health: Each member's.
        growths: Arm -> its distance to the twin over time.
        images: Test images; 0 when none could be had.
        notes: What was left out, and why.
    """

    seed: int
    family: Family
    members: Members
    floor: Floor
    perturbation: Perturbation
    symmetries: Symmetries
    separations: Mapping[Pair, Separation]
    likenesses: Mapping[Pair, Likeness] = field(default_factory=dict)
    health: tuple[Health, ...] = ()
    growths: Mapping[str, Growth] = field(default_factory=dict)
    images: int = 0
    notes: tuple[str, ...] = ()

    @property
    def child(self) -> str:
        """The child's name."""
        return self.family.child.name

    def raw(self, first: str, second: str) -> float | None:
        """Return a plain distance; None when a member is not there or diverged."""
        found = self.separations.get((first, second))
        return None if found is None else found.raw

    def modulo(self, first: str, second: str) -> float | None:
        """Return a distance modulo all symmetries; None when it is not known."""
        found = self.separations.get((first, second))
        return None if found is None else found.quotient

    @property
    def d0(self) -> float | None:
        """Control to its re-run: the numerical floor."""
        return self.floor.value

    @property
    def d1(self) -> float | None:
        """Control to the same start in another data order: the noise floor of training."""
        return self.raw(TWIN, ORDER)

    @property
    def d2(self) -> float | None:
        """Control to an independent start."""
        return self.raw(TWIN, INDEPENDENT)

    @property
    def d3(self) -> float | None:
        """d2 modulo symmetries: what alignment alone buys."""
        return self.modulo(TWIN, INDEPENDENT)

    @property
    def rho(self) -> float | None:
        """d(E, A0) / d1."""
        return _ratio(self.raw(TWIN, "child"), self.d1)

    @property
    def q(self) -> float | None:
        """d(E, A0) modulo symmetries / d1."""
        return _ratio(self.modulo(TWIN, "child"), self.d1)

    @property
    def s(self) -> float | None:
        """d(E, S) / d(E, P): below .1 it stays where the perturbation put it."""
        return _ratio(self.raw("start", "child"), self.raw(PARENT, "child"))

    @property
    def f(self) -> float | None:
        """Disagreement of child and control over that of another data order."""
        return _ratio(self.disagreement(TWIN, "child"), self.disagreement(TWIN, ORDER))

    @property
    def amplification(self) -> float | None:
        """d(E, A0) / ‖S - P‖: how much the perturbation grew."""
        return _ratio(self.raw(TWIN, "child"), self.perturbation.norm)

    @property
    def growth_rate(self) -> float | None:
        """ln(amplification) / steps, a step."""
        grown = self.amplification
        return math.log(grown) / self.members.step if grown and self.members.step else None

    @property
    def return_index(self) -> float | None:
        """d(E, P) / d(A0, P): 1 when it leaves the parent as the control does."""
        return _ratio(self.raw(PARENT, "child"), self.raw(PARENT, TWIN))

    def disagreement(self, first: str, second: str) -> float | None:
        """Return the share of images that two members classify differently."""
        found = self.likenesses.get((first, second))
        return None if found is None else found.agreement.disagreement

    def evidence(self, seed: int | None = None, arms: Sequence[str] = IN_EVIDENCE) -> RecoverySeed:
        """Return what a verdict may rest on.

        Args:
            seed: Under which number; None: the child's.
            arms: Members that must be sound.
        """
        bad = [each for each in self.health if each.arm in arms]
        return RecoverySeed(
            seed=self.seed if seed is None else seed,
            collapsed=tuple(each.arm for each in bad if each.collapsed and not each.diverged),
            diverged=tuple(each.arm for each in bad if each.diverged),
            unfinished=tuple(each.arm for each in bad if each.status in STILL_TRAINING),
            d0=self.d0,
            d1=self.d1,
            d2=self.d2,
            d3=self.d3,
            raw=self.raw(TWIN, "child"),
            quotient=self.modulo(TWIN, "child"),
            to_start=self.raw("start", "child"),
            to_parent=self.raw(PARENT, "child"),
            control_to_parent=self.raw(PARENT, TWIN),
            perturbation=self.perturbation.norm,
            disagreement=self.disagreement(TWIN, "child"),
            disagreement_noise=self.disagreement(TWIN, ORDER),
        )


def _ratio(value: float | None, other: float | None) -> float | None:
    return None if value is None or not other else value / other


def perturbation_of(family: Family, norm: float | None, parent_norm: float | None) -> Perturbation:
    """Return what run.json noted of a perturbation, with the norm that float32 kept.

    Args:
        family: Of the child.
        norm: ‖S - P‖ over all parameters; None: as run.json says, when there is one perturbation.
        parent_norm: ‖P‖.
    """
    manifest = family.child.manifest
    rows: list[dict[str, Any]] = list(manifest.perturbations) if manifest is not None else []
    if norm is None and len(rows) == 1:
        norm = rows[0].get("norm")
    known = bool(rows)
    return Perturbation(
        text=" + ".join(str(row.get("text", "")) for row in rows),
        scalars=sum(int(row.get("scalars", 0)) for row in rows) if known else None,
        changed=sum(int(row.get("changed", 0)) for row in rows) if known else None,
        norm=norm,
        relative=_ratio(norm, parent_norm),
    )
