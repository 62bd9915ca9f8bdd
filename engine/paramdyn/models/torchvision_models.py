"""Every classifier of torchvision by its name, with a head for the data set's classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from paramdyn import vision
from paramdyn.errors import BadRequest
from paramdyn.models.dry_run import on_meta, output_shape
from paramdyn.signatures import check_options, first_line, parameters_of

_SIZES = (28, 32, 42, 48, 56, 64, 75, 80, 96, 112, 128, 160, 192, 224, 256, 299, 384)
_SIZED = {"vit_b_16": "image_size", "vit_b_32": "image_size", "vit_h_14": "image_size",
          "vit_l_16": "image_size", "vit_l_32": "image_size", "maxvit_t": "input_size"}  # fmt: skip
_AUXILIARY = {"googlenet", "inception_v3"}
_OURS = {"self", "args", "kwargs", "weights", "progress", "num_classes", "image_size", "input_size",
         "aux_logits"}  # fmt: skip


def classifier(
    *,
    name: str,
    num_classes: int,
    in_channels: int = 3,
    image_size: int = 32,
    **options: Any,  # noqa: ANN401 - torchvision's own
) -> nn.Module:
    """Return torchvision's model ``name`` with its constructor's draw and ``num_classes`` outputs.

    googlenet and inception_v3 come without their auxiliary classifiers; vision transformers are
    told the image size. Others take any size that their poolings leave something of.

    Args:
        name: As ``torchvision.models.list_models`` lists it.
        num_classes: Width of the head.
        in_channels: 3; torchvision's models take no other.
        image_size: Side of the images.
        options: Keyword arguments of the model's class, such as ``dropout``.

    Raises:
        BadRequest: Not 3 channels, an option the model does not take, or an image size it refuses.
    """
    if in_channels != 3:
        raise BadRequest(
            f"model '{name}': torchvision's models take images of 3 channels, not {in_channels}. "
            "Data sets repeat one channel three times; use 'lenet' or your own factory otherwise."
        )
    _refuse_ours(name, options)
    try:
        return _build(name, num_classes, image_size, options)
    except TypeError as error:
        _explain_options(name, num_classes, options)
        raise BadRequest(f"model '{name}': model.options: {first_line(error)}.") from error
    except (AssertionError, ValueError, RuntimeError) as error:
        raise BadRequest(
            f"model '{name}': torchvision refuses to build it for {image_size}x{image_size} "
            f"images ({first_line(error)}). {advice(name, image_size, options)}"
        ) from error


def advice(name: str, image_size: int, options: Mapping[str, Any] | None = None) -> str:
    """Return a sentence that says which larger image size ``name`` works with, found by trying."""
    for size in _SIZES:
        if size <= image_size:
            continue
        try:
            with on_meta():
                model = _build(name, 10, size, options or {})
            output_shape(model, in_channels=3, image_size=size)
        except (AssertionError, RuntimeError, TypeError, ValueError):
            continue
        return f"Set dataset.image_size = {size}."
    return "Set a larger dataset.image_size, such as 224."


def _build(name: str, num_classes: int, size: int, options: Mapping[str, Any]) -> nn.Module:
    given: dict[str, Any] = dict(options)
    if name in _SIZED:
        given[_SIZED[name]] = (size, size) if name == "maxvit_t" else size
    if name in _AUXILIARY:
        given = {"init_weights": True, **given, "aux_logits": False}
    model: nn.Module = vision.torchvision().models.get_model(
        name, weights=None, num_classes=num_classes, **given
    )
    return model


def _refuse_ours(name: str, options: Mapping[str, Any]) -> None:
    advised = {
        "weights": "choose the initializer 'pretrained' instead",
        "num_classes": "the data set decides it",
        "image_size": "set dataset.image_size instead",
        "input_size": "set dataset.image_size instead",
        "aux_logits": "training here has one loss, so auxiliary classifiers are left out",
        "progress": "nothing is downloaded here",
    }
    wrong = [f"'{key}' ({why})" for key, why in advised.items() if key in options]
    if wrong:
        raise BadRequest(
            f"model '{name}': model.options: cannot be given here: {', '.join(wrong)}."
        )


def _explain_options(name: str, num_classes: int, options: Mapping[str, Any]) -> None:
    """Raise with the accepted options if one of ``options`` is not among them."""
    with on_meta():
        plain = _build(name, num_classes, 224, {})
    accepted = [
        option
        for option, parameter in parameters_of(type(plain).__init__).items()
        if option not in _OURS and parameter.default is not parameter.empty
    ]
    check_options(f"model '{name}': model.options", options, accepted)
