"""How far do parameters move, and does the optimizer matter?"""

from __future__ import annotations

from paramdyn.analysis.verdict.evidence import DistanceSeed
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Region, Screen

MARGIN = 1.1
"""Two displacements within 10 % of each other count as equal."""

EQUAL = (Region(1 / MARGIN, MARGIN),)
UNEQUAL = (Region(high=1 / MARGIN), Region(low=MARGIN))


def _displacement_ratio(where: str, words: str, *, equal: bool) -> Criterion:
    inside, outside = (EQUAL, UNEQUAL) if equal else (UNEQUAL, EQUAL)
    return Criterion(
        f"displacement of the first / of the second at {words}",
        "ratio",
        f"first_at_{where}",
        f"second_at_{where}",
        support=inside,
        refute=outside,
        null=1.0,
        null_name="both move equally far",
        floor="difference",
    )


FEWEST_RATES = 4
"""Learning rates of each optimizer, log-spaced, below which nothing is said of optimizers."""


def _differ(where: str, words: str) -> Hypothesis:
    return Hypothesis(
        name=f"optimizers-differ-at-{where}",
        question="distance",
        claim=f"The two optimizers move differently far at {words}",
        evidence=DistanceSeed,
        needs={
            "d0": "the twin (the control run again)",
            f"first_at_{where}": f"the first optimizer at {words}",
            f"second_at_{where}": f"the second optimizer at {words}",
            "first_rates": f"at least {FEWEST_RATES} learning rates of the first optimizer",
            "second_rates": f"at least {FEWEST_RATES} learning rates of the second optimizer",
        },
        criteria=(_displacement_ratio(where, words, equal=False),),
        screens=(
            Screen(
                "step size",
                (
                    _displacement_ratio(where, words, equal=True),
                    _displacement_ratio("rate", "equal learning rate", equal=False),
                ),
                f"they differ at equal learning rate, and no longer at {words}",
            ),
        ),
    )


def _initializers_differ(where: str, words: str) -> Hypothesis:
    """The optimizer is the same, so no step size can be behind it: no screen, no grid."""
    return Hypothesis(
        name=f"initializers-differ-at-{where}",
        question="distance",
        claim=f"Networks of the two initializers move differently far at {words}",
        evidence=DistanceSeed,
        needs={
            "d0": "the twin (the control run again)",
            f"first_at_{where}": f"the first initializer at {words}",
            f"second_at_{where}": f"the second initializer at {words}",
        },
        criteria=(_displacement_ratio(where, words, equal=False),),
    )


_WHERE = (("loss", "matched train loss"), ("path", "matched path length"))
HYPOTHESES = (
    *(_differ(*each) for each in _WHERE),
    *(_initializers_differ(*each) for each in _WHERE),
)
