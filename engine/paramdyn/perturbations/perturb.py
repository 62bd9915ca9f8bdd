"""Apply perturbations to a model, and report what they did to its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn import seeding
from paramdyn.catalogues import PERTURBATIONS
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.perturbations.redraw import Context, redraw
from paramdyn.perturbations.selection import chosen_buffers, chosen_parameters
from paramdyn.signatures import check_options, first_line, parameters_of, takes_any_keyword
from paramdyn.specs.perturbation_fields import buffers_problem
from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec

_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_CHUNK = 1 << 20
_ENGINE_KEYWORDS = ("generator", "fresh")


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
    buffers: int = 0
    """Buffers it was applied to as well; none of them counts above."""
    buffer_scalars: int = 0
    """Their scalars."""
    buffer_changed: int = 0
    """Those of them whose bits changed."""
    buffer_norm: float = 0.0
    """L2 norm of the buffers' change."""


@dataclass(slots=True)
class _Tally:
    """Sums over the tensors that a perturbation was applied to."""

    tensors: int = 0
    untouched: int = 0
    scalars: int = 0
    changed: int = 0
    squared_change: float = 0.0
    squared_before: float = 0.0

    def add(self, before: Tensor, after: Tensor) -> None:
        bits = _changed_bits(before, after)
        self.tensors += 1
        self.untouched += bits == 0
        self.scalars += after.numel()
        self.changed += bits
        self.squared_change += _squared_norm(after, before)
        self.squared_before += _squared_norm(before, None)


@dataclass(frozen=True, slots=True)
class _Change:
    """One perturbation, ready to be applied to any tensor."""

    text: str
    apply: Callable[..., object]
    options: Mapping[str, object]
    fresh: Mapping[str, Tensor]
    stream: tuple[int, int]
    """The perturbation seed and the perturbation's position."""

    def applied_to(self, tensors: Mapping[str, Tensor]) -> _Tally:
        tally = _Tally()
        seed, position = self.stream
        for name, values in tensors.items():
            before = values.clone()
            keywords = {"fresh": self.fresh[name]} if name in self.fresh else {}
            generator = seeding.generator(seed, "perturbation", position, name)
            try:
                self.apply(values, generator=generator, **keywords, **self.options)
            except (TypeError, ValueError, RuntimeError) as error:
                raise BadRequest(
                    f"perturbation '{self.text}': it fails on '{name}' ({first_line(error)}). "
                    "Correct its options."
                ) from error
            tally.add(before, values)
        return tally


def perturb(
    model: nn.Module,
    specs: Sequence[PerturbationSpec],
    *,
    seed: int,
    initializer_spec: InitializerSpec,
    context: Context,
) -> list[PerturbationReport]:
    """Apply ``specs`` to the model in their order, in place.

    Buffers change only where a spec says so. Each draw has a stream of its own, named by the seed,
    the perturbation's position and the tensor's name, and is made on the CPU.

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
            that changes no bit of any parameter.
    """
    reports = []
    for position, spec in enumerate(specs):
        if spec.name not in PERTURBATIONS:
            where = f"perturbations[{position}].name"
            raise UnknownName(PERTURBATIONS.unknown(spec.name, where=where))
        problem = buffers_problem(spec)
        if problem is not None:
            raise BadRequest(f"perturbation '{format_perturbation(spec)}': buffers: {problem}")
        chosen = chosen_parameters(model, spec)
        apply = PERTURBATIONS.get(spec.name)
        options = _options(spec, apply)
        fresh: Mapping[str, Tensor] = {}
        if "fresh" in parameters_of(apply):
            drawn_seed = seeding.stream_seed(seed, "perturbation", position)
            fresh = redraw(model, chosen, drawn_seed, initializer_spec, context)
        change = _Change(format_perturbation(spec), apply, options, fresh, (seed, position))
        reports.append(_report(change, chosen, chosen_buffers(model, spec, chosen)))
    return reports


def _report(
    change: _Change, chosen: Mapping[str, Tensor], buffers: Mapping[str, Tensor]
) -> PerturbationReport:
    tally = change.applied_to(chosen)
    if not tally.changed:
        raise BadRequest(
            f"perturbation '{change.text}': it changes no value of {_some(list(chosen))}. Expected "
            "at least one bit to change in float32. Make it larger, or choose other layers; "
            f"near: {', '.join(sorted(set(chosen))[:3])}."
        )
    beside = change.applied_to(buffers)
    before = tally.squared_before
    return PerturbationReport(
        text=change.text,
        parameters=tally.tensors,
        untouched=tally.untouched,
        scalars=tally.scalars,
        changed=tally.changed,
        norm=math.sqrt(tally.squared_change),
        relative_norm=math.sqrt(tally.squared_change / before) if before else None,
        buffers=beside.tensors,
        buffer_scalars=beside.scalars,
        buffer_changed=beside.changed,
        buffer_norm=math.sqrt(beside.squared_change),
    )


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
