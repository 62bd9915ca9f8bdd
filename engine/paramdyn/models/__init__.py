"""Networks: built by name, checked to fit the data set before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from paramdyn.catalogues import MODELS, TORCHVISION_CLASSIFIERS
from paramdyn.errors import BadRequest
from paramdyn.models.custom import load_factory
from paramdyn.models.dry_run import output_shape
from paramdyn.models.torchvision_models import advice
from paramdyn.signatures import (
    USER_CODE_FAILURES,
    call_with_options,
    first_line,
    parameters_of,
    takes_any_keyword,
)
from paramdyn.specs.run_spec import ModelSpec

__all__ = ["build_model"]


def build_model(
    spec: ModelSpec, *, num_classes: int, image_size: int, in_channels: int = 3
) -> nn.Module:
    """Return the model that ``spec`` names, on the CPU, with its constructor's own draw.

    That draw comes from torch's global generator: wrap the call in
    ``seeding.global_stream(seed, "initialization")``.

    Args:
        spec: A registered name or ``package.module:factory``, with options for the factory.
        num_classes: Width the output must have.
        image_size: Side of the square images.
        in_channels: Channels of the images.

    Raises:
        UnknownName: No such model.
        BadRequest: The factory cannot be imported or called so, returns no ``nn.Module``, or its
            model does not turn (N, in_channels, image_size, image_size) into (N, num_classes).
    """
    factory = load_factory(spec.name) if ":" in spec.name else MODELS.get(spec.name)
    offered = {
        "name": spec.name,
        "num_classes": num_classes,
        "in_channels": in_channels,
        "image_size": image_size,
    }
    model = _call(spec, factory, offered)
    if not isinstance(model, nn.Module):
        raise BadRequest(
            f"model '{spec.name}': the factory returned a {type(model).__name__}. Expected a "
            "torch.nn.Module. Return the model from it."
        )
    _check_output(spec, model, num_classes, image_size, in_channels)
    return model


def _call(spec: ModelSpec, factory: Callable[..., Any], offered: dict[str, Any]) -> Any:  # noqa: ANN401
    accepted = set(parameters_of(factory))
    if takes_any_keyword(factory):
        accepted.add("num_classes")
    keywords = {
        key: value
        for key, value in offered.items()
        if key in accepted and key not in spec.options
    }  # fmt: skip
    where = f"model '{spec.name}': model.options"
    try:
        return call_with_options(where, factory, (), keywords=keywords, options=spec.options)
    except BadRequest:
        raise
    except USER_CODE_FAILURES as error:
        raise BadRequest(
            f"model '{spec.name}': its factory failed with {first_line(error)}, called with "
            f"{', '.join([*keywords, *spec.options]) or 'nothing'}. Expected a torch.nn.Module. "
            "Call it so in Python to see the whole error."
        ) from error


def _check_output(
    spec: ModelSpec, model: nn.Module, num_classes: int, image_size: int, in_channels: int
) -> None:
    images = f"(2, {in_channels}, {image_size}, {image_size})"
    try:
        found = output_shape(model, in_channels=in_channels, image_size=image_size)
    except USER_CODE_FAILURES as error:
        if spec.name in TORCHVISION_CLASSIFIERS:
            what_to_do = advice(spec.name, image_size, spec.options)
        else:
            what_to_do = "Set dataset.image_size to what it is made for."
        raise BadRequest(
            f"model '{spec.name}': cannot take images of {image_size}x{image_size}: its forward "
            f"pass of a batch of shape {images} fails ({first_line(error)}). {what_to_do}"
        ) from error
    if found != (2, num_classes):
        raise BadRequest(
            f"model '{spec.name}': a batch of shape {images} gives "
            f"{'no tensor' if found is None else f'shape {found}'}. Expected (2, {num_classes}): "
            "one logit a class. Let the factory take num_classes and use it for its last layer."
        )
