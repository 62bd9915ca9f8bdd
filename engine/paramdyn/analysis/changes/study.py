"""Everything that one run tells about which of its parameters changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.changes.decay import Decay, decay_of
from paramdyn.analysis.changes.ledger import Ledger, ledger_of
from paramdyn.analysis.changes.silence import Silence, silence_of, silent_share
from paramdyn.analysis.changes.tolerance import ToleranceCurve, tolerance_curve
from paramdyn.analysis.laziness import Laziness, laziness
from paramdyn.analysis.subjects import END, START, UNTRAINED, Moment, Subject
from paramdyn.analysis.subjects.images import few
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.analysis.verdict import ChangedSeed
from paramdyn.errors import ParamdynError
from paramdyn.probes.gradients import GradientSummary, gradient_summary

MOST_IMAGES = 1000
"""Images that dead units and gradients of the untrained network are looked for on, at most."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Changed:
    """What one run tells.

    Attributes:
        subject: The run.
        ledger: Each parameter's class.
        decay: What weight decay alone did; None without weight decay.
        tolerance: The unchanged share for other tolerances; None when undefined.
        silence: Moment -> its dead units.
        untrained: Gradients of the untrained network, over training images; None when undefined.
        laziness: Whether training stayed near the linearized network; None when undefined.
        collapsed: Why it is no classifier any more, one phrase each; empty for a healthy run, and
            when no images are there to tell.
        reasons: What is undefined -> why.
    """

    subject: Subject
    ledger: Ledger
    decay: Decay | None = None
    tolerance: ToleranceCurve | None = None
    silence: Mapping[Moment, Silence] = field(default_factory=dict)
    untrained: GradientSummary | None = None
    laziness: Laziness | None = None
    collapsed: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def untrained_silent(self) -> float | None:
        """Share of all parameters that get no gradient in the untrained network."""
        if self.untrained is None:
            return None
        structural = dict(
            zip((i.name for i in self.ledger.parameters), self.ledger.structural, strict=True)
        )
        return silent_share(self.untrained.silent, structural, self.ledger.scalars)

    def evidence(self) -> ChangedSeed:
        """Return what a verdict rests on."""
        lazy = self.laziness
        book = self.ledger
        return ChangedSeed(
            seed=self.subject.spec.seed,
            collapsed=(self.subject.name,) if self.collapsed else (),
            diverged=(self.subject.name,) if self.subject.status == "diverged" else (),
            unfinished=(self.subject.name,) if self.subject.is_live else (),
            unchanged=book.silent_share,
            untrained_silent=self.untrained_silent,
            structural=book.share("structural"),
            all_unchanged=book.unchanged_share,
            moved=book.share("changed", "decay-only"),
            trained=book.share("changed"),
            kernel_distance=lazy.kernel_distance if lazy else None,
            linearization_error=lazy.linearization_error if lazy else None,
            scaled_linearization_error=lazy.scaled_error if lazy else None,
        )


def changed(subject: Subject, bench: Bench) -> Changed:
    """Return which parameters of a run changed, and why the others did not.

    The classes come from what the run recorded; nothing else is needed for them. Dead units, the
    null of the untrained network and laziness need images; tolerances and laziness the values at
    both ends. What cannot be had is left out, with the reason.

    Args:
        subject: A run, finished or live.
        bench: Gives the images.

    Raises:
        RunNotFound: Neither classes nor values were kept.
    """
    reasons: dict[str, str] = {}

    def attempt(name: str, make: Callable[[], Found]) -> Found | None:
        try:
            return make()
        except (ParamdynError, OSError) as error:
            reasons[name] = str(error)
            return None

    ledger = ledger_of(subject)
    tolerance = attempt("tolerance", lambda: tolerance_curve(subject))
    silence: dict[Moment, Silence] = {}
    untrained = lazy = None
    collapsed: tuple[str, ...] = ()
    images = attempt("images", lambda: bench.images)
    if images is not None and subject.status != "diverged":
        for moment in (UNTRAINED, START, END):
            found = attempt(f"dead units at {moment}", lambda m=moment: _silence(subject, m, bench))  # type: ignore[misc]
            if found is not None:
                silence[moment] = found
        untrained = attempt("untrained", lambda: _untrained(subject, bench))
        lazy = attempt("laziness", lambda: laziness(subject, bench))
        why = attempt("collapse", lambda: bench.observations.why_collapsed(subject, END))
        collapsed = why or ()
    return Changed(
        subject, ledger, decay_of(subject, ledger.step), tolerance, silence, untrained, lazy,
        collapsed, reasons,
    )  # fmt: skip


def _silence(subject: Subject, moment: Moment, bench: Bench) -> Silence:
    structure = structure_of(subject.shapes(), image_size=subject.spec.dataset.image_size)
    return silence_of(
        bench.observations.model(subject, moment),
        structure,
        few(bench.images.test, min(MOST_IMAGES, bench.options.most_images)),
        progress=lambda done, all_: bench.progress(
            f"dead units of {subject.name} at {moment}", done, all_
        ),
    )


def _untrained(subject: Subject, bench: Bench) -> GradientSummary:
    return gradient_summary(
        bench.observations.model(subject, UNTRAINED),
        few(bench.images.training, min(MOST_IMAGES, bench.options.most_images)),
        progress=lambda done, all_: bench.progress(
            f"gradients of {subject.name} untrained", done, all_
        ),
    )
