"""Whether a network still answers at all, and which of its units never do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import scipy
import torch
from torch import Tensor

from paramdyn.probes.forward import ProbeBatch

_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class CollapseFlags:
    """Signs that a network has stopped being a classifier.

    Attributes:
        images: N.
        not_finite: Images with a NaN or infinite logit.
        predicted_classes: How many different classes are ever predicted; None without images.
        accuracy: Share of right answers; None without images.
        majority_share: Share of the most frequent label; None without images.
        chance_interval: 95 % of the accuracies of a model that always answers the most frequent
            label lie in it, were N images drawn anew (binomial); None without images.
        relative_deviation: Standard deviation of the logits over images, over their rms; None
            without images or when all logits are zero.
    """

    images: int
    not_finite: int
    predicted_classes: int | None = None
    accuracy: float | None = None
    majority_share: float | None = None
    chance_interval: tuple[float, float] | None = None
    relative_deviation: float | None = None

    @property
    def at_chance(self) -> bool:
        """Whether the accuracy cannot be told from that of the most frequent label."""
        if self.accuracy is None or self.chance_interval is None:
            return False
        return self.chance_interval[0] <= self.accuracy <= self.chance_interval[1]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why this is a collapsed network, one phrase each; empty for a healthy one."""
        found = []
        if self.not_finite:
            found.append(f"logits of {self.not_finite} of {self.images} images are not finite")
        if self.predicted_classes == 1:
            found.append("one class is predicted for every image")
        constant = self.relative_deviation is None or self.relative_deviation <= _CONSTANT
        if self.images and not self.not_finite and constant:
            found.append("the logits are the same for every image")
        if self.at_chance:
            found.append(
                f"its accuracy {self.accuracy:.4f} cannot be told from the share of the most "
                f"frequent label, {self.majority_share:.4f} (95 % interval)"
            )
        return tuple(found)

    @property
    def collapsed(self) -> bool:
        """Whether any flag is raised."""
        return bool(self.reasons)


class Collapse:
    """Gathers the flags of one model of a pass; a consumer of ``forward_all``."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._images = self._bad = self._right = 0
        self._predicted = self._labels = torch.zeros(0, dtype=torch.int64)
        self._first: Tensor | None = None
        self._sum = self._squares = torch.zeros(0, dtype=torch.float64)
        self._all_squares = 0.0

    def add(self, batch: ProbeBatch) -> None:
        """Count one batch."""
        logits = batch.models[self._model].logits.cpu().double()
        labels, answers = batch.labels.cpu(), logits.argmax(1)
        if self._first is None and len(logits):
            self._first = logits[0]
            self._sum = self._squares = torch.zeros_like(self._first)
        self._images += len(logits)
        self._bad += int((~torch.isfinite(logits).all(1)).sum())
        self._right += int((answers == labels).sum())
        self._predicted = torch.cat([self._predicted, answers]).unique()
        length = max(len(self._labels), int(labels.max()) + 1 if len(labels) else 0)
        counts = torch.zeros(length, dtype=torch.int64)
        counts[: len(self._labels)] = self._labels
        self._labels = counts + torch.bincount(labels, minlength=length)
        if self._first is not None:
            shifted = logits - self._first  # sums of differences: a constant output gives exactly 0
            self._sum = self._sum + shifted.sum(0)
            self._squares = self._squares + shifted.square().sum(0)
            self._all_squares += float(logits.square().sum())

    def result(self) -> CollapseFlags:
        """Return the flags so far."""
        n = self._images
        if not n:
            return CollapseFlags(0, 0)
        share = int(self._labels.max()) / n
        low, high = scipy.stats.binom.interval(0.95, n, share)
        spread = None
        if not self._bad and self._all_squares > 0:
            variance = (self._squares - self._sum.square() / n).clamp(min=0.0).sum()
            spread = float((variance / self._all_squares).sqrt())
        return CollapseFlags(
            images=n,
            not_finite=self._bad,
            predicted_classes=len(self._predicted),
            accuracy=self._right / n,
            majority_share=share,
            chance_interval=(float(low) / n, float(high) / n),
            relative_deviation=spread,
        )


@dataclass(frozen=True, slots=True)
class DeadUnits:
    """Units of a layer that never fired.

    Attributes:
        layer: Its name.
        dead: True where no value above zero was seen. Shape: (units,), bool.
        images: N, over which none was seen.
    """

    layer: str
    dead: Tensor
    images: int

    @property
    def count(self) -> int:
        """How many units never fired."""
        return int(self.dead.count_nonzero())

    @property
    def firing_bound(self) -> float:
        """Upper end of the 95 % interval of a dead unit's true firing rate."""
        return min(1.0, 3.0 / self.images) if self.images else 1.0


class DeadUnitCount:
    """Gathers dead units of layers of one model; a consumer of ``forward_all``.

    A unit fires on an image when any of its values is above zero: this is the same before and
    behind a ReLU, so the layer may be either. Batch normalisation in between counts: name the
    norm then, not the layer in front of it.

    Args:
        model: Name of the model.
        layers: Layers whose features the pass collects. Axis 1 is over units.
    """

    def __init__(self, model: str, layers: Sequence[str]) -> None:
        self._model, self._layers = model, tuple(layers)
        self._fired: dict[str, Tensor] = {}
        self._images = 0

    def add(self, batch: ProbeBatch) -> None:
        """Look for values above zero."""
        self._images += len(batch.labels)
        for layer in self._layers:
            values = batch.models[self._model].features[layer]
            fired = (values > 0).transpose(0, 1).flatten(1).any(1).cpu()
            self._fired[layer] = self._fired[layer] | fired if layer in self._fired else fired

    def result(self) -> tuple[DeadUnits, ...]:
        """Return one entry a layer; none before the first batch."""
        return tuple(DeadUnits(name, ~fired, self._images) for name, fired in self._fired.items())
