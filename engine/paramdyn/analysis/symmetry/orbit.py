"""How far two networks are apart modulo everything their symmetries allow, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from torch import Tensor

from paramdyn.analysis.symmetry.alignment import Alignment, State
from paramdyn.analysis.symmetry.distance import Search, SymmetryDistance, symmetry_distance
from paramdyn.analysis.symmetry.fitted_scales import fitted_scales
from paramdyn.analysis.symmetry.scales import canonical_scales, rescaled
from paramdyn.analysis.symmetry.structure import Structure
from paramdyn.errors import BadRequest

_WORTHWHILE = 0.9
"""Scales that lower the distance below this share may have hidden which unit is which."""


@dataclass(frozen=True, slots=True)
class Orbit:
    """The distance of a to the nearest network that computes the same as b.

    Distances are L2 over the scalars that were not excluded, where they are called live.

    Attributes:
        raw: Over all scalars, nothing moved; None when a value is not finite.
        live: The same over live scalars.
        signs: Live, modulo signs in front of batch normalisation: an exact minimum.
        aligned: Live, modulo permutations of units and those signs: an upper bound.
        quotient: Live, modulo positive scales as well: an upper bound, never above ``aligned``.
        flips: Signs that the alignment turns.
        spread: Largest minus smallest ``aligned`` over the restarts of the search.
        alignment: The permutations and signs of ``aligned``, to be applied to b.
        nearest: The permutations and signs of ``quotient``, to be applied to b.
        factors: The scales of ``quotient``, to be applied after ``nearest``; empty for none.
        reason: Why distances are undefined; empty when they are not.
    """

    raw: float | None
    live: float | None
    signs: float | None
    aligned: float | None
    quotient: float | None
    flips: int = 0
    spread: float | None = None
    alignment: Alignment | None = None
    nearest: Alignment | None = None
    factors: Mapping[str, Tensor] = field(default_factory=dict)
    reason: str = ""

    def moved(self, state: State, structure: Structure) -> dict[str, Tensor]:
        """Return b where it is nearest to a: aligned and rescaled, the function unchanged."""
        aligned = self.nearest.apply(state) if self.nearest is not None else dict(state)
        return rescaled(aligned, structure, self.factors) if self.factors else aligned


def orbit_distance(
    a: State,
    b: State,
    structure: Structure,
    *,
    excluded: Mapping[str, Tensor] | None = None,
    search: Search | None = None,
) -> Orbit:
    """Return how far a is from b, and from the networks that compute the same as b.

    Alignment lowers the distance of unrelated networks, too: what it means is told by the same
    numbers of an independent pair.

    Args:
        a: Weights that stay.
        b: Weights of the same model, that are moved.
        structure: Its symmetries.
        excluded: Parameter -> True for scalars that no input can move; they have no say.
        search: For permutations; None: see below.

    Returns:
        Without ``search`` neither permutations nor scales are looked for: only raw, live and signs.

    Raises:
        ShapeMismatch: The weights do not fit the model.
    """
    measure = partial(symmetry_distance, a, structure=structure, excluded=excluded, search=search)
    raw, signs = measure(b, kind="raw"), measure(b, kind="signs")
    if raw.reason or search is None:
        return Orbit(raw.l2, raw.l2_live, signs.l2_live, None, None, reason=raw.reason)
    both = measure(b, kind="both")
    if both.reason:
        return Orbit(raw.l2, raw.l2_live, signs.l2_live, None, None, reason=both.reason)
    spread = max(both.restarts) - min(both.restarts) if both.restarts else None
    nearest, factors, quotient = _with_scales(a, b, structure, both, excluded, search)
    return Orbit(
        raw.l2, raw.l2_live, signs.l2_live, both.l2_live, quotient, both.flips, spread,
        both.alignment, nearest, factors,
    )  # fmt: skip


def _with_scales(
    a: State,
    b: State,
    structure: Structure,
    both: SymmetryDistance,
    excluded: Mapping[str, Tensor] | None,
    search: Search,
) -> tuple[Alignment, Mapping[str, Tensor], float | None]:
    """Fit scales behind the alignment, and behind one that no scale can mislead."""
    best: tuple[Alignment, Mapping[str, Tensor], float | None] = (both.alignment, {}, both.l2_live)
    if not both.l2_live or not structure.scales:
        return best
    here = _fitted(a, b, structure, both.alignment, excluded)
    if here[2] < both.l2_live * (1 - 1e-9):
        best = here
    if here[2] > _WORTHWHILE * both.l2_live:
        return best
    try:
        first = canonical_scales(a, structure, excluded=excluded)
        second = canonical_scales(b, structure, excluded=excluded)
    except BadRequest:
        return best
    found = symmetry_distance(first, second, structure, "both", excluded=excluded, search=search)
    there = _fitted(a, b, structure, found.alignment, excluded)
    return there if best[2] is None or there[2] < best[2] else best


def _fitted(
    a: State,
    b: State,
    structure: Structure,
    alignment: Alignment,
    excluded: Mapping[str, Tensor] | None,
) -> tuple[Alignment, Mapping[str, Tensor], float]:
    aligned = alignment.apply(b)
    factors = fitted_scales(a, aligned, structure, excluded=excluded)
    moved = rescaled(aligned, structure, factors)
    distance = symmetry_distance(a, moved, structure, excluded=excluded).l2_live
    return alignment, factors, float("inf") if distance is None else distance
