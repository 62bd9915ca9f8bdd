"""The similarity measures by name, each with what it ignores.

``invariances`` lists the changes of X that leave the value as it is: orthogonal (a rotation or
reflection of the units), isotropic-scaling (one positive factor), translation (a constant vector
added to every example), invertible-linear (any basis of the units), permutation (of the units).
A contract test checks every declaration, and that what is not declared does change the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from numpy.typing import ArrayLike

from paramdyn.analysis.similarity.cca import mean_cca, pwcca_by_x, svcca
from paramdyn.analysis.similarity.cka import cka
from paramdyn.analysis.similarity.correlation import greedy_correlation, matched_correlation
from paramdyn.analysis.similarity.measured import Measured
from paramdyn.analysis.similarity.procrustes import angular_procrustes, procrustes

INVARIANCES: Final = frozenset(
    {"orthogonal", "isotropic-scaling", "translation", "invertible-linear", "permutation"}
)
_ALL_BUT_LINEAR = INVARIANCES - {"invertible-linear"}
_UNIT_WISE = frozenset({"isotropic-scaling", "translation", "permutation"})


@dataclass(frozen=True, slots=True)
class Measure:
    """A similarity or distance of two feature matrices (n, d1) and (n, d2).

    Attributes:
        name: Its name in tables.
        compute: Returns the value of X and Y.
        invariances: Changes of X that leave the value as it is, of ``INVARIANCES``.
        range: Smallest and largest value.
        of_itself: The value of X with X.
        is_symmetric: Whether X with Y has the value of Y with X.
        formula: In plain text.
        reference: The paper.
    """

    name: str
    compute: Callable[[ArrayLike, ArrayLike], Measured]
    invariances: frozenset[str]
    range: tuple[float, float]
    of_itself: float
    is_symmetric: bool
    formula: str
    reference: str


_KORNBLITH = "Kornblith et al., ICML 2019, arXiv:1905.00414"
_NGUYEN = "Nguyen, Raghu & Kornblith, ICLR 2021, arXiv:2010.15327"
_RAGHU = "Raghu et al., NeurIPS 2017, arXiv:1706.05806"
_LI = "Li et al., ICLR 2016, arXiv:1511.07543"

MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for measure in (
        Measure("cka", cka, _ALL_BUT_LINEAR, (-1, 1), 1, True,
                "HSIC1(K,L) / sqrt(HSIC1(K,K) HSIC1(L,L)), K = X X^T", _NGUYEN),
        Measure("cka-biased", partial(cka, estimator="biased"), _ALL_BUT_LINEAR, (0, 1), 1, True,
                "|X^T Y|^2 / (|X^T X| |Y^T Y|), centred", _KORNBLITH),
        Measure("cca", mean_cca, INVARIANCES, (0, 1), 1, True,
                "mean singular value of U_x^T U_y, orthonormal bases", _RAGHU),
        Measure("svcca", svcca, _ALL_BUT_LINEAR, (0, 1), 1, True,
                "cca of the principal components that hold 99 % of the variance", _RAGHU),
        Measure("pwcca", pwcca_by_x, _UNIT_WISE, (0, 1), 1, False,
                "sum a_i rho_i / sum a_i, a_i = sum_j |<h_i, x_j>|",
                "Morcos, Raghu & Bengio, NeurIPS 2018, arXiv:1806.05759"),
        Measure("procrustes", procrustes, _ALL_BUT_LINEAR, (0, 2), 0, True,
                "2 - 2 |X^T Y|_*, centred, Frobenius norm 1",
                "Ding, Denain & Steinhardt, NeurIPS 2021, arXiv:2108.01661"),
        Measure("procrustes-angle", angular_procrustes, _ALL_BUT_LINEAR, (0, math.pi / 2), 0, True,
                "arccos |X^T Y|_*", "Williams et al., NeurIPS 2021, arXiv:2110.14739"),
        Measure("matched-correlation", matched_correlation, _UNIT_WISE, (0, 1), 1, True,
                "mean |r| of units matched by the Hungarian method", _LI),
        Measure("greedy-correlation", greedy_correlation, _UNIT_WISE, (0, 1), 1, True,
                "mean |r| of units matched greedily", _LI),
    )
}  # fmt: skip
