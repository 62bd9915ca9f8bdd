"""C4, C5: the pass over all parameters against the loops one writes first, and against memory.

C4 compares one pass (every sum and flag that is recorded) with a loop over the parameters that
calls ``.item()``: two metrics and a clone as Cockpit does, and five metrics and a clone as a script
does. C5 compares the bytes the pass must move with what a triad moves in the same process.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from _side_by_side import ratio, report, seconds, take_turns
from torch import Tensor

from paramdyn.measurements.kernels import DriftPass, open_drift_pass
from paramdyn.models import build_model
from paramdyn.parameters import FlatParameters
from paramdyn.specs import ModelSpec

TARGETS = {"lenet": (2, 6), "resnet18": (2, 5), "vgg19": (4, 10)}
REPEATS = {"lenet": 100, "resnet18": 3, "vgg19": 1}


def our_pass(drift: DriftPass, gradients: list[list[Tensor | None]]) -> Callable[[], None]:
    """Return one record without the optimizer's step in its middle."""

    def measure() -> None:
        drift.open(chord_from_last=False, keep_last=False)
        for k, parts in enumerate(gradients):
            drift.before(k)
            drift.after(k, parts)
        drift.close()

    return measure


def two_metric_loop(now: list[Tensor], start: list[Tensor]) -> Callable[[], None]:
    """Return distance and update size as a list of ``.item()``, with a copy for the next step."""
    before = [tensor.clone() for tensor in start]

    def measure() -> None:
        [(p - s).norm(2).item() for p, s in zip(now, start, strict=True)]
        [(p - b).norm(2).item() for p, b in zip(now, before, strict=True)]
        before[:] = [p.clone() for p in now]

    return measure


def five_metric_loop(now: list[Tensor], start: list[Tensor]) -> Callable[[], None]:
    """Return distance, relative distance, cosine, update size and share changed, one by one."""
    before = [tensor.clone() for tensor in start]

    def measure() -> None:
        for k, (p, s) in enumerate(zip(now, start, strict=True)):
            distance, base = (p - s).norm().item(), s.norm().item()
            torch.cosine_similarity(p.flatten(), s.flatten(), dim=0).item()
            (p - before[k]).norm().item()
            (p == s).float().mean().item()
            before[k] = p.clone()
            assert base == 0 or distance / base >= 0

    return measure


def main() -> None:
    """Measure one model and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(TARGETS), default="resnet18")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kernel", choices=["native", "blocked"], default=None)
    options = parser.parse_args()
    torch.manual_seed(0)
    model = build_model(ModelSpec(name=options.model), num_classes=10, image_size=32)
    flat = FlatParameters(model)
    start = flat.values.clone()
    shards = flat.shards(split=True)
    drift = open_drift_pass(flat, start, shards, kernel=options.kernel or "")
    flat.values.add_(torch.randn_like(flat.values), alpha=1e-3)
    slope = torch.randn_like(flat.values)
    gradients: list[list[Tensor | None]] = [
        [slope[piece.start : piece.stop] for piece in shard.pieces] for shard in shards
    ]
    now = [parameter.detach() for parameter in flat.parameters]
    first = [flat.view(start, index) for index in range(len(now))]
    a, b, c = (torch.rand(1 << 25) for _ in range(3))
    repeat = REPEATS[options.model]
    with torch.no_grad():
        figures = take_turns(
            {
                "our pass": seconds(our_pass(drift, gradients), repeat=repeat),
                "two metrics, .item()": seconds(two_metric_loop(now, first), repeat=repeat),
                "five metrics, .item()": seconds(five_metric_loop(now, first), repeat=repeat),
                "triad": seconds(lambda: torch.add(b, c, alpha=2.0, out=a)),
            },
            rounds=options.rounds,
        )
    scalars = sum(info.count for info in flat.table)
    touched, fetched = (
        [
            (size * scalars / ours) / (3 * a.nbytes / triad)
            for ours, triad in zip(figures["our pass"], figures["triad"], strict=True)
        ]
        for size in (16, 12)
    )
    least = TARGETS[options.model]
    report(
        f"C4, C5: one pass over {options.model}",
        figures,
        unit="seconds",
        ratios={
            "two metrics / our pass": ratio(figures, "two metrics, .item()", "our pass"),
            "five metrics / our pass": ratio(figures, "five metrics, .item()", "our pass"),
            "share of the triad's bandwidth, 16 bytes a scalar that it touches": touched,
            "share of the triad's bandwidth, 12 bytes that must come from memory": fetched,
        },
        target=f">= {least[0]}, >= {least[1]}; bandwidth >= 0.75 above 10 M parameters",
        kernel=drift.name,
    )


if __name__ == "__main__":
    main()
