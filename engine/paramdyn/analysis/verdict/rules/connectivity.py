"""Does a straight line join two networks without a barrier?"""

from __future__ import annotations

from paramdyn.analysis.verdict.evidence import ConnectivitySeed
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Region

STABLE_BELOW = 0.02
"""Error barrier under which two networks count as linearly connected (Frankle et al. 2020)."""

UNCHANGED = 1e-3
"""Change of a logit over the logits' rms up to which an alignment has kept the function."""

_NEEDS = {
    "d0": "the twin (the control run again)",
    "order_error_barrier": "the order control (same start, other data order)",
    "independent_error_barrier": "an independent network of the same recipe",
}


def _no_barrier(field: str, words: str) -> Criterion:
    return Criterion(
        words,
        "mean",
        field,
        support=(Region(high=STABLE_BELOW),),
        refute=(Region(low=STABLE_BELOW),),
        null=0.0,
        null_name="no barrier, as between a network and its twin",
    )


def _below_independent(field: str, words: str) -> Criterion:
    """A line that joins unrelated networks too tells nothing of these two."""
    return Criterion(
        f"{words} - that of an independent network",
        "difference",
        field,
        "independent_error_barrier",
        support=(Region(high=0.0),),
        null=0.0,
        null_name="as high as between unrelated networks",
    )


_RAW = "error barrier of the straight line"
_ALIGNED = "error barrier of the straight line after alignment"

JOINED = Hypothesis(
    name="joined-by-a-straight-line",
    question="connectivity",
    claim="The two networks are joined by a straight line without a barrier",
    evidence=ConnectivitySeed,
    needs=_NEEDS | {"error_barrier": "the straight line between the two networks"},
    criteria=(
        _no_barrier("error_barrier", _RAW),
        _below_independent("error_barrier", _RAW),
    ),
)

JOINED_UP_TO_SYMMETRY = Hypothesis(
    name="joined-up-to-symmetry",
    question="connectivity",
    claim="The two networks are joined by a straight line without a barrier up to symmetry",
    evidence=ConnectivitySeed,
    needs=_NEEDS
    | {
        "aligned_error_barrier": "the straight line to the aligned network",
        "function_change": "the check that alignment kept the function",
    },
    criteria=(
        _no_barrier("aligned_error_barrier", _ALIGNED),
        _below_independent("aligned_error_barrier", _ALIGNED),
        Criterion(
            "largest change of a logit by the alignment / rms of the logits",
            "mean",
            "function_change",
            support=(Region(high=UNCHANGED),),
            null=0.0,
            null_name="alignment changed nothing",
        ),
    ),
)

HYPOTHESES = (JOINED, JOINED_UP_TO_SYMMETRY)
