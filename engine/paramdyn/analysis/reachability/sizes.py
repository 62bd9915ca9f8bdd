"""How the share that no image can reach depends on the size of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from paramdyn.errors import BadRequest
from paramdyn.measurements.parameter_uses import ParameterUses
from paramdyn.measurements.reach import meta_copy
from paramdyn.signatures import USER_CODE_FAILURES, first_line

SIZES = (8, 16, 24, 32, 40, 48, 56, 64)
LARGER = (80, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512)

_SHAPELESS = (functional.batch_norm, functional.relu, functional.dropout)

Build = Callable[[int], nn.Module]
"""From an image size to the model made for it; what it is made of does not matter, only shapes."""


@dataclass(frozen=True, slots=True)
class AtSize:
    """One image size.

    Attributes:
        size: Height and width in pixels.
        structural: Scalars whose tap only ever meets padding; None when the model refuses the size.
        scalars: All scalars of the model there.
        reason: Why it is undefined; empty when it is not.
    """

    size: int
    structural: int | None
    scalars: int
    reason: str = ""

    @property
    def share(self) -> float | None:
        """Structural share in [0, 1]; None when undefined."""
        return None if self.structural is None or not self.scalars else (
            self.structural / self.scalars
        )  # fmt: skip


class BySize:
    """Counts the taps that only meet padding, at one image size after another.

    In evaluation mode, and without the parameters that no pass uses.

    Args:
        model: At the size it is for.
        in_channels: Channels of the images.
        build: Makes the model for another size, when it cannot take images of it as it is.
    """

    def __init__(
        self, model: nn.Module, *, in_channels: int = 3, build: Build | None = None
    ) -> None:
        self._network, self._channels, self._build = meta_copy(model), in_channels, build
        self._known: dict[int, AtSize] = {}

    def at(self, size: int) -> AtSize:
        """Return what one size gives; each is looked at once."""
        if size not in self._known:
            found = _count(self._network, size, self._channels)
            if found.structural is None and self._build is not None:
                try:
                    found = _count(meta_copy(self._build(size)), size, self._channels)
                except (BadRequest, *USER_CODE_FAILURES):
                    found = AtSize(size, None, 0, f"it takes no images of {size} pixels")
            self._known[size] = found
        return self._known[size]

    def survey(self) -> tuple[AtSize, ...]:
        """Return 8 to 64 pixels in steps of 8, and what else was looked at, smallest first."""
        for size in SIZES:
            self.at(size)
        return tuple(self._known[size] for size in sorted(self._known))

    def vanishes_at(self, size: int) -> int | None:
        """Return the smallest image size from ``size`` on at which every tap meets the image.

        Found on a grid and then by halving: that a larger image reaches no fewer taps holds for
        all networks of convolutions and poolings with fixed strides. None when it is none of the
        sizes up to 512 pixels, or the model refuses them.
        """
        last = size
        for larger in (size, *(each for each in (*SIZES, *LARGER) if each > size)):
            if self.at(larger).structural == 0:
                return self._halve(last, larger)
            last = larger
        return None

    def _halve(self, low: int, high: int) -> int:
        """Return the smallest size of (low, high] without structural scalars; ``high`` has none."""
        if self.at(low).structural == 0:
            return low
        while high - low > 1:
            middle = (low + high) // 2
            if self.at(middle).structural == 0:
                high = middle
            else:
                low = middle
        return high


class _QuickUses(ParameterUses):
    """Passes by what leaves a shape as it is: without data that is most of the work."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's signature
        if func in _SHAPELESS and args:
            return args[0]
        return super().__torch_function__(func, types, args, kwargs)


def _count(network: nn.Module, size: int, channels: int) -> AtSize:
    scalars = sum(parameter.numel() for parameter in network.parameters())
    uses = _QuickUses()
    uses.watch(network)
    images = torch.empty(2, channels, size, size, device="meta")
    try:
        with torch.no_grad(), uses:
            network.eval()(images)
    except USER_CODE_FAILURES as error:
        return AtSize(size, None, scalars, first_line(error))
    return AtSize(size, sum(_dead(uses, network)), scalars)


def _dead(uses: ParameterUses, network: nn.Module) -> Iterable[int]:
    for name, parameter in network.named_parameters():
        live = uses.live.get(name)
        if live is not None and name not in uses.otherwise:
            yield int((~live).count_nonzero()) * (parameter.numel() // max(live.numel(), 1))
