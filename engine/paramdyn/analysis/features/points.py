"""Features of runs at their kept moments, and where a run was when it had moved so far."""

from __future__ import annotations

import math

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.features.inside import Inside, inside, participation
from paramdyn.analysis.movement.displacement import displacements, together
from paramdyn.analysis.subjects import END, START, UNTRAINED, Moment, Subject
from paramdyn.analysis.verdict.rules.distance import MARGIN
from paramdyn.errors import ParamdynError

WIDEST_GAP = 1.5
"""Between snapshots whose distances differ by a larger factor nothing is interpolated."""

Place = tuple[float, int]
"""Relative displacement, and the step of the snapshot that has it."""


class Points:
    """Relative displacements and features of runs at their kept moments, each found once."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._starts: dict[str, Subject] = {}
        self._inside: dict[tuple[str, Moment], Inside] = {}
        self._far: dict[tuple[str, Moment], float] = {}

    def inside(self, subject: Subject, moment: Moment = END) -> Inside:
        """Return the features of a run at a moment."""
        key = (subject.name, moment)
        if key not in self._inside:
            self._inside[key] = inside(subject, self._bench, moment)
        return self._inside[key]

    def untrained(self, subject: Subject) -> Inside:
        """Return the features of a run before training; equal starts are looked at once.

        Raises:
            RunNotFound: It cannot be drawn again.
        """
        manifest, spec = subject.manifest, subject.spec
        drawn = ":" not in spec.initializer.name and spec.initializer.name != "pretrained"
        if manifest is None or spec.perturbations or not drawn:
            return self.inside(subject, UNTRAINED)
        same = self._starts.setdefault(manifest.initial_sha256, subject)
        return self.inside(same, UNTRAINED)

    def sound(self, *subjects: Subject) -> bool:
        """Return whether none of these runs collapsed or diverged."""
        return not any(self.inside(subject).trouble for subject in subjects)

    def relative(self, subject: Subject, moment: Moment = END) -> float:
        """Return |theta_t - theta_0| / |theta_0| over all parameters; NaN where it is undefined."""
        key = (subject.name, moment)
        if key not in self._far:
            try:
                parts = displacements(
                    subject.state(START), subject.state(moment), subject.parameters, {}
                )
                found = together("total", parts).relative_to_start
            except ParamdynError:
                found = None
            self._far[key] = math.nan if found is None else found
        return self._far[key]

    def at_level(self, subject: Subject, level: float) -> tuple[float, str]:
        """Return the participation ratio where a run first was so far away, and how, or why not."""
        before: Place | None = None
        for kept in subject.kept():
            if kept.name == "best" or kept.step == 0:
                continue
            far = self.relative(subject, kept.step)
            if far >= level:
                return self._between(subject, before, (far, kept.step), level)
            before = far, kept.step
        return math.nan, "no kept snapshot is that far from its start"

    def _between(
        self, subject: Subject, before: Place | None, after: Place, at: float
    ) -> tuple[float, str]:
        if after[0] <= at * MARGIN:
            return self._ratio(subject, after[1]), f"step {after[1]:,}"
        if before is None or after[0] > before[0] * WIDEST_GAP:
            return math.nan, (
                f"no two snapshots of {subject.name} are close enough around a relative "
                f"displacement of {at:.3g}: keep more (--snapshots), or add learning rates"
            )
        share = math.log(at / before[0]) / math.log(after[0] / before[0])
        ends = [self._ratio(subject, step) for _, step in (before, after)]
        value = math.exp((1 - share) * math.log(ends[0]) + share * math.log(ends[1]))
        return value, f"between steps {before[1]:,} and {after[1]:,}"

    def _ratio(self, subject: Subject, moment: Moment) -> float:
        found = participation(self.inside(subject, moment))
        return math.nan if found is None else found
