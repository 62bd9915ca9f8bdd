"""Are features correlated, and does the optimizer matter?"""

from __future__ import annotations

from paramdyn.analysis.verdict.evidence import CorrelationSeed
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Region, Screen
from paramdyn.analysis.verdict.rules.distance import EQUAL, UNEQUAL


def _participation_ratio(where: str, words: str, *, equal: bool) -> Criterion:
    inside, outside = (EQUAL, UNEQUAL) if equal else (UNEQUAL, EQUAL)
    return Criterion(
        f"participation ratio of the first / of the second {words}",
        "ratio",
        f"first_{where}",
        f"second_{where}",
        support=inside,
        refute=outside,
        null=1.0,
        null_name="features are equally correlated",
        floor="logarithm",
    )


_MATCHED = "at matched train loss or displacement"


def _correlate(what: str) -> Hypothesis:
    return Hypothesis(
        name=f"{what}s-correlate-differently",
        question="correlation",
        claim=f"The two {what}s make features differently correlated",
        evidence=CorrelationSeed,
        needs={
            "d0": "the twin (the control run again)",
            "untrained": "the untrained net",
            "first_matched": f"the first {what} {_MATCHED}",
            "second_matched": f"the second {what} {_MATCHED}",
            "unused_outputs": "the check of the feature layer for outputs that are never a target",
        },
        criteria=(
            _participation_ratio("matched", _MATCHED, equal=False),
            Criterion(
                "the share of features that are never a target",
                "mean",
                "unused_outputs",
                support=(Region(high=0.5),),
                null=0.0,
                null_name="every feature is one",
            ),
        ),
        screens=(
            Screen(
                "unused outputs",
                (
                    Criterion(
                        "the share of features that are never a target",
                        "mean",
                        "unused_outputs",
                        support=(Region(low=0.5),),
                        null=0.0,
                        null_name="every feature is one",
                    ),
                    _participation_ratio("matched", _MATCHED, equal=False),
                ),
                "outputs that are never a target are pushed down together, before any training too",
            ),
            Screen(
                "step size",
                (
                    _participation_ratio("matched", _MATCHED, equal=True),
                    _participation_ratio("at_rate", "at equal learning rate", equal=False),
                ),
                f"they differ at equal learning rate, and no longer {_MATCHED}",
            ),
        ),
    )


_MARGIN = 0.05
"""Two values of CKA within .05 of each other count as equal."""

MORE_ALIKE = Hypothesis(
    name="features-more-alike",
    question="correlation",
    claim="The features of the two models are more alike than those of independent models",
    evidence=CorrelationSeed,
    needs={
        "similarity": "the CKA of the two models' features",
        "independent_similarity": "a run of the first model's recipe with other seeds",
        "permuted_similarity": "the same with the images of one model permuted",
    },
    criteria=(
        Criterion(
            "CKA of the pair - CKA of independent models",
            "difference",
            "similarity",
            "independent_similarity",
            support=(Region(low=_MARGIN),),
            refute=(Region(high=_MARGIN),),
            null=0.0,
            null_name="as alike as two runs that differ in their seeds only",
        ),
        Criterion(
            "CKA of the pair - CKA with permuted images",
            "difference",
            "similarity",
            "permuted_similarity",
            support=(Region(low=_MARGIN),),
            null=0.0,
            null_name="they have nothing to do with each other",
        ),
    ),
)

HYPOTHESES = (_correlate("optimizer"), _correlate("initializer"), MORE_ALIKE)
