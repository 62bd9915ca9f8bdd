"""Which layers of a model are looked at, by name, and how their outputs become units.

A layer is a module that one pass calls; ``NAME:2`` is its second call. Of a convolution or a
transformer's tokens the mean over positions is taken (global average pooling): one number a unit
and image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from paramdyn.errors import BadRequest
from paramdyn.probes.forward import evaluating
from paramdyn.registry import nearest_names

GIVEN, RETURNED = "in", "out"

_UNITS_LAST = (nn.Linear, nn.LayerNorm)
_UNITS_SECOND = (
    nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm,
    nn.InstanceNorm2d,
)  # fmt: skip
_NORMS = (
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm, nn.InstanceNorm2d, nn.LayerNorm,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalledLayer:
    """One call of a module in a pass.

    Attributes:
        name: Its name; ``NAME:2`` for its second call.
        width: Units of its output.
        given: Units of its input; 0 where that is no tensor of a batch.
        parametric: Whether it is a convolution, a linear layer or a normalization.
        normalized: Whether its output goes straight into a normalization, which is listed itself.
    """

    name: str
    width: int
    given: int
    parametric: bool
    normalized: bool = False


@dataclass(frozen=True, slots=True)
class FeatureLayer:
    """Where a model's features are taken.

    Attributes:
        head: The layer that makes the logits.
        name: What is shown: ``fc`` for what ``fc`` is given, ``fc1:out`` for what it returns.
        probe: The name under which a pass collects it.
        width: Units.
    """

    head: str
    name: str
    probe: str
    width: int


@torch.no_grad()
def called_layers(model: nn.Module, images: Tensor) -> list[CalledLayer]:
    """Return the modules that a pass calls, in the order of their calls.

    Args:
        model: Any; its modes are restored.
        images: A few, on the model's device. Shape: (N, C, S, S).
    """
    found: list[CalledLayer] = []
    returned: dict[int, tuple[int, Tensor]] = {}
    calls: dict[str, int] = {}

    def hook(name: str) -> Callable[..., None]:
        def note(module: nn.Module, inputs: Any, output: Any) -> None:  # noqa: ANN401 - any model
            calls[name] = calls.get(name, 0) + 1
            given = inputs[0] if inputs and isinstance(inputs[0], Tensor) else None
            if not isinstance(output, Tensor) or output.dim() < 2:
                return
            label = name if calls[name] == 1 else f"{name}:{calls[name]}"
            if isinstance(module, _NORMS) and id(given) in returned:
                place = returned[id(given)][0]
                found[place] = _normalized(found[place])
            parametric = isinstance(module, (*_UNITS_LAST, *_UNITS_SECOND))
            width = output.shape[unit_axis(module, output)]
            units = 0 if given is None or given.dim() < 2 else given.shape[unit_axis(module, given)]
            returned[id(output)] = len(found), output  # kept alive, so that its id stays its own
            found.append(CalledLayer(label, width, units, parametric))

        return note

    hooks = [m.register_forward_hook(hook(name)) for name, m in model.named_modules() if name]
    try:
        with evaluating(model):
            model(images)
    finally:
        for each in hooks:
            each.remove()
    return found


def compared_layers(model: nn.Module, images: Tensor) -> list[str]:
    """Return the layers whose outputs are compared with those of another model.

    Each convolution, linear layer and normalization, as its output leaves it, before any
    activation; a layer that feeds a normalization is left to that, since in evaluation mode the one
    is the other times a factor a unit. In the order of a pass.
    """
    return [
        layer.name
        for layer in called_layers(model, images)
        if layer.parametric and not layer.normalized
    ]


def feature_layer(
    model: nn.Module, images: Tensor, wanted: str, *, head: str, classes: int
) -> FeatureLayer:
    """Return where features are taken.

    Args:
        model: Any.
        images: A few, on the model's device.
        wanted: A module, whose input is meant, ``NAME:out`` for its output; empty: the head's
            input.
        head: The layer that makes the logits.
        classes: Classes of the data set.

    Raises:
        BadRequest: No such module, one that a pass never calls, or one that has a unit a class.
    """
    layers = called_layers(model, images)
    name, _, side = (wanted or head).partition(":")
    side = side or GIVEN
    first = next((layer for layer in layers if layer.name == name), None)
    if first is None or side not in (GIVEN, RETURNED):
        raise BadRequest(_not_called(model, layers, name, side, wanted))
    width = first.given if side == GIVEN else first.width
    if width == classes or width < 2:
        raise BadRequest(
            f"features: what '{name}' {'is given' if side == GIVEN else 'returns'} has {width} "
            f"units, and there are {classes} classes. Logits, and what is made of them, are no "
            f"features: expected a layer in front of '{head}', the head. Leave --feature-layer "
            f"away to take what the head is given{_widest(layers, head)}."
        )
    shown = name if side == GIVEN else f"{name}:{RETURNED}"
    return FeatureLayer(head, shown, f"{name}:{GIVEN}" if side == GIVEN else name, width)


def pooled(values: Tensor, axis: int) -> Tensor:
    """Return (N, units): the mean over every axis but the first and that of the units, float64.

    Args:
        values: Shape: (N, ...), at least two axes.
        axis: That of the units.
    """
    rows = values.double().movedim(axis, 1)
    return rows.flatten(2).mean(2) if rows.dim() > 2 else rows


def unit_axis(module: nn.Module, values: Tensor) -> int:
    """Return the axis over units: the last one for tokens, the second for everything else."""
    if not isinstance(module, _UNITS_LAST) or values.dim() == 2:
        return 1
    if isinstance(module, nn.Linear):
        return values.dim() - 1
    wide = module.normalized_shape[-1]
    return values.dim() - 1 if values.shape[-1] == wide else 1


def _normalized(layer: CalledLayer) -> CalledLayer:
    return CalledLayer(layer.name, layer.width, layer.given, layer.parametric, normalized=True)


def _not_called(
    model: nn.Module, layers: Sequence[CalledLayer], name: str, side: str, wanted: str
) -> str:
    names = [layer.name for layer in layers]
    near = nearest_names(name, names) or names[-1:]
    hint = f"Did you mean {' or '.join(map(repr, near))}?"
    if side not in (GIVEN, RETURNED):
        return (
            f"features: layer '{wanted}'. Expected NAME for what a module is given, or NAME:out "
            f"for what it returns. {hint}"
        )
    kind = type(model).__name__
    if name in dict(model.named_modules()):
        return (
            f"features: {kind} has a module '{name}', and a pass never calls it: it has no "
            f"features. Expected one that a pass calls. {hint}"
        )
    return f"features: {kind} has no module '{name}'. {hint} `paramdyn show` lists layers."


def _widest(layers: Sequence[CalledLayer], head: str) -> str:
    given = next((layer.given for layer in layers if layer.name == head), 0)
    return f" ({given} units of '{head}')" if given else ""
