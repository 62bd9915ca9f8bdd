"""How correlated the features of one model are, beside the untrained net and independent ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.observation import Observed
from paramdyn.analysis.similarity import Measured, WithinModel, correlation_matrix, within_model
from paramdyn.analysis.similarity.nulls import participation_ratio_mean
from paramdyn.analysis.subjects import END, Moment, Subject

BINS = np.linspace(-1.0, 1.0, 41)
"""Edges of the distribution of r."""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The features of one model at one moment.

    Attributes:
        subject: Whose.
        moment: When.
        step: Updates before it.
        layer: Whose input, or output as ``NAME:out``, the features are.
        n: Images.
        units: Units of the layer: live + dead + constant.
        within: Correlations of the live units, and how many are left out.
        density: Of r over pairs of different units, by ``BINS``. Shape (bins,); zeros without any.
        logits: The same of the outputs that are never a target; None where each is one.
        unused: Outputs that are never a target.
        trouble: ``collapsed``, ``diverged``, or nothing for a sound model.
        why: What shows the trouble.
        accuracy: Share of right answers.
    """

    subject: Subject
    moment: Moment
    step: int
    layer: str
    n: int
    units: int
    within: WithinModel
    density: NDArray[np.float64]
    logits: WithinModel | None
    unused: int
    trouble: str
    why: tuple[str, ...]
    accuracy: float

    @property
    def label(self) -> str:
        """The subject, with the moment where it is not the end."""
        return self.subject.name if self.moment == END else f"{self.subject.name} at {self.moment}"

    @property
    def participation_null(self) -> float:
        """Participation ratio of as many independent features over as many images."""
        return participation_ratio_mean(self.n, self.within.live) if self.within.live else math.nan

    @property
    def absolute_null(self) -> float:
        """Mean |r| of independent features: sqrt(2 / (pi n))."""
        return math.sqrt(2 / (math.pi * self.n))

    @property
    def unused_share(self) -> float:
        """Share of the features that are outputs which are never a target, in [0, 1]."""
        return self.unused / self.units if self.layer.endswith(":out") and self._is_logits else 0.0

    @property
    def _is_logits(self) -> bool:
        return self.logits is not None and self.units == self.unused + _targets(self)


def inside(subject: Subject, bench: Bench, moment: Moment = END) -> Inside:
    """Return how correlated the features of a model are.

    Args:
        subject: A run or weights.
        bench: Runs the model over the images, once.
        moment: Which values.

    Raises:
        BadRequest: The feature layer is none.
        RunNotFound: The values were not kept.
    """
    seen = bench.observations.of(subject, moment)
    unused = seen.logits.shape[1] - len(bench.images.classes)
    trouble = _trouble(subject, moment, seen)
    collapsed = trouble == "collapsed"
    return Inside(
        subject=subject,
        moment=moment,
        step=subject.step_of(moment),
        layer=seen.layer,
        n=len(seen.features),
        units=seen.features.shape[1],
        within=within_model(seen.features),
        density=_density(seen),
        logits=_unused_logits(seen, len(bench.images.classes)) if unused > 0 else None,
        unused=max(unused, 0),
        trouble=trouble,
        why=bench.observations.why_collapsed(subject, moment)
        if collapsed
        else seen.collapse.reasons,
        accuracy=seen.accuracy,
    )


def participation(found: Inside) -> float | None:
    """Return the participation ratio of a sound model; None where it is undefined."""
    return found.within.participation_ratio.value


def value_of(measured: Measured) -> float | None:
    """Return a value, or None."""
    return measured.value


def _targets(found: Inside) -> int:
    return found.subject.classes - found.unused


def _trouble(subject: Subject, moment: Moment, seen: Observed) -> str:
    """Say what is wrong with a trained model; one that is untrained may answer anything."""
    if subject.status == "diverged" or (seen.collapse.not_finite and seen.collapse.images):
        return "diverged"
    trained = subject.folder is None or subject.step_of(moment) > 0
    return "collapsed" if trained and seen.collapse.collapsed else ""


def _unused_logits(seen: Observed, classes: int) -> WithinModel:
    return within_model(seen.logits[:, classes:].numpy())


def _density(seen: Observed) -> NDArray[np.float64]:
    found = correlation_matrix(seen.features, seen.features)
    if found.reason or len(found.values) < 2:
        return np.zeros(len(BINS) - 1)
    off = found.values[np.triu_indices(len(found.values), 1)]
    counts: NDArray[np.float64] = np.histogram(off, BINS, density=True)[0]
    return counts


def independent_density(n: int) -> NDArray[np.float64]:
    """Return the density of r of independent normal features over n images. Shape (bins,).

    r has a normal limit with deviation 1 / sqrt(n - 1); each bin holds its exact share.
    """
    from scipy import stats

    below = stats.norm.cdf(BINS * math.sqrt(max(n - 1, 1)))
    shares: NDArray[np.float64] = np.diff(below) / np.diff(BINS)
    return shares
