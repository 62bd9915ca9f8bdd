"""Units that never fire, and the parameters that they leave without a gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.analysis.symmetry.structure import Axis, Structure
from paramdyn.probes.collapse import DeadUnitCount, DeadUnits
from paramdyn.probes.forward import Batches, evaluating, forward_all
from paramdyn.probes.gates import Gates

_SMOOTH = (nn.GELU, nn.SiLU, nn.Mish, nn.ELU, nn.SELU, nn.Sigmoid, nn.Tanh, nn.LeakyReLU,
           nn.PReLU, nn.Hardswish, nn.Softplus)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Silence:
    """The dead units of one network.

    Attributes:
        images: N. A unit that is silent on all of them fires on less than 3 / N of all images,
            with 95 % confidence.
        layers: One entry a layer whose units one layer makes.
        silenced: Parameter -> scalars without a gradient because of dead units, each counted once.
        alone: What the dead units of each layer silence alone. Shape: (layers,). A weight between
            two dead units is counted for both, so they may add up to more.
        left_out: Layers whose outputs are added to others: a sum can fire where a part does not.
    """

    images: int
    layers: tuple[DeadUnits, ...]
    silenced: Mapping[str, int]
    alone: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def dead(self) -> int:
        """Dead units of all layers."""
        return sum(layer.count for layer in self.layers)

    @property
    def units(self) -> int:
        """All units that were looked at."""
        return sum(len(layer.dead) for layer in self.layers)

    @property
    def scalars(self) -> int:
        """Scalars that dead units leave without a gradient."""
        return sum(self.silenced.values())


def silence_of(
    model: nn.Module,
    structure: Structure,
    batches: Batches,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Silence:
    """Return the units whose rectifier is shut on every image, and what they silence.

    A dead unit of a linear layer silences its fan-in, its bias and its fan-out: fc1 of LeNet
    400 + 1 + 84 scalars (SCIENCE.md, K32). It is exact for these values and these images, and says
    nothing about other images or later steps.

    Args:
        model: Of rectified linear units; on the device of the images.
        structure: Of the same model.
        batches: (images, labels).
        progress: Called with (batches done, batches).

    Returns:
        What was found; no layers for a model without rectifiers.
    """
    layers, left_out = rectified_layers(model, structure)
    if not _has_rectifiers(model, batches):
        return Silence(0, (), {})
    counter = DeadUnitCount("model", list(layers.values()))
    wanted = {"model": list(layers.values())}
    images = forward_all({"model": model}, batches, [counter], layers=wanted, progress=progress)
    found = {each.layer: each for each in counter.result()}
    dead: dict[str, Tensor] = {name: found[layer].dead for name, layer in layers.items()}
    alone = tuple(sum(structure.silenced({name: dead[name]}).values()) for name in layers)
    ordered = tuple(found[layer] for layer in layers.values())
    return Silence(images, ordered, structure.silenced(dead), alone, left_out)


def rectified_layers(
    model: nn.Module, structure: Structure
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return group -> the layer right before its rectifier, and the groups of sums.

    That is the batch normalisation behind a layer where there is one. Nothing is returned for
    models with smooth activations: their units are never exactly silent.
    """
    if any(isinstance(module, _SMOOTH) for module in model.modules()):
        return {}, ()
    norm_of = {pair.layer: pair.norm for pair in structure.pairs}
    found: dict[str, str] = {}
    sums: list[str] = []
    for name, group in structure.groups.items():
        makers = _makers(group.axes, structure)
        if len(makers) == 1:
            found[name] = norm_of.get(makers[0], makers[0])
        else:
            sums.append(name)
    return found, tuple(sums)


def _has_rectifiers(model: nn.Module, batches: Batches) -> bool:
    images, _ = next(iter(batches))
    with torch.no_grad(), evaluating(model), Gates() as gates:
        model(images[:1])
    return bool(gates.open)


def _makers(axes: Sequence[Axis], structure: Structure) -> list[str]:
    """Return the layers whose filters make the units: a weight matrix with them on its axis 0."""
    return [
        axis.tensor.rpartition(".")[0]
        for axis in axes
        if axis.axis == 0 and len(structure.shapes[axis.tensor]) > 1
    ]


def silent_share(silent: Mapping[str, int], structural: Mapping[str, int], scalars: int) -> float:
    """Return the share of all parameters that got no gradient although an image could give one.

    Args:
        silent: Parameter -> scalars without any gradient.
        structural: Parameter -> scalars that no image can give one.
        scalars: All parameters.
    """
    dead = sum(count - structural.get(name, 0) for name, count in silent.items())
    return max(dead, 0) / scalars if scalars else 0.0
