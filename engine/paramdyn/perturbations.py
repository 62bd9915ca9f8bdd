"""Changes made to a model's parameters before step 0 is recorded. Buffers are never touched.

Negating a running variance makes every output NaN, and a constant added to a batch counter is
rounded away: running statistics are state, not parameters.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

from paramdyn import seeding
from paramdyn.catalogues import INITIALIZERS, PERTURBATIONS
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.parameters import parameter_table
from paramdyn.registry import nearest_names
from paramdyn.signatures import check_options, first_line, parameters_of, takes_any_keyword
from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec

_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_CHUNK = 1 << 20
_WITHOUT_DRAW = {"default", "pretrained", "weights", "run"}
_ENGINE_KEYWORDS = ("generator", "fresh")


class Context(Protocol):
    """What ``reinit`` needs of an ``initializers.InitializerContext``, a frozen dataclass."""

    @property
    def rebuild(self) -> Callable[[], nn.Module] | None:
        """Build the same model with a new draw from torch's global generator."""


@dataclass(frozen=True, slots=True)
class PerturbationReport:
    """What one perturbation did, in the float32 values that training starts from."""

    text: str
    """The perturbation as users write it."""
    parameters: int
    """Tensors it was applied to."""
    untouched: int
    """Those of them that kept every bit: noise on a constant tensor, a constant too small."""
    scalars: int
    """Scalars it was applied to."""
    changed: int
    """Scalars whose bits changed."""
    norm: float
    """L2 norm of the change, summed in float64."""
    relative_norm: float | None
    """``norm`` / norm of the same tensors before; None when that is 0."""


def perturb(
    model: nn.Module,
    specs: Sequence[PerturbationSpec],
    *,
    seed: int,
    initializer_spec: InitializerSpec,
    context: Context,
) -> list[PerturbationReport]:
    """Apply ``specs`` to the model's parameters in their order, in place.

    Each draw has a stream of its own, named by the seed, the perturbation's position and the
    parameter's name, and is made on the CPU.

    Args:
        model: Its parameters may lie anywhere, in any memory layout.
        specs: What to do.
        seed: The perturbation seed.
        initializer_spec: How the model was initialized; ``reinit`` draws so again.
        context: The initializer's context.

    Returns:
        One report for each of ``specs``.

    Raises:
        UnknownName: No such perturbation.
        BadRequest: A glob that matches no parameter, an option that is wrong, or a perturbation
            that changes no bit.
    """
    reports = []
    for position, spec in enumerate(specs):
        if spec.name not in PERTURBATIONS:
            where = f"perturbations[{position}].name"
            raise UnknownName(PERTURBATIONS.unknown(spec.name, where=where))
        chosen = _select(model, spec)
        apply = PERTURBATIONS.get(spec.name)
        options = _options(spec, apply)
        fresh: Mapping[str, Tensor] = {}
        if "fresh" in parameters_of(apply):
            drawn_seed = seeding.stream_seed(seed, "perturbation", position)
            fresh = _redraw(model, chosen, drawn_seed, initializer_spec, context)
        reports.append(_apply(spec, apply, chosen, options, fresh, seed, position))
    return reports


def _apply(
    spec: PerturbationSpec,
    apply: Callable[..., object],
    chosen: Mapping[str, Tensor],
    options: Mapping[str, object],
    fresh: Mapping[str, Tensor],
    seed: int,
    position: int,
) -> PerturbationReport:
    text = format_perturbation(spec)
    changed = untouched = 0
    squared_change = squared_before = 0.0
    for name, values in chosen.items():
        before = values.clone()
        keywords = {"fresh": fresh[name]} if name in fresh else {}
        generator = seeding.generator(seed, "perturbation", position, name)
        try:
            apply(values, generator=generator, **keywords, **options)
        except (TypeError, ValueError, RuntimeError) as error:
            raise BadRequest(
                f"perturbation '{text}': it fails on '{name}' ({first_line(error)}). "
                "Correct its options."
            ) from error
        bits = _changed_bits(before, values)
        changed += bits
        untouched += bits == 0
        squared_change += _squared_norm(values, before)
        squared_before += _squared_norm(before, None)
    if not changed:
        raise BadRequest(
            f"perturbation '{text}': it changes no value of {_some(list(chosen))}. Expected at "
            "least one bit to change in float32. Make it larger, or choose other layers; "
            f"near: {', '.join(sorted(set(chosen))[:3])}."
        )
    return PerturbationReport(
        text=text,
        parameters=len(chosen),
        untouched=untouched,
        scalars=sum(values.numel() for values in chosen.values()),
        changed=changed,
        norm=math.sqrt(squared_change),
        relative_norm=math.sqrt(squared_change / squared_before) if squared_before else None,
    )


def sign_flip(values: Tensor, *, generator: torch.Generator) -> None:
    """Negate every value; twice is the identity, bit for bit."""
    del generator
    values.neg_()


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


def _select(model: nn.Module, spec: PerturbationSpec) -> dict[str, Tensor]:
    """Return the parameters that ``spec.layers`` and ``spec.norms`` choose; name -> values."""
    values = {name: parameter.detach() for name, parameter in model.named_parameters()}
    where = f"perturbation '{format_perturbation(spec)}'"
    chosen: set[str] = set()
    for glob in spec.layers.split("|"):
        found = {name for name in values if fnmatchcase(name, glob.strip())}
        if not found:
            near = _nearest(glob.strip(), list(values))
            raise BadRequest(
                f"{where}: layers='{glob.strip()}' matches no parameter. Parameters are called, "
                f"for example, {', '.join(repr(name) for name in near)}. Use a glob over these "
                "names, such as 'conv1.*'; 'paramdyn show RUN' lists all."
            )
        chosen |= found
    if not spec.norms:
        chosen -= {info.name for info in parameter_table(model) if info.kind == "norm"}
    if not chosen:
        raise BadRequest(
            f"{where}: layers='{spec.layers}' matches norm layers only, and norms=false leaves "
            "them out. Choose other layers, or norms=true."
        )
    return {name: tensor for name, tensor in values.items() if name in chosen}


def _nearest(glob: str, names: list[str]) -> list[str]:
    stem = glob.strip("*?.")
    containing = [name for name in names if stem and stem in name]
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    near_layers = nearest_names(stem.rpartition(".")[0] or stem, layers)
    of_layers = [name for name in names if name.rpartition(".")[0] in near_layers]
    found = [*containing, *nearest_names(stem, names), *of_layers]
    return list(dict.fromkeys(found or names))[:4]


def _options(spec: PerturbationSpec, apply: Callable[..., object]) -> dict[str, object]:
    where = f"perturbation '{spec.name}'"
    options = {**(PERTURBATIONS.entry(spec.name).options or {}), **spec.options}
    if not takes_any_keyword(apply):
        accepted = [name for name in list(parameters_of(apply))[1:] if name not in _ENGINE_KEYWORDS]
        check_options(where, options, accepted)
    amount = options.get("amount", 0.0)
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not math.isfinite(amount):
        raise BadRequest(f"{where}: amount is {amount!r}. Expected a finite number, such as 1e-6.")
    return options


def _redraw(
    model: nn.Module,
    chosen: Mapping[str, Tensor],
    seed: int,
    initializer_spec: InitializerSpec,
    context: Context,
) -> dict[str, Tensor]:
    """Return new values for ``chosen``: the constructor's draw, then the initializer's on top."""
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


def _chunks(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    flat = [tensor.reshape(-1) for tensor in tensors]
    for start in range(0, flat[0].numel(), _CHUNK):
        yield tuple(tensor[start : start + _CHUNK] for tensor in flat)


def _changed_bits(before: Tensor, after: Tensor) -> int:
    kind = _BITS[after.element_size()]
    return sum(int((old.view(kind) != new.view(kind)).sum()) for old, new in _chunks(before, after))


def _squared_norm(values: Tensor, minus: Tensor | None) -> float:
    """Return the sum over squares of ``values - minus``, subtracted and summed in float64."""
    total = 0.0
    for chunk in _chunks(values) if minus is None else _chunks(values, minus):
        difference = chunk[0].double() - (chunk[1].double() if len(chunk) > 1 else 0.0)
        total += float(difference.square().sum())
    return total


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
