"""Filters in front of batch normalisation: how far they turned, and how much longer they became.

Their length does not change the function, so a distance mixes a turn that counts with a stretch
that does not. What their length does is to divide the learning rate: a step of a filter of twice
the length turns it by a quarter of the angle (per unit of gradient at length one).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from paramdyn.analysis.movement.displacement import Masks
from paramdyn.analysis.subjects import State
from paramdyn.analysis.symmetry.spaces import NormPair

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FilterTurn:
    """The filters of one layer that batch normalisation follows.

    Attributes:
        layer: Its name.
        angle: Between a filter at the start and at the end, degrees in [0, 180]; NaN where one is
            zero. Shape: (C,).
        radial: ‖w_t‖ / ‖w_0‖; NaN where w_0 is zero. Shape: (C,).
        start_square: ‖w_0‖². Shape: (C,).
        end_square: ‖w_t‖². Shape: (C,).
        live: Scalars of a filter that some input can give a gradient.
    """

    layer: str
    angle: Floats
    radial: Floats
    start_square: Floats
    end_square: Floats
    live: int

    @property
    def undefined(self) -> int:
        """Filters that are zero at an end."""
        return int(np.isnan(self.angle).sum())

    def effective_rate(self, learning_rate: float, *, end: bool) -> float | None:
        """Return the median of learning rate / ‖w‖² over filters that are not zero; else None."""
        squares = self.end_square if end else self.start_square
        squares = squares[squares > 0]
        return float(np.median(learning_rate / squares)) if len(squares) else None

    @property
    def null_deviation(self) -> float:
        """Standard deviation in degrees of the angle of independent filters; its mean is 90."""
        return math.degrees(1 / math.sqrt(self.live)) if self.live else math.nan


def filter_turns(
    start: State, end: State, pairs: Sequence[NormPair], masks: Masks
) -> Iterator[FilterTurn]:
    """Yield how the filters of each layer in front of a batch normalisation turned.

    Args:
        start: First state.
        end: Second state.
        pairs: Layers and their norms, of ``structure_of``.
        masks: Scalars that no input can move; left out of angles and lengths.

    Reference:
        van Laarhoven, "L2 Regularization versus Batch and Weight Normalization",
        arXiv:1706.05350, for lr / ‖w‖².
    """
    for pair in pairs:
        name = f"{pair.layer}.weight"
        yield _turn(pair.layer, start[name], end[name], masks.get(name))


def _turn(layer: str, start: Tensor, end: Tensor, mask: Tensor | None) -> FilterTurn:
    units = len(start)
    a, b = (x.numpy().astype(np.float64).reshape(units, -1) for x in (start, end))
    live = a.shape[1]
    if mask is not None:
        alive = ~mask.numpy().reshape(units, -1)
        a, b, live = a * alive, b * alive, int(alive[0].sum())
    first, second = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    with np.errstate(invalid="ignore", divide="ignore"):
        one, two = a / np.sqrt(first)[:, None], b / np.sqrt(second)[:, None]
        # 2 atan2(|u - v|, |u + v|): a small angle's arccos would lose half its digits.
        angle = 2 * np.arctan2(np.linalg.norm(one - two, axis=1), np.linalg.norm(one + two, axis=1))
        radial = np.sqrt(second / first)
    angle = np.where((first > 0) & (second > 0), np.degrees(angle), np.nan)
    return FilterTurn(layer, angle, np.where(first > 0, radial, np.nan), first, second, live)
