"""What the numbers of ``connectivity`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

_NULLS = (
    "the same run again: 0 exactly; another order of images: about 0 where training is stable; "
    "independent networks: high"
)

TERMS: tuple[Term, ...] = (
    Term(
        "error_barrier",
        "How much higher the error gets on the straight line than the mean of its ends, in "
        "[-1, 1]; at least half the difference of the ends. Below 2 % two networks count as "
        "linearly connected.",
        "max over alpha of E(theta_alpha) - (E(theta_0) + E(theta_1)) / 2",
        _NULLS,
        "Frankle et al. 2020, arXiv:1912.05671",
    ),
    Term(
        "error_height",
        "The same against the chord between the ends, inner points only; negative where the whole "
        "line lies below it.",
        "max over inner alpha of E(theta_alpha) - [(1 - alpha) E(theta_0) + alpha E(theta_1)]",
        _NULLS,
        "Entezari et al. 2022, arXiv:2110.06296",
    ),
    Term(
        "loss_barrier",
        "How far the loss rises above the chord between its ends, in nats, inner points only; "
        "negative where the whole line lies below it. Statistics of batch normalisation are "
        "interpolated, reset on training images (REPAIR), or those of each batch.",
        "max over inner alpha of L(theta_alpha) - [(1 - alpha) L(theta_0) + alpha L(theta_1)]",
        _NULLS,
        "Entezari et al. 2022, arXiv:2110.06296; Jordan et al. 2023, arXiv:2211.08403",
    ),
    Term(
        "pair_distance",
        "L2 distance of the two networks' live parameters.",
        "|theta_A - theta_B|",
        "that of two untrained draws",
        OURS,
    ),
    Term(
        "aligned_distance",
        "The same after the permutation of units, and signs before batch normalisation, that bring "
        "the second closest: an upper bound of the true minimum, found by several searches.",
        "min over g of |theta_A - g theta_B|",
        "that of two untrained draws: alignment lowers any distance",
        "Ainsworth et al. 2023, arXiv:2209.04836",
    ),
)
