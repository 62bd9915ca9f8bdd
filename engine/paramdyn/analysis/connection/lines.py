"""Loss and error along straight lines, with every treatment of batch normalisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from paramdyn.analysis.subjects import Images, State
from paramdyn.analysis.subjects.images import few
from paramdyn.probes.interpolation import TREATMENTS, LinearPath, linear_path

RESET, INTERPOLATED = "reset", "interpolated"
LINE_IMAGES = 2_000
"""Test images that points of a line are measured on, at most: the first ones, as in recovery."""
RESET_IMAGES = 2_000
"""Training images that running statistics are reset on, at each point of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One straight line.

    Attributes:
        between: What its ends are: ``as they are``, ``aligned``, or a null's name.
        path: Loss and error along it.
    """

    between: str
    path: LinearPath


def treatments_of(model: nn.Module) -> tuple[str, ...]:
    """Return which treatments differ: all three with running statistics, else one."""
    return TREATMENTS if any(name.endswith("running_mean") for name, _ in model.named_buffers()) \
        else (INTERPOLATED,)  # fmt: skip


def main_treatment(treatments: Sequence[str]) -> str:
    """Return the treatment that verdicts and nulls rest on.

    Statistics that are interpolated too are those of neither network, and make a barrier where
    the weights have none; those of the training images are what the weights themselves produce.
    """
    return RESET if RESET in treatments else INTERPOLATED


def line(
    model: nn.Module,
    ends: tuple[State, State],
    images: Images,
    treatment: str,
    *,
    between: str,
    alphas: Sequence[float],
    progress: Callable[[int, int], None],
) -> Line:
    """Return what lies between two states.

    Args:
        model: Of their kind, on the device of the images.
        ends: At alpha = 0 and 1.
        images: The first test images are measured on, training images reset statistics.
        treatment: Of batch normalisation.
        between: What the ends are called.
        alphas: From 0 to 1.
        progress: Called with (points done, points).
    """
    here = (_on(ends[0], images), _on(ends[1], images))
    path = linear_path(
        model,
        here,
        few(images.test, LINE_IMAGES),
        treatment=treatment,
        training_batches=few(images.training, RESET_IMAGES) if treatment == RESET else None,
        alphas=alphas,
        progress=progress,
    )
    return Line(between, path)


def grid(points: int) -> tuple[float, ...]:
    """Return so many equally spaced numbers from 0 to 1, both included, at least three."""
    last = max(points, 3) - 1
    return tuple(step / last for step in range(last + 1))


def _on(state: State, images: Images) -> Mapping[str, Tensor]:
    return {name: value.to(images.device) for name, value in state.items()}
