"""New values for ``reinit``: the constructor's draw, then the initializer's on top."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, cast

from torch import Tensor, nn

from paramdyn import seeding
from paramdyn.catalogues import INITIALIZERS
from paramdyn.errors import BadRequest
from paramdyn.specs.run_spec import InitializerSpec

_WITHOUT_DRAW = {"default", "pretrained", "weights", "run"}


class Context(Protocol):
    """What ``reinit`` needs of an ``initializers.InitializerContext``, a frozen dataclass."""

    @property
    def rebuild(self) -> Callable[[], nn.Module] | None:
        """Build the same model with a new draw from torch's global generator."""


def redraw(
    model: nn.Module,
    chosen: Mapping[str, Tensor],
    seed: int,
    initializer_spec: InitializerSpec,
    context: Context,
) -> dict[str, Tensor]:
    """Return new values for ``chosen``: name -> values of the same shape.

    Raises:
        BadRequest: A chosen layer cannot draw its parameters.
    """
    name = initializer_spec.name.partition(":")[0]
    with seeding.global_stream(seed, "initialization"):
        other = context.rebuild() if context.rebuild else _reset_copy(model, chosen)
    if name not in _WITHOUT_DRAW:
        again = replace(cast("Any", context), seed=seed)
        INITIALIZERS.get(name)(other, again, **initializer_spec.options)
    return {key: value.detach() for key, value in other.named_parameters() if key in chosen}


def _reset_copy(model: nn.Module, chosen: Mapping[str, Tensor]) -> nn.Module:
    """Return a copy of ``model`` whose chosen layers drew again by ``reset_parameters``."""
    other = copy.deepcopy(model).cpu()
    layers = dict.fromkeys(name.rpartition(".")[0] for name in chosen)
    for layer in layers:
        reset = getattr(other.get_submodule(layer), "reset_parameters", None)
        if reset is None:
            raise BadRequest(
                f"perturbation 'reinit': layer '{layer or 'model'}' does not say how it draws its "
                "parameters (it has no reset_parameters). Choose other layers with layers=GLOB."
            )
        cast("Callable[[], None]", reset)()
    return other
