"""Distort a little and retrain: does it come back?"""

from __future__ import annotations

from paramdyn.analysis.verdict.evidence import RecoverySeed
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Region

_NEEDS = {
    "d0": "the twin (the control run again)",
    "d1": "the order control (same start, other data order)",
    "raw": "the perturbed run's distance to the control",
}


def _rho(support: Region, refute: Region) -> Criterion:
    return Criterion(
        "rho = d(E, A0) / d1",
        "ratio",
        "raw",
        "d1",
        support=(support,),
        refute=(refute,),
        null=1.0,
        null_name="as far as another data order leads",
        floor="distance",
    )


# The return index d(B, P) / d(A0, P) cannot be a criterion beside rho: by the triangle inequality
# it is at least 1 - rho d1 / d(A0, P), and d1 <= d(A0, P) + d(A1, P), so that rho < .1 keeps it
# above about .8, and no run could ever come back. That the distance shrank is what coming back
# means: a perturbation may be below a tenth of the noise only because it was tiny.
RETURNS = Hypothesis(
    name="returns",
    question="recovery",
    claim="The perturbation dies out: the run comes back to where it would have been",
    evidence=RecoverySeed,
    needs=_NEEDS | {"perturbation": "the distance that the perturbation moved the parent"},
    criteria=(
        _rho(Region(high=0.1), Region(low=0.1)),
        Criterion(
            "amplification A = d(E, A0) / perturbation",
            "ratio",
            "raw",
            "perturbation",
            support=(Region(high=1.0),),
            refute=(Region(low=1.0),),
            null=1.0,
            null_name="training neither grows nor shrinks the perturbation",
            floor="distance",
        ),
    ),
)

LIKE_DATA_ORDER = Hypothesis(
    name="like-data-order",
    question="recovery",
    claim="The perturbation is indistinguishable from data-order noise: it leads no farther",
    evidence=RecoverySeed,
    needs=_NEEDS,
    criteria=(_rho(Region(high=1.0), Region(low=1.0)),),
)

BEYOND_DATA_ORDER = Hypothesis(
    name="beyond-data-order",
    question="recovery",
    claim="The perturbation leads farther than another data order does",
    evidence=RecoverySeed,
    needs=_NEEDS,
    criteria=(_rho(Region(low=1.0), Region(high=1.0)),),
)

HYPOTHESES = (RETURNS, LIKE_DATA_ORDER, BEYOND_DATA_ORDER)
