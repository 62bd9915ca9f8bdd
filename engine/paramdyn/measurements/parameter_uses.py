"""How a model's parameters are used in a forward pass: the observations ``reach`` rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_CONVOLUTIONS = (torch.conv1d, torch.conv2d, torch.conv3d)
_ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")


class ParameterUses(TorchFunctionMode):
    """Every use of every parameter during forward passes.

    ``torch.conv2d`` itself is observed, not the modules that call it: that sees a weight that is
    shared, standardised first, or used a second time in some other way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[int, str] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.live: dict[str, Tensor] = {}  # taps that met the image at least once
        self.maps: dict[str, set[tuple[int, ...]]] = {}
        self.otherwise: set[str] = set()  # used by something that is no convolution
        self.reached: set[str] = set()  # connected to the output
        self.passes = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's signature
        result = func(*args, **(kwargs or {}))
        given = dict(kwargs or {})
        if func in _CONVOLUTIONS:
            given = {**dict(zip(_ARGUMENTS, args, strict=False)), **given}
            weight = self.names.get(id(given.pop("weight")))
            if weight is not None:
                self._convolution(weight, given, result)
        elif not any(isinstance(part, Tensor) for part in flatten(result)):
            return result  # a shape or a dtype was read
        else:
            given["args"] = args
        for part in flatten(given):
            if id(part) in self.names:
                self.otherwise.add(self.names[id(part)])
        return result

    def _convolution(self, name: str, given: Mapping[str, Any], output: Tensor) -> None:
        shape = self.shapes[name]
        axes = len(shape) - 2
        size = tuple(given["input"].shape[-axes:])
        stride = _per_axis(given.get("stride", 1), axes)
        dilation = _per_axis(given.get("dilation", 1), axes)
        padding = _left_padding(given.get("padding", 0), shape[2:], dilation)
        live = torch.ones(shape[2:], dtype=torch.bool)
        for axis, kernel in enumerate(shape[2:]):
            taps = live_taps(
                size[axis], output.shape[axis - axes], kernel,
                stride=stride[axis], padding=padding[axis], dilation=dilation[axis],
            )  # fmt: skip
            live &= torch.tensor(taps).view([-1 if a == axis else 1 for a in range(axes)])
        self.live[name] = self.live.get(name, torch.zeros_like(live)) | live
        self.maps.setdefault(name, set()).add(size)

    def watch(self, model: nn.Module) -> None:
        """Observe the parameters of ``model`` from now on."""
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}


def live_taps(
    size: int, outputs: int, kernel: int, *, stride: int, padding: int, dilation: int
) -> list[bool]:
    """Return for each tap u along one axis whether it ever reads the map.

    It does when some output i in [0, outputs) has 0 <= i * stride - padding + u * dilation < size.
    """

    def is_live(tap: int) -> bool:
        offset = tap * dilation - padding
        first = max(0, -(offset // stride))  # the first output at which the tap is not left of 0
        return first < outputs and first * stride + offset < size

    return [is_live(tap) for tap in range(kernel)]


def flatten(value: object) -> Iterator[object]:
    """Yield what nested lists, tuples and mappings hold."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from flatten(part)
    else:
        yield value


def _per_axis(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    given = (value,) if isinstance(value, int) else tuple(value)
    return given * axes if len(given) == 1 else given


def _left_padding(
    padding: str | int | Sequence[int], kernel: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    if padding == "same":  # torch puts the odd one to the right
        return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    if isinstance(padding, str):
        return (0,) * len(kernel)
    return _per_axis(padding, len(kernel))
