"""Which parameters change?"""

from __future__ import annotations

from typing import cast

from paramdyn.analysis.verdict.evidence import ChangedSeed, SeedEvidence
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Identity, Region, Screen

_STRUCTURAL_ENOUGH = 0.95
_PRACTICALLY_ALL = 0.99

_NEEDS = {
    "unchanged": "the partition of the parameters by class",
    "untrained_silent": "the dead and absorbed share of the untrained net",
    "structural": "the structural audit",
    "all_unchanged": "the partition of the parameters by class",
}


def structural_part(seed: SeedEvidence) -> float:
    """Return structural / all unchanged of one seed; 0 when nothing is unchanged."""
    record = cast("ChangedSeed", seed)
    whole = record.all_unchanged or 0.0
    return (record.structural or 0.0) / whole if whole > 0 else 0.0


KEEPS_PARAMETERS = Hypothesis(
    name="keeps-parameters",
    question="changed",
    claim="The model keeps a good part of its parameters",
    evidence=ChangedSeed,
    needs=_NEEDS,
    criteria=(
        Criterion(
            "u, the unchanged share without structural and frozen parameters",
            "mean",
            "unchanged",
            support=(Region(low=0.10),),
            refute=(Region(high=0.01),),
            null=0.0,
            null_name="every parameter that can change does",
        ),
        Criterion(
            "u - the dead and absorbed share of the untrained net",
            "difference",
            "unchanged",
            "untrained_silent",
            support=(Region(low=0.0),),
            null=0.0,
            null_name="only what was silent before training kept its value",
        ),
    ),
    screens=(
        Screen(
            "structural zeros",
            (
                Criterion(
                    "structural / all unchanged parameters",
                    "ratio",
                    "structural",
                    "all_unchanged",
                    support=(Region(low=_STRUCTURAL_ENOUGH),),
                    null=0.0,
                    null_name="no parameter is out of reach",
                ),
            ),
            "no input can give these parameters a gradient: they are not kept, they are not used",
        ),
    ),
    identity=Identity(
        "structural zeros",
        lambda seed: structural_part(seed) >= _STRUCTURAL_ENOUGH,
        ("structural", "all_unchanged"),
        structural_part,
        "structural / all unchanged parameters",
        0.0,
        "no parameter is out of reach",
        "no input of this size can give these parameters a gradient, which is counted exactly and "
        "the same for every seed",
    ),
)


def decay_makes_it_all(seed: SeedEvidence) -> bool:
    """Tell whether practically every parameter moved, and not without weight decay."""
    record = cast("ChangedSeed", seed)
    moved, trained = record.moved or 0.0, record.trained or 0.0
    return trained < _PRACTICALLY_ALL <= moved


def decayed_part(seed: SeedEvidence) -> float:
    """Return the share of all parameters that nothing but weight decay moved."""
    record = cast("ChangedSeed", seed)
    return (record.moved or 0.0) - (record.trained or 0.0)


CHANGES_EVERYTHING = Hypothesis(
    name="changes-everything",
    question="changed",
    claim="Training changes practically every parameter",
    evidence=ChangedSeed,
    needs={
        "moved": "the partition of the parameters by class",
        "trained": "the partition of the parameters by class",
    },
    criteria=(
        Criterion(
            "the share of the parameters that a gradient has moved",
            "mean",
            "trained",
            support=(Region(low=_PRACTICALLY_ALL),),
            refute=(Region(high=_PRACTICALLY_ALL),),
            null=1.0,
            null_name="every parameter has a gradient that moves it",
        ),
    ),
    identity=Identity(
        "weight decay",
        decay_makes_it_all,
        ("moved", "trained"),
        decayed_part,
        "the share of the parameters that nothing but weight decay moved",
        0.0,
        "without weight decay these keep their first value",
        "these parameters never had a gradient and are where weight decay alone puts them, "
        "counted one by one; the same run without decay leaves them unchanged",
    ),
)

LAZY = Hypothesis(
    name="lazy",
    question="changed",
    claim="Training is lazy: the network stays close to its linearization",
    evidence=ChangedSeed,
    needs={
        "kernel_distance": "the tangent kernel before and after training",
        "linearization_error": "the linearization error",
        "scaled_linearization_error": "the control with a large output scale alpha",
    },
    criteria=(
        Criterion(
            "the kernel distance",
            "mean",
            "kernel_distance",
            support=(Region(high=0.1),),
            refute=(Region(low=0.1),),
            null=0.0,
            null_name="a linear model",
        ),
        Criterion(
            "the linearization error",
            "mean",
            "linearization_error",
            support=(Region(high=0.1),),
            refute=(Region(low=0.1),),
            null=0.0,
            null_name="a linear model",
        ),
        Criterion(
            "the linearization error with a large output scale / without",
            "ratio",
            "scaled_linearization_error",
            "linearization_error",
            support=(Region(high=1.0),),
            null=1.0,
            null_name="the output scale has no effect",
        ),
    ),
)

HYPOTHESES = (KEEPS_PARAMETERS, CHANGES_EVERYTHING, LAZY)
