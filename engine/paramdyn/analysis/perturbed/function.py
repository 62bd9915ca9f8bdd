"""What the members of a family make of the same images, beside what chance would."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from paramdyn.analysis.observation import Observations
from paramdyn.analysis.similarity.cka import cka
from paramdyn.analysis.similarity.measured import Measured
from paramdyn.analysis.subjects import Images, Moment, State, Subject
from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.probes.agreement import AgreementResult
from paramdyn.probes.interpolation import TREATMENTS, LinearPath, linear_path

HEADLINE = "reset"
"""The treatment of batch normalisation that barriers are told with."""
PATH_BATCHES = 4
"""Batches of 500 images on which a path is measured, at most: it costs a pass a point."""

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two members answer.

    Attributes:
        agreement: Predictions, Jensen-Shannon divergence, and chance.
        cka: Unbiased, of what the heads are given.
        paths: Treatment of batch normalisation -> straight line between both; may be empty.
        aligned_paths: The same with ``second`` aligned to ``first``.
    """

    agreement: AgreementResult
    cka: Measured
    paths: Mapping[str, LinearPath]
    aligned_paths: Mapping[str, LinearPath]

    @property
    def barrier(self) -> float | None:
        """Loss barrier of the headline treatment; None where it was not measured."""
        return headline_barrier(self.paths)

    @property
    def aligned_barrier(self) -> float | None:
        """The same after alignment."""
        return headline_barrier(self.aligned_paths)


def headline_barrier(paths: Mapping[str, LinearPath]) -> float | None:
    """Return the loss barrier of statistics reset; of a model without any, the plain one."""
    path = paths.get(HEADLINE) or paths.get(TREATMENTS[0])
    return None if path is None else path.loss_barrier.height


def treatments_of(model: nn.Module) -> tuple[str, ...]:
    """Return the treatments of batch normalisation that differ for a model."""
    normed = any(isinstance(module, _NORMS) for module in model.modules())
    return TREATMENTS if normed else TREATMENTS[:1]


def likeness(
    observations: Observations,
    first: tuple[Subject, Moment],
    second: tuple[Subject, Moment],
    *,
    paths: Mapping[str, LinearPath],
    aligned_paths: Mapping[str, LinearPath],
) -> Likeness:
    """Return how alike two members answer.

    Args:
        observations: Where passes are done, once each.
        first: One member.
        second: The other one.
        paths: Lines between them; empty where they were not measured.
        aligned_paths: Lines after alignment.
    """
    one, other = observations.of(*first), observations.of(*second)
    keys = (first[0].name, first[1]), (second[0].name, second[1])
    agreement = observations.agreement(*keys)
    return Likeness(agreement, cka(one.features, other.features), paths, aligned_paths)


def paths_between(
    new_model: Callable[[], nn.Module],
    ends: tuple[State, State],
    images: Images,
    *,
    alphas: int,
    treatments: tuple[str, ...],
    alignment: Alignment | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, LinearPath]:
    """Return loss and error along the straight line between two members.

    Args:
        new_model: Makes the model.
        ends: Values at alpha = 0 and 1.
        images: Measured on the first of the test images; statistics reset on as many training ones.
        alphas: Points, ends included.
        treatments: Of batch normalisation.
        alignment: Applied to the second end first.
        progress: Called with (points done, points).
    """
    few = list(itertools.islice(images.test, PATH_BATCHES))
    training = list(itertools.islice(images.training, PATH_BATCHES))
    model = new_model().to(images.device)
    moved = ends[1] if alignment is None else alignment.apply(ends[1])
    states: list[dict[str, Tensor]] = [
        {name: values.to(images.device) for name, values in end.items()} for end in (ends[0], moved)
    ]
    grid = [point / (alphas - 1) for point in range(alphas)]
    return {
        treatment: linear_path(
            model, (states[0], states[1]), few, treatment=treatment, training_batches=training,
            alphas=grid, progress=progress,
        )
        for treatment in treatments
    }  # fmt: skip
