"""Which parameters no input can ever give a gradient, found without data.

A convolution's tap that only ever meets padding multiplies zeros, whatever the image: its gradient
is exactly zero at every step of every run. The forward pass is run on the meta device, which
computes shapes and nothing else, and every use of every parameter is observed there. A parameter
is claimed only when its uses prove it; anything else counts as reachable.

Not seen: convolutions inside scripted modules, zeros padded by hand before a convolution, and
units that are dead because of their values. Those show up as ``dead`` in the classes, if at all.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from paramdyn.measurements.parameter_uses import ParameterUses, flatten
from paramdyn.signatures import USER_CODE_FAILURES, first_line


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A parameter of which some scalars can never get a gradient.

    Attributes:
        parameter: Its name.
        shape: Its shape.
        dead: True where no gradient can arrive; broadcasts to the shape.
        reason: Why, in words.
    """

    parameter: str
    shape: tuple[int, ...]
    dead: Tensor
    reason: str

    @property
    def scalars(self) -> int:
        """Number of its scalars that can never get a gradient."""
        repeats = torch.Size(self.shape).numel() // max(self.dead.numel(), 1)
        return int(self.dead.count_nonzero()) * repeats


@dataclass(frozen=True, slots=True)
class Reach:
    """What ``structural_reach`` found.

    Attributes:
        unreachable: The parameters concerned, by name, in the model's order.
        note: What limits the answer; empty when nothing does.
    """

    unreachable: Mapping[str, Unreachable] = field(default_factory=dict)
    note: str = ""

    @property
    def total(self) -> int:
        """Number of scalars that can never get a gradient."""
        return sum(entry.scalars for entry in self.unreachable.values())

    def scalars(self, name: str) -> int:
        """Return how many scalars of one parameter can never get a gradient."""
        entry = self.unreachable.get(name)
        return 0 if entry is None else entry.scalars

    def mask(self, name: str) -> Tensor | None:
        """Return a read-only bool tensor of the parameter's shape, True where structural.

        None when all of it can be reached. It is an expanded view on the CPU: it takes no memory.
        """
        entry = self.unreachable.get(name)
        return None if entry is None else entry.dead.expand(entry.shape)

    def rows(self) -> list[dict[str, Any]]:
        """Return one plain table row per parameter concerned."""
        return [
            {
                "parameter": name,
                "scalars": entry.scalars,
                "of": torch.Size(entry.shape).numel(),
                "reason": entry.reason,
            }
            for name, entry in self.unreachable.items()
        ]


def structural_reach(
    model: nn.Module, *, image_size: int, in_channels: int = 3, batch: int = 2
) -> Reach:
    """Return which scalars of ``model`` can never get a gradient on square images.

    The model, its mode and the random generators are left as they are. Both modes are observed,
    because some heads exist only while training, and some blocks only while not. A forward pass
    that cannot run without data is run on the CPU with random images instead; if that fails too,
    nothing is claimed. The note of the result says so. That a parameter is never used is claimed
    only when both modes ran without data: data may choose another branch.

    Args:
        model: Any network that takes images of shape (N, C, H, W).
        image_size: H and W in pixels.
        in_channels: C.
        batch: N; batch normalisation on 1x1 maps needs two.
    """
    uses = ParameterUses()
    shape = (batch, in_channels, image_size, image_size)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # training will say it again
        failure = _observe(meta_copy, model, shape, uses)
        if not uses.passes:
            on_cpu = _observe(_cpu_copy, model, shape, uses)
            if not uses.passes:
                return Reach(note=f"the forward pass cannot be audited: {on_cpu}")
            failure = f"audited by a pass with random images, because without data: {failure}"
        if failure:
            uses.reached |= {name for name, _ in model.named_parameters()}
    return Reach(dict(_claims(model, uses)), failure)


def _observe(
    copied: Callable[[nn.Module], nn.Module],
    model: nn.Module,
    shape: tuple[int, ...],
    uses: ParameterUses,
) -> str:
    """Run both modes of a copy under observation; return what went wrong, or nothing."""
    failure = ""
    for training in (False, True):
        try:
            network = copied(model).train(training)
            uses.watch(network)
            parameters = {n: p for n, p in network.named_parameters() if p.requires_grad}
            some = next(iter(parameters.values()), torch.empty(0))
            images = torch.rand(shape, dtype=some.dtype, device=some.device)
            with torch.enable_grad():
                with uses:
                    output = network(images)
                if images.is_meta:
                    uses.reached |= _connected(output, parameters)
        except USER_CODE_FAILURES as error:
            failure = f"{'train' if training else 'eval'} mode: {first_line(error)}"
        else:
            uses.passes += 1
    return failure


def _connected(output: object, parameters: Mapping[str, nn.Parameter]) -> set[str]:
    sums = [
        part.sum()
        for part in flatten(output)
        if isinstance(part, Tensor) and part.is_floating_point() and part.requires_grad
    ]
    if not sums or not parameters:
        return set(parameters)  # nothing to learn from: claim nothing
    gradients = torch.autograd.grad(sums, list(parameters.values()), allow_unused=True)
    return {name for name, g in zip(parameters, gradients, strict=True) if g is not None}


def _claims(model: nn.Module, uses: ParameterUses) -> Iterator[tuple[str, Unreachable]]:
    for name, parameter in model.named_parameters():
        shape = tuple(parameter.shape)
        if parameter.is_floating_point() and name not in uses.reached:
            reason = "never used in the forward pass"
            yield name, Unreachable(name, shape, torch.ones([1] * len(shape)).bool(), reason)
        elif name in uses.live and name not in uses.otherwise and not uses.live[name].all():
            dead = ~uses.live[name]
            yield name, Unreachable(name, shape, dead[None, None], _reason(dead, uses.maps[name]))


def _reason(dead: Tensor, maps: set[tuple[int, ...]]) -> str:
    sizes = ["x".join(map(str, size)) for size in sorted(maps)]
    where = f"the map is {sizes[0]}" if len(sizes) == 1 else f"the maps are {', '.join(sizes)}"
    kernel = "x".join(map(str, dead.shape))
    count = f"{int(dead.count_nonzero())} of {dead.numel()} taps of {kernel}"
    return f"{count} only ever meet padding: {where}"


def meta_copy(model: nn.Module) -> nn.Module:
    """Return a copy of ``model`` on the meta device: shapes, and no memory."""
    # With the tensors already in the memo, deepcopy copies the structure and no memory.
    memo: dict[int, Any] = {id(b): torch.empty_like(b, device="meta") for b in model.buffers()}
    for parameter in model.parameters():
        empty = torch.empty_like(parameter, device="meta", requires_grad=False)
        memo[id(parameter)] = nn.Parameter(empty, requires_grad=parameter.is_floating_point())
    return copy.deepcopy(model, memo)


def _cpu_copy(model: nn.Module) -> nn.Module:
    network = copy.deepcopy(model).cpu()
    for parameter in network.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return network
