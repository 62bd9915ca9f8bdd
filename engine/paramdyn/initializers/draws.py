"""Initializers that draw: each weight from a stream of its own, on the CPU.

A layer's values depend on the seed, its name and its shape, on nothing else: not on other layers,
the device or the memory layout. Biases, norm layers, embeddings and attention's packed projection
keep what the model's constructor gave them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from paramdyn import seeding
from paramdyn.initializers.context import InitializerContext

Draw = Callable[[Tensor, torch.Generator], object]


def default(model: nn.Module, context: InitializerContext) -> None:
    """Leave what the model's own constructor drew, from the stream ``initialization``."""
    del model, context


def kaiming_uniform(model: nn.Module, context: InitializerContext) -> None:
    """Draw conv and linear weights from U(-b, b), b = sqrt(6 / fan-in): variance 2 / fan-in.

    Reference:
        He et al., "Delving Deep into Rectifiers", arXiv:1502.01852.
    """

    def draw(weight: Tensor, generator: torch.Generator) -> None:
        nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)

    _draw_weights(model, context, draw)


def kaiming_normal(model: nn.Module, context: InitializerContext) -> None:
    """Draw conv and linear weights from N(0, 2 / fan-in).

    Reference:
        He et al., "Delving Deep into Rectifiers", arXiv:1502.01852.
    """

    def draw(weight: Tensor, generator: torch.Generator) -> None:
        nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)

    _draw_weights(model, context, draw)


def xavier_uniform(model: nn.Module, context: InitializerContext) -> None:
    """Draw conv and linear weights uniformly with variance 2 / (fan-in + fan-out).

    Reference:
        Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
        networks", AISTATS 2010.
    """

    def draw(weight: Tensor, generator: torch.Generator) -> None:
        nn.init.xavier_uniform_(weight, generator=generator)

    _draw_weights(model, context, draw)


def xavier_normal(model: nn.Module, context: InitializerContext) -> None:
    """Draw conv and linear weights from N(0, 2 / (fan-in + fan-out)).

    Reference:
        Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
        networks", AISTATS 2010.
    """

    def draw(weight: Tensor, generator: torch.Generator) -> None:
        nn.init.xavier_normal_(weight, generator=generator)

    _draw_weights(model, context, draw)


def orthogonal(model: nn.Module, context: InitializerContext) -> None:
    """Draw conv and linear weights with orthonormal rows or columns, whichever are fewer.

    A convolution counts as the matrix (out, in * height * width).

    Reference:
        Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
        networks", arXiv:1312.6120.
    """

    def draw(weight: Tensor, generator: torch.Generator) -> None:
        nn.init.orthogonal_(weight, generator=generator)

    _draw_weights(model, context, draw)


def _draw_weights(model: nn.Module, context: InitializerContext, draw: Draw) -> None:
    with torch.no_grad():
        for name, weight in _weights(model):
            fresh = torch.empty(weight.shape, dtype=weight.dtype)
            draw(fresh, seeding.generator(context.seed, "initialization", name))
            weight.copy_(fresh)


def _weights(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield each conv and linear weight once, a shared one under its first name."""
    convolution = nn.modules.conv._ConvNd  # noqa: SLF001 - the only common base of convolutions
    for name, parameter in model.named_parameters():
        layer, _, leaf = name.rpartition(".")
        if leaf == "weight" and isinstance(model.get_submodule(layer), (convolution, nn.Linear)):
            yield name, parameter
