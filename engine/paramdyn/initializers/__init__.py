"""How parameters get their first values: drawn by name, or loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import nn

from paramdyn.catalogues import INITIALIZERS
from paramdyn.errors import UnknownName
from paramdyn.initializers.context import InitializerContext
from paramdyn.initializers.draws import (
    default,
    kaiming_normal,
    kaiming_uniform,
    orthogonal,
    xavier_normal,
    xavier_uniform,
)
from paramdyn.initializers.sources import pretrained, run, weights
from paramdyn.signatures import call_with_options
from paramdyn.specs.run_spec import InitializerSpec

__all__ = [
    "InitializerContext",
    "default",
    "initialize",
    "kaiming_normal",
    "kaiming_uniform",
    "orthogonal",
    "pretrained",
    "run",
    "weights",
    "xavier_normal",
    "xavier_uniform",
]


def initialize(
    model: nn.Module, spec: InitializerSpec, context: InitializerContext
) -> dict[str, object]:
    """Give ``model`` its first values, in place.

    Args:
        model: With its constructor's draw, which what the initializer does not draw keeps.
        spec: A registered name, or ``run:RUN[@STEP]``; its weights file wins over the context's.
        context: What the initializer may know.

    Returns:
        Where loaded values come from: ``run`` and ``step``, or ``file`` and perhaps ``url``, with
        the file's ``sha256``; ``fresh`` names what kept its own draw. Empty when drawn.

    Raises:
        UnknownName: No such initializer.
        BadRequest: What it needs is not given, absent, or does not fit the model.
    """
    name, _, argument = spec.name.partition(":")
    if name not in INITIALIZERS:
        raise UnknownName(INITIALIZERS.unknown(name, where="initializer.name"))
    context = replace(
        context,
        argument=argument or context.argument,
        weights=spec.weights or context.weights,
    )
    provenance = call_with_options(
        f"initializer '{name}': initializer.options",
        INITIALIZERS.get(name),
        (model, context),
        keywords={},
        options=spec.options,
    )
    return dict(provenance) if isinstance(provenance, Mapping) else {}
