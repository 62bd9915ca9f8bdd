"""Flip the sign and retrain: does it come back?"""

from __future__ import annotations

from typing import cast

from paramdyn.analysis.verdict.evidence import RecoverySeed, SeedEvidence
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Identity, Region, Screen

_NEEDS = {
    "d0": "the twin (the control run again)",
    "d1": "the order control (same start, other data order)",
    "d2": "the independent initialization",
    "d3": "the independent initialization, aligned",
}
_RAW = {"raw": "the perturbed run's distance to the control"}
_QUOTIENT = {"quotient": "the perturbed run's distance to the control modulo symmetry"}
_NOISE = "no farther than another data order leads"


def _to_noise(
    field: str,
    words: str,
    *,
    support: tuple[Region, ...],
    refute: tuple[Region, ...] = (),
) -> Criterion:
    return Criterion(
        words,
        "ratio",
        field,
        "d1",
        support=support,
        refute=refute,
        null=1.0,
        null_name=_NOISE,
        floor="distance",
    )


def _closer_than(field: str, other: str, words: str) -> Criterion:
    return Criterion(
        words,
        "ratio",
        field,
        other,
        support=(Region(high=1.0),),
        null=1.0,
        null_name="as far as an unrelated network",
        floor="distance",
    )


_Q = "q = d(E, A0) modulo symmetry / d1"

SAME_WEIGHTS = Hypothesis(
    name="same-weights",
    question="recovery",
    claim="The perturbed run ends at the same weights, up to the noise of data order",
    evidence=RecoverySeed,
    needs=_NEEDS | _RAW,
    criteria=(
        _to_noise(
            "raw",
            "d(E, A0) / d1",
            support=(Region(high=1.5),),
            refute=(Region(low=1.5),),
        ),
        _closer_than("raw", "d2", "d(E, A0) / d2"),
    ),
)

SAME_UP_TO_SYMMETRY = Hypothesis(
    name="same-up-to-symmetry",
    question="recovery",
    claim="The perturbed run ends at the same network up to symmetry and the noise of data order",
    evidence=RecoverySeed,
    needs=_NEEDS | _QUOTIENT,
    criteria=(
        _to_noise(
            "quotient",
            _Q,
            support=(Region(high=1.5),),
            refute=(Region(low=1.5),),
        ),
        _closer_than("quotient", "d3", "d(E, A0) modulo symmetry / d3"),
    ),
    screens=(
        Screen(
            "biased estimator",
            (
                _to_noise("quotient", _Q, support=(Region(high=1.5),)),
                _to_noise("d3", "d3 / d1", support=(Region(high=1.5),)),
            ),
            "alignment alone brings an unrelated network as near",
        ),
    ),
)


def _is_mirror_image(seed: SeedEvidence) -> bool:
    record = cast("RecoverySeed", seed)
    exact = record.d0 == 0 and record.quotient == 0 and record.disagreement == 0
    return exact and _raw_over_noise(seed) > 5


def _raw_over_noise(seed: SeedEvidence) -> float:
    record = cast("RecoverySeed", seed)
    return (record.raw or 0.0) / record.d1 if record.d1 else 0.0


_FAR = _to_noise("raw", "d(E, A0) / d1", support=(Region(low=5.0),), refute=(Region(high=5.0),))

FORCED_FAR_AWAY = Hypothesis(
    name="forced-far-away",
    question="recovery",
    claim="The perturbation forces training to a far away minimum",
    evidence=RecoverySeed,
    needs=_NEEDS
    | _RAW
    | _QUOTIENT
    | {
        "to_start": "the perturbed run's distance to its own start",
        "to_parent": "the perturbed run's distance to its parent",
        "disagreement": "the predictions of the perturbed run and of the control",
        "disagreement_noise": "the predictions of the order control",
    },
    criteria=(
        _FAR,
        _to_noise("quotient", _Q, support=(Region(low=2.0),)),
        Criterion(
            "s = d(E, S) / d(E, P), small when it stays where the perturbation put it",
            "ratio",
            "to_start",
            "to_parent",
            support=(Region(low=0.1),),
            refute=(Region(high=0.1),),
            null=0.0,
            null_name="it never left its perturbed start",
            floor="distance",
        ),
    ),
    screens=(
        Screen(
            "symmetry orbit",
            (
                _to_noise("quotient", _Q, support=(Region(high=2.0),)),
                _FAR,
                Criterion(
                    "f = disagreement(E, A0) / disagreement of another data order",
                    "ratio",
                    "disagreement",
                    "disagreement_noise",
                    support=(Region(high=1.25),),
                    null=1.0,
                    null_name="predictions differ as another data order makes them differ",
                ),
            ),
            "the raw distance lies inside a symmetry orbit: modulo symmetry the run is near the "
            "control and predicts the same",
        ),
    ),
    identity=Identity(
        "symmetry orbit",
        _is_mirror_image,
        ("d0", "d1", "raw", "quotient", "disagreement"),
        lambda _: 0.0,
        _Q,
        1.0,
        _NOISE,
        "the two runs are exact mirror images with the same predictions, and the control repeats "
        "bit for bit",
    ),
)

HYPOTHESES = (SAME_WEIGHTS, SAME_UP_TO_SYMMETRY, FORCED_FAR_AWAY)
