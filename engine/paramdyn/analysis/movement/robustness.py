"""Which layers matter: the error when one is set back to its start, or drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.analysis.subjects import State
from paramdyn.analysis.symmetry.spaces import NormPair
from paramdyn.probes.forward import Batches, evaluating
from paramdyn.probes.interpolation import reset_statistics
from paramdyn.store.manifest import ParameterInfo


@dataclass(frozen=True, slots=True)
class LayerRobustness:
    """One layer of a trained network, put back.

    Attributes:
        layer: Its name; a layer and the batch normalisation behind it are put back together.
        scalars: Parameters that were put back.
        reinitialized: Error with its values of step 0, minus the error of the trained network.
        redrawn: The same with a fresh draw; None without one.
    """

    layer: str
    scalars: int
    reinitialized: float
    redrawn: float | None


@dataclass(frozen=True, slots=True)
class Robustness:
    """Error increases in [-1, 1] (M21); every network's statistics are reset on training images.

    Attributes:
        layers: In the model's order.
        nothing: With nothing put back: the control, 0.
        everything: With all layers put back: the other control, chance.
        error: Of the trained network with its statistics reset.
        error_before: Of the trained network as it is.
        images: N that the errors are of.
        training_images: How many statistics were reset on.
    """

    layers: tuple[LayerRobustness, ...]
    nothing: float
    everything: LayerRobustness
    error: float
    error_before: float
    images: int
    training_images: int


@torch.no_grad()
def robustness(
    model: nn.Module,
    states: tuple[State, State, State | None],
    parameters: Sequence[ParameterInfo],
    pairs: Sequence[NormPair],
    batches: tuple[Batches, Batches],
    *,
    asked: Callable[[str], bool] = lambda _parameter: True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Robustness:
    """Return how much the error rises when each layer alone is put back.

    Args:
        model: Of that kind; its own values are neither used nor changed.
        states: The trained one, that of step 0, and a fresh draw or None.
        parameters: The parameter table.
        pairs: Layers whose batch normalisation goes with them.
        batches: (test, training) images; statistics are reset on the latter.
        asked: Which parameters' layers are put back alone.
        progress: Called with (networks looked at, networks).

    Reference:
        Zhang, Bengio & Singer, "Are All Layers Created Equal?", arXiv:1902.01996.
    """
    trained, start, fresh = states
    layers = _layers(parameters, pairs)
    everything = [name for names in layers.values() for name in names]
    layers = {layer: names for layer, names in layers.items() if any(map(asked, names))}
    sources = [start] if fresh is None else [start, fresh]
    networks = 3 + len(sources) * (len(layers) + 1)
    learned = {row.name for row in parameters}
    runner = _Runner(model, batches, learned, lambda done: progress(done, networks))
    before, _, _ = runner.error(dict(trained), reset=False)
    error, images, trainings = runner.error(dict(trained))
    nothing, _, _ = runner.error(_put_back(trained, trained, everything))

    def rise(names: Sequence[str]) -> list[float]:
        return [runner.error(_put_back(trained, source, names))[0] - error for source in sources]

    def row(layer: str, names: Sequence[str]) -> LayerRobustness:
        rises = rise(names)
        count = sum(trained[name].numel() for name in names)
        return LayerRobustness(layer, count, rises[0], rises[1] if len(rises) > 1 else None)

    found = tuple(row(layer, names) for layer, names in layers.items())
    return Robustness(found, nothing - error, row("everything", everything), error, before, images,
                      trainings)  # fmt: skip


def _layers(parameters: Sequence[ParameterInfo], pairs: Sequence[NormPair]) -> dict[str, list[str]]:
    home = {pair.norm: pair.layer for pair in pairs}
    layers: dict[str, list[str]] = {}
    for row in parameters:
        layers.setdefault(home.get(row.layer, row.layer), []).append(row.name)
    return layers


def _put_back(trained: State, source: State, names: Sequence[str]) -> dict[str, Tensor]:
    return {**trained, **{name: source[name] for name in names}}


class _Runner:
    """Measures the error of one state after another."""

    def __init__(
        self,
        model: nn.Module,
        batches: tuple[Batches, Batches],
        learned: Collection[str],
        done: Callable[[int], None],
    ) -> None:
        self._model, (self._test, self._training), self._tell = model, batches, done
        self._learned = learned
        self._count = 0

    def error(self, state: Mapping[str, Tensor], *, reset: bool = True) -> tuple[float, int, int]:
        """Return (error, test images, training images used)."""
        first = next(iter(self._test))[0]
        # Running statistics are overwritten; parameters are read where they are.
        here = {
            name: value.to(first.device, copy=name not in self._learned)
            for name, value in state.items()
        }
        wrong = count = trainings = 0
        with evaluating(self._model):
            if reset:
                trainings = reset_statistics(self._model, here, self._training)
            for images, labels in self._test:
                logits = torch.func.functional_call(self._model, here, (images,))
                right = (logits.argmax(1) == labels) & ~logits.isnan().any(1)
                wrong += int((~right).sum())
                count += len(labels)
        self._count += 1
        self._tell(self._count)
        return wrong / count, count, trainings
