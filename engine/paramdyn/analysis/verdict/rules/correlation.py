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

OPTIMIZERS_CORRELATE = Hypothesis(
    name="optimizers-correlate-differently",
    question="correlation",
    claim="The two optimizers make features differently correlated",
    evidence=CorrelationSeed,
    needs={
        "d0": "the twin (the control run again)",
        "untrained": "the untrained net",
        "first_matched": f"the first optimizer {_MATCHED}",
        "second_matched": f"the second optimizer {_MATCHED}",
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

HYPOTHESES = (OPTIMIZERS_CORRELATE,)
