"""The CKA of every layer of one model with every layer of another, from one pass of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from paramdyn.analysis.layers import pooled, unit_axis
from paramdyn.analysis.similarity.measured import Measured
from paramdyn.analysis.similarity.streaming_cka import MinibatchCka, MomentCka
from paramdyn.probes.forward import ProbeBatch

MOST_MOMENTS = 4 * 10**8
"""Float64 moments (3 GiB) up to which CKA is exact; beyond, HSIC is summed over batches."""

_Key = tuple[str, int | str]


class LayerTable:
    """Feeds the layers of two models of a pass into a table of CKA; a consumer of ``forward_all``.

    The exact value is summed through moments, whose size is the product of all units of the one
    and the other, whatever the number of images. Where they would not fit, minibatch CKA is taken,
    whose memory is the square of a batch: an estimate of the same quantity, not the same number.

    Args:
        keys: Which two models.
        layers: Layers of each.
        most_moments: Moments that are kept at most.
    """

    def __init__(
        self,
        keys: tuple[_Key, _Key],
        layers: Sequence[Sequence[str]],
        most_moments: int = MOST_MOMENTS,
    ) -> None:
        self._keys, self._layers, self._most = keys, layers, most_moments
        self._names: Mapping[_Key, str] = {}
        self._models: Mapping[_Key, nn.Module] = {}
        self._cka: MomentCka | MinibatchCka | None = None

    @property
    def exact(self) -> bool:
        """Whether the values are those of all images at once; True before the first batch."""
        return not isinstance(self._cka, MinibatchCka)

    def name_models(self, names: Mapping[_Key, str], models: Mapping[_Key, nn.Module]) -> None:
        """Say how the pass calls the models, and what they are."""
        self._names, self._models = names, models

    def add(self, batch: ProbeBatch) -> None:
        """Add one batch."""
        sides = [
            [self._units(batch, key, layer) for layer in layers]
            for key, layers in zip(self._keys, self._layers, strict=True)
        ]
        if self._cka is None:
            one, other = (sum(units.shape[1] for units in side) for side in sides)
            fits = one * other + sum(u.shape[1] ** 2 for s in sides for u in s) <= self._most
            self._cka = MomentCka() if fits else MinibatchCka()
        self._cka.update(sides[0], sides[1])

    def results(self) -> list[list[Measured]]:
        """Return the CKA of each layer of the first model (rows) with each of the second."""
        return self._cka.results() if self._cka is not None else []

    def _units(self, batch: ProbeBatch, key: _Key, layer: str) -> NDArray[np.float64]:
        values = batch.models[self._names[key]].features[layer]
        module = self._models[key].get_submodule(layer.partition(":")[0])
        units: NDArray[np.float64] = pooled(values, unit_axis(module, values)).cpu().numpy()
        return units
