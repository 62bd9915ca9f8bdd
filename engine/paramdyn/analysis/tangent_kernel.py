"""Empirical tangent kernels, in parts that fit into memory.

The kernel of one output is the Gram matrix of its gradients at N images. Gradients of a small model
are held at once. Of a large one the kernel is summed over parts of its parameters, and a linear
layer that sees one vector an image needs none: its gradient is the outer product of the vector with
the gradient at its output, so inner products of the two factors are enough. That of a convolution
is a sum of such products over positions, whose inner products are taken over pairs of positions or
of whole gradients, whichever is less work; none is held longer than that takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeGuard

import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]
_Layer = nn.Linear | nn.Conv2d
Outputs = Callable[..., Tensor]
"""From parameters, and images if not all of them, to logits."""

FEWEST_IMAGES = 10
MOST_BYTES = 1 << 30
"""Of the gradients of one output that a kernel holds at the same time."""
PART_BYTES = 2 << 30
"""The same where they are computed in parts: each part is one more pass."""
_AGREES = 1e-6


@dataclass(frozen=True, slots=True)
class KernelChange:
    """How two kernels, each summed over the outputs, compare.

    Attributes:
        distance: 1 - <K, K'> / (||K|| ||K'||), in [0, 1]; None when undefined.
        images: Images that they are of.
        reason: Why it is undefined; empty when it is not.
    """

    distance: float | None
    images: int
    reason: str = ""


def kernel_change(
    model: nn.Module,
    outputs: Outputs,
    states: tuple[State, State],
    images: Tensor,
    progress: Callable[[int, int], None],
) -> KernelChange:
    """Return how the tangent kernel of one state differs from that of another.

    Args:
        model: What ``outputs`` calls; its values do not matter.
        outputs: Called with parameters and images.
        states: Parameters by name, float64.
        images: Shape: (N, C, H, W); as many of the first ones are used as fit.
        progress: Called with (outputs done, all).
    """
    plan = _plan(model, outputs, states[0], images)
    if isinstance(plan, str):
        return KernelChange(None, 0, plan)
    chosen = images[: plan.images]
    classes = outputs(states[0], chosen[:1]).shape[1]
    kernels = []
    for number, values in enumerate(states):
        kernel = torch.zeros(len(chosen), len(chosen), dtype=torch.float64, device=images.device)
        seen, logits = _Seen(plan.products), torch.zeros(0)
        if plan.products:
            with seen:
                logits = outputs(values, chosen.clone().requires_grad_())
        for k in range(classes):
            for part in plan.parts:
                kernel += _gram(outputs, values, part, chosen, k)
            if plan.products:
                kernel += _product_gram(seen, logits[:, k])
            progress(number * classes + k + 1, 2 * classes)
        kernels.append(kernel)
    norms = [float(kernel.norm()) for kernel in kernels]
    if not all(math.isfinite(norm) and norm > 0 for norm in norms):
        return KernelChange(None, len(chosen), "a kernel is zero or not finite")
    cosine = float((kernels[0] * kernels[1]).sum()) / (norms[0] * norms[1])
    return KernelChange(max(0.0, 1.0 - cosine), len(chosen))


@dataclass(frozen=True, slots=True)
class _Plan:
    """How many images, which parameters go together, and which layers need no gradients."""

    images: int
    parts: Sequence[Sequence[str]]
    products: Mapping[str, _Layer] = field(default_factory=dict)


def _plan(model: nn.Module, outputs: Outputs, values: State, images: Tensor) -> _Plan | str:
    """Return how to sum the kernel, or why it cannot be."""
    if len(images) < FEWEST_IMAGES:
        return f"only {len(images)} images"
    sizes = {name: value.numel() for name, value in values.items()}
    fitting = MOST_BYTES // (8 * max(sum(sizes.values()), 1))
    if fitting >= FEWEST_IMAGES:
        return _Plan(min(len(images), fitting), [list(sizes)])
    products = _product_layers(model, outputs, values, images[:2])
    linear = {name for name, layer in products.items() if isinstance(layer, nn.Linear)}
    rest = {name: size for name, size in sizes.items() if name.rpartition(".")[0] not in linear}
    count = max(FEWEST_IMAGES, PART_BYTES // (8 * max(sum(rest.values()), 1)))
    count = min(len(images), count)
    parts: list[list[str]] = []
    room = 0
    for name, size in rest.items():
        need = 8 * count * size
        if need > PART_BYTES:
            gib = need / 2**30
            most = PART_BYTES / 2**30
            return (
                f"gradients of {count} images for '{name}' take {gib:.3g} GiB, and at most "
                f"{most:.3g} are used"
            )
        if need > room:
            parts.append([])
            room = PART_BYTES
        parts[-1].append(name)
        room -= need
    left = [[n for n in part if n.rpartition(".")[0] not in products] for part in parts]
    return _Plan(count, [part for part in left if part], products)


def _product_layers(
    model: nn.Module, outputs: Outputs, values: State, images: Tensor
) -> dict[str, _Layer]:
    """Return the layers whose gradient at an image is an outer product, or a sum of such.

    Each is called once in a pass, a linear one with a vector an image, its parameters are its own,
    and at one image the norm of its gradient is that of the products: nothing else uses them.
    """
    named = {name: each for name, each in model.named_modules() if _is_plain(each)}
    owners = [id(p) for each in model.modules() for p in each.parameters(recurse=False)]
    own = {
        name: each
        for name, each in named.items()
        if all(owners.count(id(p)) == 1 for p in each.parameters(recurse=False))
        and all(f"{name}.{key}" in values for key, _ in each.named_parameters(recurse=False))
    }
    with _Seen(own) as seen:
        _ = outputs(values, images.clone().requires_grad_())
    once = {n: own[n] for n, calls in seen.calls.items() if calls == 1 and n not in seen.odd}
    checked = (outputs, values, images)
    return {name: each for name, each in once.items() if _is_product(each, name, *checked)}


def _is_plain(module: nn.Module) -> TypeGuard[_Layer]:
    if type(module) is nn.Conv2d:
        plain = module.groups == 1 and module.padding_mode == "zeros"
        return plain and not isinstance(module.padding, str)
    return type(module) is nn.Linear


def _is_product(layer: _Layer, name: str, outputs: Outputs, values: State, images: Tensor) -> bool:
    weight = values[f"{name}.weight"].detach().requires_grad_()
    with _Seen({name: layer}) as seen:
        logit = outputs({**values, f"{name}.weight": weight}, images[:1])[0, 0]
    wanted = [weight, seen.outputs[name]]
    full, delta = torch.autograd.grad(logit, wanted, allow_unused=True)
    if full is None or delta is None:
        return False
    product = math.sqrt(float(_weight_products(layer, seen.inputs[name], delta)))
    return math.isclose(float(full.norm()), product, rel_tol=_AGREES, abs_tol=1e-300)


class _Seen:
    """What goes into layers and comes out of them during a pass."""

    def __init__(self, layers: Mapping[str, _Layer]) -> None:
        self.inputs: dict[str, Tensor] = {}
        self.outputs: dict[str, Tensor] = {}
        self.calls: dict[str, int] = dict.fromkeys(layers, 0)
        self.odd: set[str] = set()
        self.layers = layers

    def __enter__(self) -> Self:
        self._handles = [
            layer.register_forward_hook(self._hook(name)) for name, layer in self.layers.items()
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _hook(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
        def look(_: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
            self.calls[name] += 1
            if given[0].ndim != (2 if isinstance(self.layers[name], nn.Linear) else 4):
                self.odd.add(name)
            self.inputs[name], self.outputs[name] = given[0].detach().clone(), output
            return output.clone()  # what comes next may change it in place

        return look


def _gram(outputs: Outputs, values: State, part: Sequence[str], images: Tensor, k: int) -> Tensor:
    """Return the inner products of the gradients of output k at all pairs of images."""
    held = {name: value for name, value in values.items() if name not in part}

    def output(parameters: State, image: Tensor) -> Tensor:
        return outputs({**held, **parameters}, image[None])[0, k]

    gradients = torch.func.vmap(torch.func.grad(output), in_dims=(None, 0))
    found = gradients({name: values[name] for name in part}, images)
    products = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    for gradient in found.values():
        row = gradient.flatten(1)
        products += row @ row.T
    return products


def _product_gram(seen: _Seen, logits: Tensor) -> Tensor:
    """Return the same for layers of products, from what went in and the gradient at what came out.

    Args:
        seen: A pass.
        logits: One output of it, for all images; its graph is kept.
    """
    names = list(seen.layers)
    outputs = [seen.outputs[name] for name in names]
    deltas = torch.autograd.grad(logits.sum(), outputs, retain_graph=True)
    products = torch.zeros(len(logits), len(logits), dtype=torch.float64, device=logits.device)
    for name, delta in zip(names, deltas, strict=True):
        layer = seen.layers[name]
        products += _weight_products(layer, seen.inputs[name], delta)
        if layer.bias is not None:
            errors = delta.flatten(2).sum(2) if delta.ndim > 2 else delta
            products += errors @ errors.T
    return products


def _weight_products(layer: _Layer, inputs: Tensor, delta: Tensor) -> Tensor:
    """Return the inner products of the gradients of a layer's weight. Shape: (N, N).

    Args:
        layer: Which one.
        inputs: What went into it for each image.
        delta: The gradient at what came out.
    """
    if isinstance(layer, nn.Linear):
        return (delta @ delta.T) * (inputs @ inputs.T)
    assert not isinstance(layer.padding, str)
    shape = layer.kernel_size, layer.dilation, layer.padding, layer.stride
    seen = nn.functional.unfold(inputs, *shape)  # (N, inputs of an output, positions)
    delta = delta.flatten(2)  # (N, outputs, positions)
    images, width, places = seen.shape
    pairs = (images * places) ** 2 * (width + delta.shape[1])
    whole = images * width * delta.shape[1] * (images + places)
    if pairs > whole:
        rows = (delta @ seen.mT).flatten(1)
        return rows @ rows.T
    flat = [each.mT.flatten(0, 1) for each in (seen, delta)]
    both = (flat[0] @ flat[0].T) * (flat[1] @ flat[1].T)
    return both.view(images, places, images, places).sum((1, 3))
