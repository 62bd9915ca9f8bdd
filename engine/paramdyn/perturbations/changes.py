"""What the built-in perturbations do to one tensor, in place.

Each draws, if it draws at all, from a CPU generator of its own, in the tensor's logical order, so
that neither the device nor the memory layout decides what is drawn.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sign_flip(values: Tensor, *, generator: torch.Generator, share: float = 1.0) -> None:
    """Negate every value, or each with probability ``share``; twice is the identity, bit for bit.

    Raises:
        ValueError: ``share`` is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share!r}, expected a number above 0 and at most 1")
    if share == 1:
        values.neg_()
        return
    drawn = torch.rand(values.shape, generator=generator) < share
    values.copy_(torch.where(drawn.to(values.device), -values, values))


def distort(values: Tensor, *, generator: torch.Generator, amount: float = 1e-6) -> None:
    """Add ``amount`` to every value; one smaller than half an ulp of a value is rounded away."""
    del generator
    values.add_(amount)


def noise(values: Tensor, *, generator: torch.Generator, amount: float = 0.01) -> None:
    """Add N(0, (amount * s)^2), s the tensor's standard deviation; nothing when s is 0."""
    deviation = values.double().std(correction=0).item() if values.numel() else 0.0
    if deviation:
        drawn = torch.randn(values.shape, generator=generator, dtype=values.dtype)
        values.add_(drawn.to(values.device), alpha=amount * deviation)


def shuffle(values: Tensor, *, generator: torch.Generator) -> None:
    """Permute the values within the tensor; their distribution stays exactly the same."""
    order = torch.randperm(values.numel(), generator=generator).to(values.device)
    values.copy_(values.reshape(-1)[order].reshape(values.shape))


def rescale(values: Tensor, *, generator: torch.Generator, amount: float = 2.0) -> None:
    """Multiply every value by ``amount``."""
    del generator
    values.mul_(amount)


def reinit(values: Tensor, *, generator: torch.Generator, fresh: Tensor) -> None:
    """Replace the values by ``fresh``, drawn as the run's initializer draws them."""
    del generator
    values.copy_(fresh)


def ulp(values: Tensor, *, generator: torch.Generator, amount: int = 1) -> None:
    """Move ``amount`` drawn values by one unit in the last place, away from zero.

    It is the smallest change there is: what a difference in rounding does. Zeros are drawn only
    when there are too few other values; they become the smallest normal number of their sign,
    because processors may round what is smaller to zero. Infinities, NaN and the largest finite
    numbers stay. A tensor with fewer values than ``amount`` has all of them moved.

    Raises:
        ValueError: ``amount`` is not a whole number of at least 1.
    """
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
        raise ValueError(f"amount is {amount!r}, expected a whole number of at least 1")
    flat = values.reshape(-1).clone()
    limits = torch.finfo(flat.dtype)
    chosen = _drawn((flat != 0) & (flat.abs() < limits.max), amount, generator)
    if len(chosen) < amount:
        chosen = torch.cat([chosen, _drawn(flat == 0, amount - len(chosen), generator)])
    chosen = chosen.to(flat.device)
    old = flat[chosen]
    moved = torch.nextafter(old, torch.full_like(old, math.inf).copysign(old))
    smallest = torch.full_like(old, limits.tiny).copysign(old)
    flat[chosen] = torch.where(old == 0, smallest, moved)
    values.copy_(flat.reshape(values.shape))


def _drawn(usable: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return up to ``count`` distinct positions where ``usable`` is true. Shape: (<= count,)."""
    positions = usable.cpu().nonzero().flatten()
    return positions[torch.randperm(len(positions), generator=generator)[:count]]
