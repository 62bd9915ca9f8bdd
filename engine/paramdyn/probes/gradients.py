"""Gradients of the loss on images: which parameters get none, how large, and how noisy they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.probes.forward import Batches, evaluating

_NORMS = (nn.modules.batchnorm._BatchNorm,)  # noqa: SLF001 - the only common base
CHUNK = 32
"""Images whose gradients are held at the same time."""
MOST_SCALARS = 1 << 28
"""Scalars of all gradients that are held at the same time: 1 GiB."""


@dataclass(frozen=True, slots=True)
class GradientSummary:
    """Gradients of the mean loss, batch by batch.

    Attributes:
        images: N.
        batches: How many gradients were taken.
        norm: L2 norm of the mean gradient over all images; NaN when it is not finite.
        silent: Parameter -> scalars whose gradient was exactly zero in every batch.
        scalars: Parameter -> all its scalars.
    """

    images: int
    batches: int
    norm: float
    silent: Mapping[str, int]
    scalars: Mapping[str, int]

    @property
    def sparsity(self) -> float | None:
        """Share of all scalars whose gradient was zero in every batch; None without any."""
        whole = sum(self.scalars.values())
        return sum(self.silent.values()) / whole if whole else None


@dataclass(frozen=True, slots=True)
class GradientNoise:
    """Signal and noise of the gradients of single images.

    Attributes:
        images: N.
        ratio: Sum of g^2 over the parameters, over the sum of E[g_i^2] - g^2, g the mean of the
            gradients g_i of N images; None when undefined.
        null: Its value when the gradients of images are pure noise: 1 / (N - 1).
        reason: Why it is undefined; empty when it is not.
    """

    images: int
    ratio: float | None
    null: float | None
    reason: str = ""


def gradient_summary(
    model: nn.Module,
    batches: Batches,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> GradientSummary:
    """Return which scalars get a gradient in training mode, and how large the mean gradient is.

    Batch normalisation uses each batch, as in training, and dropout is off, so that a zero is
    never one of its draws. Buffers, modes and gradients of the model are as before.

    Args:
        model: On the device of the images.
        batches: (images, labels).
        progress: Called with (batches done, batches).

    Reference:
        Schneider et al., "Cockpit: A Practical Debugging Tool", arXiv:2102.06604.
    """
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    seen = {name: torch.zeros_like(p, dtype=torch.bool) for name, p in named.items()}
    sums = {name: torch.zeros_like(p) for name, p in named.items()}
    buffers = {name: tensor.clone() for name, tensor in model.named_buffers()}
    images = done = 0
    try:
        with evaluating(model):
            for module in model.modules():
                if isinstance(module, _NORMS):
                    module.training = True
            for inputs, labels in batches:
                loss = nn.functional.cross_entropy(model(inputs), labels)
                found = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
                for name, gradient in zip(named, found, strict=True):
                    if gradient is not None:
                        seen[name] |= gradient != 0
                        sums[name].add_(gradient, alpha=len(inputs))
                images += len(inputs)
                done += 1
                progress(done, len(batches))
    finally:
        for name, tensor in model.named_buffers():
            tensor.copy_(buffers[name])
    squared = math.fsum(_squared_norm(each) for each in sums.values())
    return GradientSummary(
        images=images,
        batches=done,
        norm=math.sqrt(squared) / images if images and math.isfinite(squared) else math.nan,
        silent={name: mask.numel() - int(mask.count_nonzero()) for name, mask in seen.items()},
        scalars={name: mask.numel() for name, mask in seen.items()},
    )


def gradient_noise(model: nn.Module, batches: Sequence[tuple[Tensor, Tensor]]) -> GradientNoise:
    """Return the signal-to-noise ratio of the gradients of single images, in evaluation mode.

    A ratio of sums: one scalar without noise does not decide it. With batch normalisation a
    gradient in training belongs to a batch and not to an image: undefined.

    Args:
        model: On the device of the images.
        batches: (images, labels).

    Reference:
        Liu et al., "Understanding Why Neural Networks Generalize Well Through GSNR of
        Parameters", arXiv:2001.07384.
    """
    n = sum(len(labels) for _, labels in batches)
    trained = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    scalars = sum(p.numel() for p in trained.values())
    reason = ""
    if any(isinstance(module, _NORMS) for module in model.modules()):
        reason = "batch normalisation: a gradient in training belongs to a batch, not to an image"
    elif n < 2:
        reason = f"{n} images: noise needs at least 2"
    elif scalars * 2 > MOST_SCALARS:
        reason = f"{scalars:,} gradients of several images do not fit into memory"
    if reason:
        return GradientNoise(n, None, None, reason)
    fixed = {name: p.detach() for name, p in model.named_parameters() if name not in trained}
    fixed |= dict(model.named_buffers())

    def loss(values: Mapping[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        logits = torch.func.functional_call(model, {**values, **fixed}, (image[None],))
        return nn.functional.cross_entropy(logits, label[None])

    single = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
    sums = {name: torch.zeros(p.shape, dtype=torch.float64) for name, p in trained.items()}
    squares = dict.fromkeys(trained, 0.0)
    chunk = max(1, min(CHUNK, MOST_SCALARS // max(scalars, 1)))
    with evaluating(model):
        for inputs, labels in batches:
            for x, y in zip(inputs.split(chunk), labels.split(chunk), strict=True):
                for name, gradients in single(trained, x, y).items():
                    sums[name] += gradients.sum(0, dtype=torch.float64).cpu()
                    squares[name] += _squared_norm(gradients)
    signal = math.fsum(_squared_norm(each / n) for each in sums.values())
    noise = math.fsum(squares.values()) / n - signal
    if not math.isfinite(noise) or noise <= 0:
        why = "all gradients are equal" if noise == 0 else "gradients are not finite"
        return GradientNoise(n, None, 1 / (n - 1), why)
    return GradientNoise(n, signal / noise, 1 / (n - 1))


def _squared_norm(values: Tensor) -> float:
    return float(torch.linalg.vector_norm(values, dtype=torch.float64).square())
