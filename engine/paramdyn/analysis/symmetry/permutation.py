"""Weight matching: the permutation of units that brings one network closest to another.

Maximises ⟨A, g B⟩ one group of axes at a time; each step is a linear assignment. No step lowers
the sum, so it ends; where depends on the order and the start, hence the restarts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import scipy
import torch
from torch import Tensor

from paramdyn import seeding
from paramdyn.analysis.symmetry.alignment import (
    Alignment,
    State,
    aligned_squared_distance,
    check_states,
    signed_tensors,
)
from paramdyn.analysis.symmetry.inner_products import InnerProducts
from paramdyn.analysis.symmetry.signs import sign_alignment
from paramdyn.analysis.symmetry.structure import Axis, Group, Structure

_GAIN = 1e-12  # relative: less is rounding
_GAIN_SINGLE = 1e-7  # of products in float32
_MOST_SWEEPS = 100


@dataclass(frozen=True, slots=True)
class Matching:
    """What weight matching found.

    Attributes:
        alignment: The best one, to be applied to b.
        distances: L2 distance ‖a - g b‖ of each restart, in their order; excluded scalars do not
            count. Their spread tells how much the search depends on its start.
        sweeps: Passes over the groups of each restart, the last of which changed nothing.
        reason: Why there is none; then the alignment is the identity and the rest is empty.
    """

    alignment: Alignment
    distances: tuple[float, ...] = ()
    sweeps: tuple[int, ...] = ()
    reason: str = ""

    @property
    def l2(self) -> float | None:
        """Smallest distance of all restarts; None where there is none."""
        return min(self.distances, default=None)

    @property
    def spread(self) -> float | None:
        """Largest minus smallest distance of the restarts; None where there is none."""
        return max(self.distances) - min(self.distances) if self.distances else None


def match_weights(
    a: State,
    b: State,
    structure: Structure,
    *,
    restarts: int = 3,
    seed: int = 0,
    signs: bool = False,
    excluded: Mapping[str, Tensor] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Matching:
    """Return the permutation, and signs if asked for, that brings ``b`` closest to ``a``.

    The first restart begins with the identity, so the result is never farther than raw; the
    others begin with random permutations. Sums are float64, products of large tensors float32 in
    blocks. Beside the two networks, the products of units are kept: two matrices of
    units x units float64 for each layer, 700 MB for VGG19.

    Args:
        a: Weights.
        b: Weights of the same model.
        structure: Its symmetries.
        restarts: How many searches, at least 1.
        seed: Of the starts and of the orders in which groups are visited.
        signs: Search over the signs in front of batch normalisation as well.
        excluded: Parameter -> True for scalars that have no say. They must be the same for all
            units of a layer, as structural taps are.
        progress: Called with (restarts done, restarts).

    Raises:
        ShapeMismatch: The weights do not fit the model.

    Reference:
        Ainsworth et al., "Git Re-Basin", arXiv:2209.04836, algorithm 1.
    """
    check_states(structure, a, b)
    for name in structure.parameters:
        if not (bool(torch.isfinite(a[name]).all()) and bool(torch.isfinite(b[name]).all())):
            return Matching(Alignment(structure), reason=f"'{name}' has values that are not finite")
    best, distances, sweeps = Alignment(structure), [], []
    for restart in range(max(1, restarts)):
        search = _Search(a, b, structure, signs=signs, excluded=excluded or {})
        sweeps.append(search.run(seeding.generator(seed, "alignment", restart), restart))
        found = search.alignment()
        square = aligned_squared_distance(a, b, found, excluded or {})
        distances.append(math.sqrt(square))
        best = found if distances[-1] <= min(distances) else best
        progress(restart + 1, max(1, restarts))
    return Matching(best, tuple(distances), tuple(sweeps))


class _Search:
    """One coordinate ascent of ⟨A, g B⟩."""

    def __init__(
        self,
        a: State,
        b: State,
        structure: Structure,
        *,
        signs: bool,
        excluded: Mapping[str, Tensor],
    ) -> None:
        self._a, self._b, self._structure, self._excluded = a, b, structure, excluded
        self._permutations = {g.name: torch.arange(g.units) for g in structure.groups.values()}
        self._signs: dict[str, Tensor] | None = {} if signs else None
        self._pair_of = {
            name: pair for pair in structure.pairs for name in signed_tensors(pair, buffers=False)
        }
        self._learned = set(structure.parameters)
        self._products = InnerProducts(a, b, structure, excluded)

    def run(self, generator: torch.Generator, restart: int) -> int:
        """Ascend until nothing changes; return the number of sweeps."""
        groups = list(self._structure.groups.values())
        if restart:
            for group in groups:
                self._permutations[group.name] = torch.randperm(group.units, generator=generator)
        self._fit_signs()
        stale = {group.name for group in groups}
        sweeps = 0
        while stale and sweeps < _MOST_SWEEPS:
            sweeps += 1
            for number in torch.randperm(len(groups), generator=generator).tolist():
                group = groups[number]
                if group.name in stale:
                    stale.discard(group.name)
                    if self._improve(group):
                        stale |= self._neighbours(group)
        self._fit_signs()
        return sweeps

    def alignment(self) -> Alignment:
        """Return where the search stands."""
        return Alignment(self._structure, dict(self._permutations), dict(self._signs or {}))

    def _fit_signs(self) -> None:
        if self._signs is not None:
            found = sign_alignment(
                self._a, self._b, self._structure,
                permutations=self._permutations, excluded=self._excluded,
            )  # fmt: skip
            self._signs = dict(found.signs)

    def _neighbours(self, group: Group) -> set[str]:
        tensors = {axis.tensor for axis in group.axes}
        return {
            other.name
            for other in self._structure.groups.values()
            if (other is not group and any(axis.tensor in tensors for axis in other.axes))
            or (other is group and self._is_quadratic(group))
        }

    def _is_quadratic(self, group: Group) -> bool:
        tensors = [axis.tensor for axis in group.axes]
        return len(set(tensors)) < len(tensors)

    def _improve(self, group: Group) -> bool:
        """Solve one assignment; return whether anything changed."""
        gains, signed = self._gains(group)
        rows = torch.arange(group.units)
        before = self._permutations[group.name]
        assigned = torch.from_numpy(
            scipy.optimize.linear_sum_assignment(gains.numpy(), maximize=True)[1]
        )
        old, new = float(gains[rows, before].sum()), float(gains[rows, assigned].sum())
        signs = self._signs
        single = any(self._products.is_single(axis.tensor) for axis in group.axes)
        least = _GAIN_SINGLE if single else _GAIN
        changed = new > old + least * (abs(old) if single else max(1.0, abs(old)))
        if changed and self._is_quadratic(group):
            changed = self._is_nearer(group, assigned)
        if changed:
            self._permutations[group.name] = assigned
        for layer, inner in signed.items() if signs is not None else ():
            assert signs is not None
            values = torch.where(inner[rows, self._permutations[group.name]] < 0, -1.0, 1.0)
            changed |= not torch.equal(values, signs[layer])
            signs[layer] = values
        return changed

    def _is_nearer(self, group: Group, assigned: Tensor) -> bool:
        """Tell whether a step helps where a tensor has the group on both axes."""
        here = self.alignment()
        there = Alignment(
            self._structure, {**self._permutations, group.name: assigned}, here.signs
        )  # fmt: skip
        squares = [
            aligned_squared_distance(self._a, self._b, g, self._excluded) for g in (here, there)
        ]
        return squares[1] < squares[0] * (1 - _GAIN)

    def _gains(self, group: Group) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what each assignment of a unit of b to a unit of a adds; and the signed parts."""
        gains = torch.zeros(group.units, group.units, dtype=torch.float64)
        signed: dict[str, Tensor] = {}
        for axis in group.axes:
            if axis.tensor not in self._learned:
                continue
            pair = self._pair_of.get(axis.tensor)
            if self._signs is not None and pair is not None and axis.axis == 0:
                part = signed.setdefault(pair.layer, torch.zeros_like(gains))
            else:
                part = gains
            part += self._products.of(axis, group.units, self._permutations, self._along(axis))
        for part in signed.values():
            gains += part.abs()
        return gains, signed

    def _along(self, axis: Axis) -> Tensor | None:
        """Return the signs of b along axis 0 of a tensor whose units are on another axis."""
        pair = self._pair_of.get(axis.tensor)
        if self._signs is None or pair is None or axis.axis == 0:
            return None
        return self._signs[pair.layer]
