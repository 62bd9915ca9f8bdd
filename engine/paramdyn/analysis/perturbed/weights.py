"""Distances between the weights of a family, each modulo what the network's symmetries allow."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from paramdyn.analysis.subjects import Images, State, Subject
from paramdyn.analysis.symmetry.alignment import squared_difference
from paramdyn.analysis.symmetry.distance import Search
from paramdyn.analysis.symmetry.orbit import Orbit, orbit_distance
from paramdyn.analysis.symmetry.structure import Structure, structure_of
from paramdyn.errors import BadRequest
from paramdyn.measurements.reach import structural_reach
from paramdyn.probes.certificate import FunctionChange, function_change

PROOF_BATCHES = 2
"""Batches of images on which a symmetry is checked to leave the function as it is."""
PROOF = 1e-3
"""Largest change of a logit, over the rms of the logits, that still is rounding."""


@dataclass(frozen=True, slots=True)
class Symmetries:
    """What may be moved in a model without changing what it computes.

    Attributes:
        structure: None where the model cannot be followed.
        excluded: Parameter -> True for scalars that no image can move.
        reason: Why there is no structure.
    """

    structure: Structure | None
    excluded: Mapping[str, Tensor] = field(default_factory=dict)
    reason: str = ""

    @property
    def dead_scalars(self) -> int:
        """How many scalars are excluded."""
        return sum(int(mask.count_nonzero()) for mask in self.excluded.values())


@dataclass(frozen=True, slots=True)
class Separation:
    """How far two members of a family are apart.

    Attributes:
        first: What stays, such as ``twin``.
        second: What is moved onto it.
        raw: ‖first - second‖ over all parameters; buffers never count. None when undefined.
        orbit: The same modulo symmetries; None where it was not looked for.
        proof: That moving ``second`` left its function as it was; None without images.
        reason: Why the undefined ones are.
    """

    first: str
    second: str
    raw: float | None
    orbit: Orbit | None = None
    proof: FunctionChange | None = None
    reason: str = ""

    @property
    def quotient(self) -> float | None:
        """Distance modulo every symmetry, None where that is unknown or changed the function."""
        if self.orbit is None or (self.proof is not None and not is_proven(self.proof)):
            return None
        return self.orbit.quotient

    @property
    def certificate(self) -> float | None:
        """Largest change of a logit by the symmetry, over the rms of the logits."""
        return None if self.proof is None else self.proof.relative


def is_proven(proof: FunctionChange) -> bool:
    """Tell whether a change of the weights left the function as it was, but for rounding."""
    return proof.relative is None or proof.relative <= PROOF


def symmetries_of(subject: Subject) -> Symmetries:
    """Return what may be moved in a subject's model; a model that cannot be followed has none."""
    model, size = subject.new_model(), subject.spec.dataset.image_size
    reach = structural_reach(model, image_size=size)
    excluded = {name: mask for name in reach.unreachable if (mask := reach.mask(name)) is not None}
    try:
        return Symmetries(structure_of(model, image_size=size), excluded)
    except BadRequest as error:
        return Symmetries(None, excluded, str(error))


def plain_distance(first: State, second: State, names: tuple[str, ...]) -> float:
    """Return ‖first - second‖ over parameters, in float64 over explicit differences."""
    return math.sqrt(math.fsum(squared_difference(first[n], second[n])[0] for n in names))


def separation(
    first: tuple[str, State],
    second: tuple[str, State],
    names: tuple[str, ...],
    symmetries: Symmetries | None = None,
    *,
    search: Search | None = None,
    images: Images | None = None,
    new_model: Callable[[], nn.Module] | None = None,
) -> Separation:
    """Return how far two members are apart.

    Args:
        first: Name and values of what stays.
        second: Name and values of what may be moved.
        names: Their parameters.
        symmetries: What may be moved; None: nothing is looked for.
        search: For permutations; None: only signs are looked at.
        images: To prove that a symmetry is one; None: it is not proven.
        new_model: Makes a model to prove it with.
    """
    (one, a), (other, b) = first, second
    raw = plain_distance(a, b, names)
    if not math.isfinite(raw):
        return Separation(one, other, None, reason="a weight is not finite: a run diverged")
    if symmetries is None or symmetries.structure is None:
        reason = symmetries.reason if symmetries is not None else ""
        return Separation(one, other, raw, reason=reason)
    structure = symmetries.structure
    orbit = orbit_distance(a, b, structure, excluded=symmetries.excluded, search=search)
    proof = None
    if images is not None and new_model is not None and orbit.nearest is not None:
        few = list(itertools.islice(images.test, PROOF_BATCHES))
        device = images.device
        before = {name: values.to(device) for name, values in b.items()}
        after = {name: v.to(device) for name, v in orbit.moved(b, structure).items()}
        proof = function_change(new_model().to(device), before, after, few)
    reason = ""
    if proof is not None and not is_proven(proof):
        reason = f"the alignment changed the function: {proof.relative:.2g} of the logits' rms"
    return Separation(one, other, raw, orbit, proof, reason)


def mirrored(state: State, names: tuple[str, ...]) -> dict[str, Tensor]:
    """Return the mirror image: every parameter negated; buffers stay."""
    negated = set(names)
    return {name: -values if name in negated else values for name, values in state.items()}
