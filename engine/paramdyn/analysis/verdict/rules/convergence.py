"""Has it converged, and to the same point?"""

from __future__ import annotations

import math

from paramdyn.analysis.verdict.evidence import ConvergenceSeed
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Region
from paramdyn.analysis.verdict.intervals import Interval

HAS_CONVERGED = Hypothesis(
    name="has-converged",
    question="convergence",
    claim="Most runs of this kind converge within their budget",
    evidence=ConvergenceSeed,
    needs={"converged": "a last tenth of the train loss that tells: more records, a longer run"},
    criteria=(
        Criterion(
            "the share of runs that had converged",
            "share",
            "converged",
            support=(Region(low=0.5),),
            refute=(Region(high=0.5),),
            null=0.5,
            null_name="one run in two",
        ),
    ),
)

SAME_POINT = Hypothesis(
    name="same-point",
    question="convergence",
    claim="Different initializations converge to the same point up to symmetry",
    evidence=ConvergenceSeed,
    needs={
        "d0": "the twin (the control run again)",
        "d1": "the order control (same start, other data order)",
        "d3": "the independent initialization, aligned",
        "aligned": "the distance of the two ends after alignment",
        "barrier": "the loss barrier between the aligned ends",
        "barrier_noise": "the loss barrier between the runs that differ in data order",
        "disagreement": "the predictions of the two ends",
        "disagreement_noise": "the predictions of the order control",
    },
    criteria=(
        Criterion(
            "distance of the aligned ends / d3",
            "ratio",
            "aligned",
            "d3",
            support=(Region(high=0.5),),
            refute=(Region(low=0.5),),
            null=1.0,
            null_name="as far as an unrelated network",
            floor="distance",
        ),
        Criterion(
            "disagreement / disagreement of another data order",
            "ratio",
            "disagreement",
            "disagreement_noise",
            support=(Region(high=1.25),),
            refute=(Region(low=1.25),),
            null=1.0,
            null_name="predictions differ as another data order makes them differ",
        ),
        Criterion(
            "loss barrier - loss barrier of another data order",
            "difference",
            "barrier",
            "barrier_noise",
            support=(Region(high=0.02),),
            null=0.0,
            null_name="no barrier beyond that of another data order",
        ),
    ),
)

HYPOTHESES = (HAS_CONVERGED, SAME_POINT)

RUN_WORDS = (
    "converged", "still improving", "diverging", "undecided", "collapsed", "unknown",
)  # fmt: skip
"""What ``run_convergence`` may say of one run."""

FLAT_WITHIN = 0.1
"""Share of its loss that a converged run may still lose or gain in a tenth of its steps: the
margin of equivalence, a factor of 1.1, as for distances."""


def run_convergence(
    slope: Interval, *, train_accuracy: float, collapsed: bool, scale: float
) -> str:
    """Say what one run's last tenth shows.

    An interval that contains 0 shows only that no slope was seen, and a short or noisy run never
    shows one. So the interval must lie within ``FLAT_WITHIN`` of 0, too: evidence of absence.

    Args:
        slope: 95 % interval of the slope of the train loss over the last 10 % of the steps.
        train_accuracy: At the end, in [0, 1]; NaN when unknown.
        collapsed: Whether any collapse flag (M11) is set.
        scale: Steps of the tenth / mean loss of the tenth: makes a slope a share of the loss.

    Returns:
        One of ``RUN_WORDS``. Collapse goes before everything: a dead network has a flat loss too.
        A train accuracy of at least 99.9 % counts as converged, whatever the slope. An undefined
        slope is ``unknown``, one that may be 0 and may be large ``undecided``.
    """
    if collapsed:
        return "collapsed"
    if not math.isnan(train_accuracy) and train_accuracy >= 0.999:
        return "converged"
    if not slope.defined:
        return "unknown"
    if slope.low > 0:
        return "diverging"
    if slope.high < 0:
        return "still improving"
    flat = max(-slope.low, slope.high) * scale <= FLAT_WITHIN
    return "converged" if flat else "undecided"
