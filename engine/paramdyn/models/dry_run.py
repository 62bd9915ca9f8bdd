"""What a model returns for a batch, found without computing anything and without a draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

_ALLOCATE = (torch.empty, torch.zeros, torch.ones)
_DRAWS = (
    "normal_", "uniform_", "trunc_normal_", "kaiming_normal_", "kaiming_uniform_",
    "xavier_normal_", "xavier_uniform_", "orthogonal_",
)  # fmt: skip
"""In torch.nn.init."""
_METHODS = (torch.Tensor.normal_, torch.Tensor.uniform_)


class _AllocateOnMeta(TorchFunctionMode):
    """Puts new parameters on the meta device, but not tables a constructor computes with."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's protocol
        del types
        given = kwargs or {}
        if function in _ALLOCATE and given.get("device") is None:
            given = {**given, "device": "meta"}
        return function(*args, **given)


@contextmanager
def on_meta() -> Iterator[None]:
    """Build models in the block without memory and without drawing a number."""
    with torch.random.fork_rng(devices=[]), _AllocateOnMeta():
        yield


class _DrawNothing(TorchFunctionMode):
    """Leaves a parameter's memory as it is where a constructor would draw its values.

    What is drawn into other tensors is drawn: a constructor may compute with it, as the rejection
    loop of a truncated normal does, which never ends when its numbers never change. The two
    methods of a tensor give their parameter zeros, so that such a loop has nothing to reject.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's protocol
        del types
        given = kwargs or {}
        target = args[0] if args else given.get("tensor")
        if not isinstance(target, nn.Parameter):
            return function(*args, **given)
        if function in _METHODS:
            return target.zero_()
        if getattr(function, "__name__", "") in _DRAWS:
            return target
        return function(*args, **given)


@contextmanager
def without_drawing() -> Iterator[None]:
    """Build models whose values are of no meaning, because others will take their place.

    Drawing them takes most of the time of building a large one: seconds for a VGG-19.
    """
    with torch.random.fork_rng(devices=[]), _DrawNothing():
        yield


def output_shape(
    model: nn.Module, *, in_channels: int, image_size: int, batch: int = 2
) -> tuple[int, ...] | None:
    """Return the shape of ``model``'s output for a batch of images, in evaluation mode.

    The pass runs on the meta device, where only shapes are computed; a model that cannot run there
    runs on its own device. No parameter, buffer, mode or random generator is left changed.

    Args:
        model: Where its parameters lie does not matter.
        in_channels: Channels of the images.
        image_size: Their side.
        batch: How many images.

    Returns:
        The shape, or None when the output is not a tensor.
    """
    shape = (batch, in_channels, image_size, image_size)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            output = _forward(model, shape)
    finally:
        for module, mode in modes:
            module.training = mode
    return tuple(output.shape) if isinstance(output, torch.Tensor) else None


def _forward(model: nn.Module, shape: tuple[int, ...]) -> object:
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    meta = {name: torch.empty_like(tensor, device="meta") for name, tensor in state.items()}
    try:
        return torch.func.functional_call(model, meta, (torch.empty(shape, device="meta"),))
    except (RuntimeError, TypeError, ValueError, AttributeError):
        device = next((tensor.device for tensor in state.values()), torch.device("cpu"))
        if device.type == "meta":
            raise
        before = {name: tensor.clone() for name, tensor in model.named_buffers()}
        try:
            return model(torch.zeros(shape, device=device))
        finally:
            for name, tensor in model.named_buffers():
                tensor.copy_(before[name])
