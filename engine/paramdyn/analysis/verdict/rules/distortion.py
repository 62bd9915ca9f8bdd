"""Distort a little and retrain: does it come back?"""

from __future__ import annotations

from paramdyn.analysis.verdict.evidence import RecoverySeed
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Region

_NEEDS = {
    "d0": "the twin (the control run again)",
    "d1": "the order control (same start, other data order)",
    "raw": "the distorted run's distance to the control",
}


def _rho(support: Region, refute: Region) -> Criterion:
    return Criterion(
        "rho = d(B, A0) / d1",
        "ratio",
        "raw",
        "d1",
        support=(support,),
        refute=(refute,),
        null=1.0,
        null_name="as far as another data order leads",
        floor="distance",
    )


RETURNS = Hypothesis(
    name="returns",
    question="recovery",
    claim="The distorted run comes back to the same model",
    evidence=RecoverySeed,
    needs=_NEEDS
    | {
        "to_parent": "the distorted run's distance to its parent",
        "control_to_parent": "the control's distance to the parent",
    },
    criteria=(
        _rho(Region(high=0.1), Region(low=0.1)),
        Criterion(
            "return index = d(B, P) / d(A0, P)",
            "ratio",
            "to_parent",
            "control_to_parent",
            support=(Region(high=0.5),),
            refute=(Region(low=0.5),),
            null=1.0,
            null_name="it leaves the parent as the control does",
            floor="distance",
        ),
    ),
)

LIKE_DATA_ORDER = Hypothesis(
    name="like-data-order",
    question="recovery",
    claim="The distortion is indistinguishable from data-order noise: it leads no farther",
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
