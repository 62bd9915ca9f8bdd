"""Which layers matter: the error when one is set back to its start, or drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.analysis.subjects import State
from paramdyn.analysis.symmetry.spaces import NormPair
from paramdyn.probes.forward import Batches, evaluating
from paramdyn.probes.interpolation import gathering_statistics
from paramdyn.probes.prefix import CommonPrefix
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

    What all have in common, up to the layer that is put back, is computed once a batch.

    Args:
        model: Of that kind; its own values are neither used nor changed.
        states: The trained one, that of step 0, and a fresh draw or None.
        parameters: The parameter table.
        pairs: Layers whose batch normalisation goes with them.
        batches: (test, training) images; statistics are reset on the latter.
        asked: Which parameters' layers are put back alone.
        progress: Called with (passes done, passes).

    Reference:
        Zhang, Bengio & Singer, "Are All Layers Created Equal?", arXiv:1902.01996.
    """
    trained, *sources = [state for state in states if state is not None]
    layers = _layers(parameters, pairs)
    everything = [name for names in layers.values() for name in names]
    layers = {layer: names for layer, names in layers.items() if any(map(asked, names))}
    device = next(iter(batches[0]))[0].device
    learned = {row.name for row in parameters}
    here = {name: value.to(device) for name, value in trained.items()}
    there = [{name: source[name].to(device) for name in everything} for source in sources]
    # after the trained one the control: nothing is put back, all is computed again
    networks = [_Network(here, learned, names) for names in ((), everything)]
    for names in (everything, *layers.values()):
        for source in there:
            moved = {name: source[name] for name in names}
            networks.append(_Network({**here, **moved}, learned, names))
    counted = _Passes(model, networks, progress).count(*batches)
    error, *errors = [network.wrong / counted.images for network in networks]
    nothing, *rises = [each - error for each in errors]
    put_back = iter(rises)

    def row(layer: str, names: Sequence[str]) -> LayerRobustness:
        count = sum(trained[name].numel() for name in names)
        rise = [next(put_back) for _ in sources]
        return LayerRobustness(layer, count, rise[0], rise[1] if len(rise) > 1 else None)

    whole = row("everything", everything)  # the first of the rises
    return Robustness(
        layers=tuple(row(layer, names) for layer, names in layers.items()),
        nothing=nothing,
        everything=whole,
        error=error,
        error_before=counted.wrong_before / counted.images,
        images=counted.images,
        training_images=counted.training_images,
    )


def _layers(parameters: Sequence[ParameterInfo], pairs: Sequence[NormPair]) -> dict[str, list[str]]:
    home = {pair.norm: pair.layer for pair in pairs}
    layers: dict[str, list[str]] = {}
    for row in parameters:
        layers.setdefault(home.get(row.layer, row.layer), []).append(row.name)
    return layers


class _Network:
    """A state with buffers of its own, and what of its parameters is put back."""

    def __init__(self, state: State, learned: Collection[str], put_back: Sequence[str]) -> None:
        self.state = {
            name: value if name in learned else value.clone() for name, value in state.items()
        }
        self.buffers = [name for name in state if name not in learned]
        self.learned, self.put_back = learned, put_back
        self.wrong = 0

    def changed_from(self, other: _Network) -> list[str]:
        """Return the names of what may differ between the two."""
        pairs = ((name, self.state[name], other.state[name]) for name in self.buffers)
        return [*self.put_back, *(name for name, a, b in pairs if not torch.equal(a, b))]

    def judge(self, logits: Tensor, labels: Tensor) -> None:
        right = (logits.argmax(1) == labels) & ~logits.isnan().any(1)
        self.wrong += int((~right).sum())


@dataclass(slots=True)
class _Counted:
    images: int = 0
    training_images: int = 0
    wrong_before: int = 0


class _Passes:
    """Passes of networks that have most of their values from the first of them."""

    def __init__(
        self, model: nn.Module, networks: Sequence[_Network], progress: Callable[[int, int], None]
    ) -> None:
        self._model, self._networks, self._progress = model, networks, progress
        self._done = self._total = 0

    def count(self, test: Batches, training: Batches) -> _Counted:
        """Reset statistics on the training images, count wrong answers to test images."""
        found, (first, *others) = _Counted(), self._networks
        with evaluating(self._model):
            before = _Network(first.state, first.learned, ())
            with gathering_statistics(self._model, [each.state for each in self._networks]) as some:
                batches = len(test) + len(training) * some
                self._total = batches * len(self._networks) + len(test) * some
                for images, _ in training if some else ():
                    self._logits(images, [each.put_back for each in others])
                    found.training_images += len(images)
            changed = [each.changed_from(first) for each in others]
            for images, labels in test:
                logits = self._logits(images, changed)
                for network, each in zip(self._networks, logits, strict=True):
                    network.judge(each, labels)
                if some:
                    before.judge(self._tell(CommonPrefix(self._model, images).first(before.state)),
                                 labels)  # fmt: skip
                found.images += len(labels)
        found.wrong_before = (before if some else first).wrong
        return found

    def _logits(self, images: Tensor, changed: Sequence[Sequence[str]]) -> list[Tensor]:
        common = CommonPrefix(self._model, images)
        first, *others = self._networks
        logits = [self._tell(common.first(first.state))]
        for network, names in zip(others, changed, strict=True):
            logits.append(self._tell(common.again(network.state, names)))
        return logits

    def _tell(self, logits: Tensor) -> Tensor:
        self._done += 1
        self._progress(self._done, self._total)
        return logits
