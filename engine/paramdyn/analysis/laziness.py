"""Whether training was lazy: whether the network stayed close to its linearization (M20).

Lazy is a statement about the function: it changes as its linearization at the start does. How few
parameters moved, or how little, never shows it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import END, START, Subject
from paramdyn.analysis.subjects.drawing import hollow
from paramdyn.analysis.tangent_kernel import kernel_change
from paramdyn.errors import BadRequest
from paramdyn.probes.forward import evaluating
from paramdyn.probes.gates import Gates
from paramdyn.signatures import USER_CODE_FAILURES, first_line

MOST_IMAGES = 100
SCALE = 100.0
"""The output scale alpha of the control."""
COPIES = 5
"""Of the parameters in float64: first, last, move, and two while one is computed."""
MOST_BYTES = 12 << 30
"""That those copies may take: VGG-19 needs 5.2 GiB."""

State = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Laziness:
    """How far a network is from its linearization at the start.

    Outputs are those in evaluation mode, with the running statistics of the end held fixed, in
    float64. Null of all three numbers for a lazy network: 0.

    Attributes:
        images: N, test images.
        kernel_images: Images that the tangent kernels are of.
        kernel_distance: 1 - <K_0, K_T> / (||K_0|| ||K_T||), of the kernels summed over outputs, in
            [0, 1]; None when undefined.
        kernel_reason: Why it is undefined; empty when it is not.
        linearization_error: ||f_T - f_0 - J_0 (theta_T - theta_0)|| / ||f_T - f_0||; None when
            undefined.
        scaled_error: The same with the output scale alpha = 100: the control, which has to be
            smaller. The same change of alpha f takes 1 / alpha of the displacement.
        linear_reason: Why the two are undefined; empty when they are not.
        flipped: Share of rectifier gates, over images and units, that are open at one end and shut
            at the other; None for a model without any.
    """

    images: int
    kernel_images: int
    kernel_distance: float | None
    linearization_error: float | None
    scaled_error: float | None
    flipped: float | None
    kernel_reason: str = ""
    linear_reason: str = ""


def laziness(subject: Subject, bench: Bench) -> Laziness:
    """Return how lazy a run was.

    Raises:
        RunNotFound: Its first or last values were not kept.
        BadRequest: The model is too large, or cannot be differentiated forwards.
    """
    scalars = sum(info.count for info in subject.parameters)
    if 8 * COPIES * scalars > MOST_BYTES:
        raise BadRequest(
            f"laziness: {subject.name} has {scalars:,} parameters. Expected at most "
            f"{MOST_BYTES // (8 * COPIES):,}: its linearization takes {COPIES} copies of them in "
            f"float64, {8 * COPIES * scalars / 2**30:.1f} GiB. Ask about a model of the same kind "
            "with fewer channels; what parameters changed needs no linearization and is answered."
        )
    most = min(MOST_IMAGES, bench.options.most_images)
    images = next(iter(bench.images.test))[0][:most].double()
    bench.progress(f"linearization of {subject.name}", 0, 2)
    model = hollow(subject.new_model().to(images.device)).double()
    try:
        return laziness_of(
            model,
            subject.state(START),
            subject.state(END),
            images,
            progress=lambda done, all_: bench.progress(f"kernels of {subject.name}", done, all_),
        )
    except USER_CODE_FAILURES as error:
        raise BadRequest(
            f"laziness: {subject.name} cannot be differentiated forwards: {first_line(error)}. "
            "Expected operations with a forward derivative. Nothing can be said of its laziness."
        ) from error


def laziness_of(
    model: nn.Module,
    start: State,
    end: State,
    images: Tensor,
    *,
    scale: float = SCALE,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Laziness:
    """Return how far the change from ``start`` to ``end`` is from the linearized one.

    Args:
        model: In float64, on the device of the images; its values do not matter.
        start: theta_0, a state_dict. Its buffers are not used.
        end: theta_T, and the buffers of both ends.
        images: Shape: (N, C, H, W), float64.
        scale: Output scale of the control, above 1.
        progress: Called with (kernel columns done, all).

    Reference:
        Chizat, Oyallon & Bach, "On Lazy Training in Differentiable Programming",
        arXiv:1812.07956; kernel distance: Fort et al., "Deep learning versus kernel learning",
        arXiv:2010.15110.
    """
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    device = images.device
    first = {name: start[name].to(device).double() for name in names}
    last = {name: end[name].to(device).double() for name in names}
    rest = {name: _wide(end[name], device) for name in end if name not in first}

    def outputs(values: State, inputs: Tensor = images) -> Tensor:
        return torch.func.functional_call(model, {**rest, **values}, (inputs,))

    with evaluating(model):
        error, scaled, linear_reason = _linearization(outputs, first, last, scale)
        flipped = _flips(outputs, first, last)
        kernel = kernel_change(model, outputs, (first, last), images, progress)
    return Laziness(
        images=len(images),
        kernel_images=kernel.images,
        kernel_distance=kernel.distance,
        linearization_error=error,
        scaled_error=scaled,
        flipped=flipped,
        kernel_reason=kernel.reason,
        linear_reason=linear_reason,
    )


_Outputs = Callable[..., Tensor]


def _wide(value: Tensor, device: torch.device) -> Tensor:
    return (value.double() if value.is_floating_point() else value).to(device)


def _linearization(
    outputs: _Outputs, first: State, last: State, scale: float
) -> tuple[float | None, float | None, str]:
    move = {name: last[name] - first[name] for name in first}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's own, at the first derivative
        derivative: tuple[Tensor, ...] = torch.func.jvp(outputs, (dict(first),), (move,))
    before, tangent = derivative[0], derivative[1]
    with torch.no_grad():
        change = outputs(last) - before
        near = {name: first[name] + move[name] / scale for name in first}
        small = outputs(near) - before
    sizes = float(change.norm()), float(small.norm())
    if not all(math.isfinite(size) for size in sizes):
        return None, None, "outputs are not finite"
    if min(sizes) == 0:
        return None, None, "the outputs did not change: 0/0"
    error = float((change - tangent).norm()) / sizes[0]
    return error, float((small - tangent / scale).norm()) / sizes[1], ""


def _flips(outputs: _Outputs, first: State, last: State) -> float | None:
    gates = []
    for values in (first, last):
        with torch.no_grad(), Gates() as found:
            outputs(values)
        gates.append(found.open)
    total = sum(each.numel() for each in gates[0])
    different = sum(int((a != b).count_nonzero()) for a, b in zip(*gates, strict=True))
    return different / total if total else None
