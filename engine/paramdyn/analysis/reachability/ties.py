"""Weights whose gradients are equal to the last bit, whatever the images: copies of one motion.

Where a layer is given the same number twice, the two weights that it is multiplied with get the
same gradient in every step (SCIENCE.md, M24). An adaptive pooling that enlarges a 1x1 map to 7x7
gives each number 49 times; a gray image that is repeated gives each pixel three times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

from paramdyn.measurements.reach import meta_copy
from paramdyn.signatures import USER_CODE_FAILURES, first_line

IMAGES = 4
_CONVOLUTIONS = (torch.conv1d, torch.conv2d, torch.conv3d)
_DROPOUTS = (
    functional.dropout, functional.alpha_dropout, functional.feature_alpha_dropout,
    functional.dropout1d, functional.dropout2d, functional.dropout3d,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ties:
    """Tied weights of one parameter.

    Attributes:
        groups: Groups of two or more weights with equal gradients.
        scalars: Weights in those groups.
        largest: Weights in the largest group.
        directions: Independent directions that the whole parameter can move in.
    """

    groups: int
    scalars: int
    largest: int
    directions: int


def tied_parameters(
    model: nn.Module, *, image_size: int, in_channels: int = 3, gray: bool = False
) -> tuple[dict[str, Ties], str]:
    """Return the parameters with tied gradients, and what limits the answer.

    One training-mode pass is followed in which everything that a parameter takes part in gives
    fresh random numbers. What a later layer is given twice is then given twice whatever the
    values of the parameters are: it comes from pooling, repeating and reshaping alone. Dropout
    breaks ties, as it does in training. Parameters have no values here, so the pass is cheap.

    Args:
        model: Any network; on any device, also ``meta``. It is not changed.
        image_size: Height and width of the images.
        in_channels: Their channels.
        gray: Whether one channel is repeated ``in_channels`` times.

    Returns:
        Parameter -> its ties, only those that have some, in the model's order; and a sentence that
        is empty unless the pass failed.
    """
    network = meta_copy(model).train()
    watch = _Columns(network)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        images = torch.rand(IMAGES, 1 if gray else in_channels, image_size, image_size)
        if gray:
            images = images.expand(-1, in_channels, -1, -1).contiguous()
        try:
            with watch:
                network(images)
        except USER_CODE_FAILURES as error:
            return {}, f"tied parameters: the pass cannot be followed ({first_line(error)})"
    ordered = ((name, watch.ties.get(name)) for name, _ in model.named_parameters())
    return {name: ties for name, ties in ordered if ties is not None}, ""


class _Columns(TorchFunctionMode):
    """Finds equal inputs of weights. Activations have values; parameters and buffers have none."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self._names = {id(tensor): name for name, tensor in network.named_parameters()}
        self.ties: dict[str, Ties | None] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's signature
        given = dict(kwargs or {})
        if func in _DROPOUTS:
            return _random_like(args[0])
        leaves, _ = pytree.tree_flatten((args, given))
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        if not any(t.is_meta for t in tensors) or all(t.is_meta for t in tensors):
            return func(*args, **given)
        self._note(func, args, given, tensors)
        on_meta = pytree.tree_map_only(Tensor, lambda t: t.to("meta"), (args, given))
        shapes = func(*on_meta[0], **on_meta[1])
        fresh = pytree.tree_map_only(Tensor, _random_like, shapes)
        first = args[0] if args else None
        name = getattr(func, "__name__", "")
        in_place = (name.endswith("_") and not name.endswith("__")) or name.startswith("__i")
        if in_place and isinstance(first, Tensor) and isinstance(fresh, Tensor):
            return first.copy_(fresh)
        return fresh

    def _note(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        given: Mapping[str, Any],
        tensors: Sequence[Tensor],
    ) -> None:
        arguments = {**dict(zip(("input", "weight"), args, strict=False)), **given}
        weight, value = arguments.get("weight"), arguments.get("input")
        known = func is functional.linear or func in _CONVOLUTIONS
        for tensor in tensors:
            name = self._names.get(id(tensor))
            if name is None:
                continue
            counted = known and tensor is weight and name not in self.ties
            self.ties[name] = _ties(value, tensor, func) if counted and value is not None else None


def _ties(value: Tensor, weight: Tensor, func: Callable[..., Any]) -> Ties | None:
    if func is functional.linear:
        columns = value.reshape(-1, value.shape[-1]).T
    else:
        columns = value.transpose(0, 1).flatten(1)
    if len(columns) != weight.shape[1]:
        return None  # a grouped convolution: its filters see other channels each
    _, sizes = torch.unique(columns, dim=0, return_counts=True)
    if len(sizes) == len(columns):
        return None
    rest = weight.shape[0] * weight[0, 0].numel()
    several = sizes[sizes > 1]
    return Ties(
        groups=len(several) * rest,
        scalars=int(several.sum()) * rest,
        largest=int(several.max()),
        directions=len(sizes) * rest,
    )


def _random_like(shape: Tensor) -> Tensor:
    """Return numbers that no rectifier cuts off: a cut-off one would equal all the others."""
    if not shape.is_floating_point():
        return torch.zeros(shape.shape, dtype=shape.dtype)
    return torch.rand(shape.shape, dtype=torch.float32).mul_(0.8).add_(0.1)
