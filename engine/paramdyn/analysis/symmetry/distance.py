"""How far two networks are apart, with and without what their symmetries allow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from paramdyn.analysis.symmetry.alignment import (
    Alignment,
    State,
    check_states,
    squared_difference,
)
from paramdyn.analysis.symmetry.permutation import Matching, match_weights
from paramdyn.analysis.symmetry.signs import sign_alignment
from paramdyn.analysis.symmetry.structure import Structure
from paramdyn.errors import BadRequest

KINDS = ("raw", "signs", "permutation", "both")
"""Nothing; signs before batch normalisation; permutations of units; permutations and signs."""


@dataclass(frozen=True, slots=True)
class ParameterDistance:
    """One parameter of two networks.

    Attributes:
        parameter: Its name.
        scalars: How many it has.
        live_scalars: How many of them were not excluded.
        squared: ‖a - g b‖² over all of them.
        live_squared: The same without the excluded ones.
    """

    parameter: str
    scalars: int
    live_scalars: int
    squared: float
    live_squared: float


@dataclass(frozen=True, slots=True)
class SymmetryDistance:
    """min over g of ‖a - g b‖, g from the symmetries that ``kind`` names.

    Attributes:
        kind: One of ``KINDS``.
        parameters: One entry a parameter, in the model's order. Buffers never count.
        alignment: The g that was found; apply it to b.
        restarts: Live distance at the end of each search; empty where the minimum is exact.
        flips: Signs that are -1.
        reason: Why it is undefined; empty when it is not.
    """

    kind: str
    parameters: tuple[ParameterDistance, ...]
    alignment: Alignment
    restarts: tuple[float, ...] = ()
    flips: int = 0
    reason: str = ""

    @property
    def l2(self) -> float | None:
        """L2 distance over all parameters, in [0, ∞); None when undefined."""
        return None if self.reason else _root(part.squared for part in self.parameters)

    @property
    def l2_live(self) -> float | None:
        """L2 distance over the scalars that were not excluded; None when undefined."""
        return None if self.reason else _root(part.live_squared for part in self.parameters)

    @property
    def live_scalars(self) -> int:
        """How many scalars were not excluded."""
        return sum(part.live_scalars for part in self.parameters)

    def layers(self) -> dict[str, tuple[float, float]]:
        """Return (L2, live L2) of each module that owns parameters; empty when undefined."""
        parts: dict[str, list[ParameterDistance]] = {}
        for part in () if self.reason else self.parameters:
            parts.setdefault(part.parameter.rpartition(".")[0], []).append(part)
        return {
            layer: (_root(p.squared for p in group), _root(p.live_squared for p in group))
            for layer, group in parts.items()
        }


@dataclass(frozen=True, slots=True)
class Search:
    """How permutations are looked for; see ``match_weights``."""

    restarts: int = 3
    seed: int = 0
    progress: Callable[[int, int], None] = field(default=lambda _done, _total: None)


def symmetry_distance(
    a: State,
    b: State,
    structure: Structure,
    kind: str = "raw",
    *,
    excluded: Mapping[str, Tensor] | None = None,
    search: Search | None = None,
) -> SymmetryDistance:
    """Return how far ``b`` is from ``a`` when symmetries of one kind may move it.

    Sums are float64 over explicit differences. "raw" and "signs" are exact minima; permutations
    are searched for, so their distance is an upper bound. Where scalars are excluded, the
    symmetries are chosen by the others. Alignment lowers the distance of unrelated networks too:
    compare with that of independent ones.

    Args:
        a: Weights; a state_dict, or a mapping that loads tensors when asked.
        b: Weights of the same model.
        structure: Its symmetries.
        kind: One of ``KINDS``.
        excluded: Parameter -> True for scalars that do not count in the live distance, as
            ``reach.mask`` gives for those that no input can ever move.
        search: For permutations.

    Raises:
        BadRequest: No such kind.
        ShapeMismatch: The weights do not fit the model.
    """
    if kind not in KINDS:
        raise BadRequest(f"symmetry: unknown kind '{kind}'. Expected one of {', '.join(KINDS)}.")
    check_states(structure, a, b)
    masks = {} if excluded is None else excluded
    matching = Matching(Alignment(structure))
    if kind == "signs":
        matching = Matching(sign_alignment(a, b, structure, excluded=masks))
    elif kind != "raw":
        how = search or Search()
        matching = match_weights(
            a, b, structure, restarts=how.restarts, seed=how.seed, signs=kind == "both",
            excluded=masks, progress=how.progress,
        )  # fmt: skip
    parts = tuple(_parts(a, b, matching.alignment, masks))
    reason = matching.reason or _not_finite(parts)
    flips = sum(int((signs < 0).sum()) for signs in matching.alignment.signs.values())
    return SymmetryDistance(kind, parts, matching.alignment, matching.distances, flips, reason)


def _parts(
    a: State, b: State, alignment: Alignment, excluded: Mapping[str, Tensor]
) -> Iterable[ParameterDistance]:
    for name in alignment.structure.parameters:
        mask = excluded.get(name)
        squared, live = squared_difference(a[name], alignment.tensor(name, b[name]), mask)
        scalars = a[name].numel()
        dead = 0 if mask is None else int(mask.expand(a[name].shape).count_nonzero())
        yield ParameterDistance(name, scalars, scalars - dead, squared, live)


def _not_finite(parts: Iterable[ParameterDistance]) -> str:
    wrong = [part.parameter for part in parts if not math.isfinite(part.squared)]
    return f"not finite: {', '.join(wrong[:3])}" if wrong else ""


def _root(squares: Iterable[float]) -> float:
    return math.sqrt(math.fsum(squares))
