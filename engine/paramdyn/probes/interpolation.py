"""Loss along the straight line between two networks, and the barrier on it."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.errors import BadRequest
from paramdyn.probes.forward import Batches, evaluating

TREATMENTS = ("interpolated", "reset", "batch")
"""Statistics of batch normalisation: on the line too; those of the training images under the
interpolated weights (REPAIR's reset); those of each batch."""

GRID = tuple(step / 10 for step in range(11))
_BLOCK = 2**22
STABLE_BELOW = 0.02
"""Error barrier under which Frankle et al. call two networks linearly connected."""

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d
_Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Barrier:
    """How much higher it gets between the ends.

    Attributes:
        height: max over the inner alpha of L(alpha) - [(1 - alpha) L(0) + alpha L(1)] (Entezari
            et al.). Negative where the whole line lies below the chord. None when undefined.
        at: The alpha of the maximum.
        above_mean: max over all alpha of L(alpha) - (L(0) + L(1)) / 2 (Frankle et al.), at least
            |L(0) - L(1)| / 2. None when undefined.
        reason: Why it is undefined; empty when it is not.
    """

    height: float | None
    at: float | None
    above_mean: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LinearPath:
    """Loss and error on the line (1 - alpha) a + alpha b.

    Attributes:
        treatment: Of batch normalisation; one of ``TREATMENTS``.
        alphas: The grid, from 0 to 1.
        losses: Mean loss at each.
        errors: Share of wrong answers at each.
        images: N.
    """

    treatment: str
    alphas: tuple[float, ...]
    losses: tuple[float, ...]
    errors: tuple[float, ...]
    images: int

    @property
    def loss_barrier(self) -> Barrier:
        """Barrier of the loss."""
        return barrier(self.alphas, self.losses)

    @property
    def error_barrier(self) -> Barrier:
        """Barrier of the error; stable where ``above_mean`` is less than ``STABLE_BELOW``."""
        return barrier(self.alphas, self.errors)


def barrier(alphas: Sequence[float], values: Sequence[float]) -> Barrier:
    """Return the barrier of values on a grid from 0 to 1.

    Args:
        alphas: Increasing, 0 first, 1 last, at least one between.
        values: The loss or error at each.

    Raises:
        BadRequest: Such a grid it is not.

    Reference:
        Entezari et al., "The Role of Permutation Invariance in Linear Mode Connectivity of Neural
        Networks", arXiv:2110.06296; Frankle et al., "Linear Mode Connectivity and the Lottery
        Ticket Hypothesis", arXiv:1912.05671.
    """
    _check_grid(alphas)
    if len(values) != len(alphas):
        raise BadRequest(f"barrier: {len(values)} values on {len(alphas)} points. Give one each.")
    if not all(map(math.isfinite, values)):
        worst = next(a for a, v in zip(alphas, values, strict=True) if not math.isfinite(v))
        return Barrier(None, None, None, f"the value at alpha = {worst:g} is not finite")
    first, last = values[0], values[-1]
    rises = [v - (first + a * (last - first)) for a, v in zip(alphas, values, strict=True)]
    inner = range(1, len(alphas) - 1)
    top = max(inner, key=rises.__getitem__)
    return Barrier(rises[top], alphas[top], max(values) - (first + last) / 2)


@torch.no_grad()
def linear_path(
    model: nn.Module,
    ends: tuple[Mapping[str, Tensor], Mapping[str, Tensor]],
    batches: Batches,
    *,
    treatment: str = "interpolated",
    training_batches: Batches | None = None,
    alphas: Sequence[float] = GRID,
    loss: _Loss | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> LinearPath:
    """Return loss and error along the line between two sets of weights a and b.

    Interpolation is float64, a + alpha (b - a), rounded to the type of a; the ends are exactly a
    and b, and equal values stay as they are. Integer buffers are those of a. The
    model's own weights are neither used nor changed; its modes are restored. To look at the line
    after alignment, give the aligned b.

    Args:
        model: The network.
        ends: State_dicts at alpha = 0 and alpha = 1.
        batches: (images, labels) to measure on, on the device of the weights.
        treatment: One of ``TREATMENTS``. "reset" also recomputes the statistics of the ends;
            "batch" depends on the size of the batches and needs two values a channel.
        training_batches: What "reset" gathers statistics on: their cumulative average.
        alphas: Increasing from 0 to 1, ends included; 11 or more are usual.
        loss: (logits, labels) -> one loss an image; cross-entropy in nats by default.
        progress: Called with (points done, points).

    Raises:
        BadRequest: No such treatment or grid, or "reset" without training images.

    Reference:
        Jordan et al., "REPAIR: REnormalizing Permuted Activations for Interpolation Repair",
        arXiv:2211.08403, for the reset.
    """
    _check_grid(alphas)
    if treatment not in TREATMENTS:
        raise BadRequest(
            f"linear path: unknown treatment '{treatment}'. Expected one of "
            f"{', '.join(TREATMENTS)}."
        )
    if treatment == "reset" and training_batches is None:
        raise BadRequest("linear path: 'reset' gathers statistics on training images. Give them.")
    losses, errors, images = [], [], 0
    with evaluating(model):
        for done, alpha in enumerate(alphas, 1):
            state = interpolate(*ends, alpha)
            if treatment == "reset" and training_batches is not None:
                reset_statistics(model, state, training_batches)
            with _batch_statistics(model) if treatment == "batch" else contextlib.nullcontext():
                mean, error, images = _measure(model, state, batches, loss or _cross_entropy)
            losses.append(mean)
            errors.append(error)
            progress(done, len(alphas))
    return LinearPath(treatment, tuple(alphas), tuple(losses), tuple(errors), images)


def interpolate(
    a: Mapping[str, Tensor], b: Mapping[str, Tensor], alpha: float
) -> dict[str, Tensor]:
    """Return the state_dict at ``alpha`` of the line from ``a`` to ``b``, in memory of its own."""
    return {name: _between(a[name], b[name].to(a[name].device), alpha) for name in a}


def _between(a: Tensor, b: Tensor, alpha: float) -> Tensor:
    if alpha in (0.0, 1.0) or not a.is_floating_point():
        return (b if alpha == 1.0 and a.is_floating_point() else a).detach().clone()
    start, end = (x.detach().cpu() if x.device.type == "mps" else x.detach() for x in (a, b))
    flat, other = start.reshape(-1), end.reshape(-1)
    found = torch.empty_like(flat)
    for begin in range(0, len(flat), _BLOCK):
        wide = flat[begin : begin + _BLOCK].double()
        wide.add_(other[begin : begin + _BLOCK].double().sub_(wide), alpha=alpha)
        found[begin : begin + _BLOCK] = wide
    return found.view(a.shape).to(a.device)


def _measure(
    model: nn.Module, state: dict[str, Tensor], batches: Batches, loss: _Loss
) -> tuple[float, float, int]:
    total, wrong, count = 0.0, 0, 0
    for images, labels in batches:
        logits = torch.func.functional_call(model, state, (images,))
        total += float(loss(logits, labels).double().sum())
        wrong += int((logits.argmax(1) != labels).sum())
        count += len(images)
    if not count:
        raise BadRequest("linear path: there are no images. Give at least one batch.")
    return total / count, wrong / count, count


def _cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits.float(), labels, reduction="none")


def reset_statistics(model: nn.Module, state: dict[str, Tensor], batches: Batches) -> int:
    """Put the mean statistics of all batches into ``state``; dropout stays off.

    Args:
        model: In evaluation mode; its own values are neither used nor changed.
        state: Of the model, on the device of the batches; its running statistics are overwritten.
        batches: Training images.

    Returns:
        How many images were seen; 0 for a model without running statistics.
    """
    seen = 0
    with gathering_statistics(model, [state]) as gathers:
        for images, _ in batches if gathers else ():
            torch.func.functional_call(model, state, (images,))
            seen += len(images)
    return seen


def tracked_norms(model: nn.Module) -> dict[str, Norm]:
    """Return the layers of batch normalisation that keep running statistics, by name."""
    norms = {name: m for name, m in model.named_modules() if isinstance(m, _NORMS)}
    return {name: norm for name, norm in norms.items() if norm.running_mean is not None}


@contextlib.contextmanager
def gathering_statistics(
    model: nn.Module, states: Iterable[Mapping[str, Tensor]]
) -> Iterator[bool]:
    """Let passes in the block gather mean statistics, from nothing, in the states they are given.

    Args:
        model: In evaluation mode, as it is again afterwards.
        states: Of the model; their running statistics are forgotten.

    Yields:
        Whether there is anything to gather.
    """
    tracked = tracked_norms(model)
    for state in states if tracked else ():
        for name in tracked:
            state[f"{name}.running_mean"].zero_()
            state[f"{name}.running_var"].fill_(1.0)
            state[f"{name}.num_batches_tracked"].zero_()
    momenta = {name: norm.momentum for name, norm in tracked.items()}
    try:
        for norm in tracked.values():
            norm.momentum = None  # torch's word for a cumulative average
            norm.training = True
        yield bool(tracked)
    finally:
        for name, norm in tracked.items():
            norm.momentum, norm.training = momenta[name], False


@contextlib.contextmanager
def _batch_statistics(model: nn.Module) -> Iterator[None]:
    """Let batch normalisation use each batch; what it tracks goes to a state that is dropped."""
    norms = [module for module in model.modules() if isinstance(module, _NORMS)]
    for norm in norms:
        norm.training = True
    try:
        yield
    finally:
        for norm in norms:
            norm.training = False


def _check_grid(alphas: Sequence[float]) -> None:
    increasing = all(low < high for low, high in itertools.pairwise(alphas))
    if len(alphas) < 3 or alphas[0] != 0 or alphas[-1] != 1 or not increasing:
        raise BadRequest(
            f"linear path: the grid is {list(alphas)}. Expected increasing numbers from 0 to 1, "
            "both included, with at least one between."
        )
