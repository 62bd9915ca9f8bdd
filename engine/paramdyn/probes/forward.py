"""One pass of images through models, whose logits and features go to everything that asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from paramdyn.errors import BadRequest
from paramdyn.registry import nearest_names


class Batches(Protocol):
    """(images, labels) pairs with a length, as ``EvaluationBatches`` or a list of pairs."""

    def __len__(self) -> int:
        """Return the number of batches."""

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Iterate over the batches, from the first one each time."""


_INPUT = "in"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one model made of one batch.

    Attributes:
        logits: Its output. Shape: (N, K).
        features: Layer -> a copy of its output. Shape: (N, C, ...).
    """

    logits: Tensor
    features: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProbeBatch:
    """One batch of images and what every model made of it.

    Attributes:
        labels: Right answers. Shape: (N,).
        models: Model -> what it made of the batch.
        first: Number of the batch's first image.
    """

    labels: Tensor
    models: Mapping[str, Seen]
    first: int


class Consumer(Protocol):
    """Anything that gathers numbers from batches."""

    def add(self, batch: ProbeBatch) -> None:
        """Look at one batch; its tensors are read only."""


@torch.no_grad()
def forward_all(
    models: Mapping[str, nn.Module],
    batches: Batches,
    consumers: Sequence[Consumer],
    *,
    layers: Mapping[str, Sequence[str]] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Run every model over all images once, hand each batch to every consumer; return N.

    Models run in evaluation mode without gradients; their modes are restored and no hook is left
    behind, whatever happens. Features are copied the moment a layer returns, so an in-place ReLU
    behind it does not change them.

    Args:
        models: Name -> model, on the device of the images.
        batches: Of any sizes; iterated over once.
        consumers: What gathers.
        layers: Model -> modules whose output is wanted. ``NAME:2`` means the second time that
            module is called in a pass, as a ReLU that a residual block uses twice; ``NAME:in``
            its input, the first time.
        progress: Called with (batches done, batches) after each batch.

    Raises:
        BadRequest: No such layer, one that the pass does not call, one that returns no tensor, or
            a model that returns anything but (N, K).
    """
    images_seen = done = 0
    with contextlib.ExitStack() as stack:
        for model in dict.fromkeys(models.values()):
            stack.enter_context(evaluating(model))
        listeners = {
            name: stack.enter_context(_Listener(name, model, (layers or {}).get(name, ())))
            for name, model in models.items()
        }
        for images, labels in batches:
            seen = {name: listeners[name].run(images) for name in models}
            batch = ProbeBatch(labels, seen, images_seen)
            for consumer in consumers:
                consumer.add(batch)
            images_seen += len(images)
            done += 1
            progress(done, len(batches))
    return images_seen


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Run the block with ``model`` in evaluation mode; each module's own mode is restored."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


class _Listener:
    """Hooks on the layers of one model, while it is open."""

    def __init__(self, name: str, model: nn.Module, layers: Iterable[str]) -> None:
        self._name, self._model = name, model
        self._wanted: dict[str, tuple[str, int]] = {}
        known = dict(model.named_modules())
        for layer in layers:
            module, _, call = layer.partition(":")
            if module not in known or not (call.isdigit() or call in ("", _INPUT)):
                near = nearest_names(module, list(known))
                hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
                raise BadRequest(f"probe: model '{name}' has no layer '{layer}'.{hint}")
            self._wanted[layer] = (module, 0 if call == _INPUT else int(call or 1))
        self._calls: dict[str, int] = {}
        self._features: dict[str, Tensor] = {}
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []

    def __enter__(self) -> Self:
        for layer in dict.fromkeys(module for module, _ in self._wanted.values()):
            module = self._model.get_submodule(layer)
            self._hooks.append(module.register_forward_pre_hook(self._before(layer)))
            self._hooks.append(module.register_forward_hook(self._after(layer)))
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def run(self, images: Tensor) -> Seen:
        """Return what the model makes of a batch."""
        self._calls, self._features = {}, {}
        logits = self._model(images)
        if not isinstance(logits, Tensor) or logits.dim() != 2 or len(logits) != len(images):
            found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise BadRequest(
                f"probe: model '{self._name}' returned {found}. Expected logits of shape "
                f"({len(images)}, classes)."
            )
        for layer, (module, _) in self._wanted.items():
            if layer not in self._features:
                raise BadRequest(
                    f"probe: layer '{layer}' of model '{self._name}' gave nothing: a pass calls "
                    f"'{module}' {self._calls.get(module, 0)} times. Name a layer that it uses."
                )
        return Seen(logits, self._features)

    def _before(self, layer: str) -> Callable[..., None]:
        def keep(_module: nn.Module, inputs: Any) -> None:  # noqa: ANN401 - any model
            if not self._calls.get(layer):
                self._keep(layer, 0, inputs[0] if inputs else None, "is given")

        return keep

    def _after(self, layer: str) -> Callable[..., None]:
        def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:  # noqa: ANN401 - any model
            self._calls[layer] = self._calls.get(layer, 0) + 1
            self._keep(layer, self._calls[layer], output, "returns")

        return keep

    def _keep(self, module: str, call: int, value: Any, verb: str) -> None:  # noqa: ANN401
        for wanted in (name for name, place in self._wanted.items() if place == (module, call)):
            if not isinstance(value, Tensor):
                raise BadRequest(
                    f"probe: layer '{module}' of model '{self._name}' {verb} a "
                    f"{type(value).__name__}. Expected a tensor. Name another layer."
                )
            self._features[wanted] = value.detach().clone()
