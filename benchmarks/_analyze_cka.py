"""A part of ``analyze_speed.py``: CKA of all layers of two ResNet18, three ways.

``ours``: one pass of both, moments summed batch by batch. ``full batch``: the same features of all
images kept, then HSIC of n x n kernels by its formula, a kernel of each pair's second layer at a
time. ``hooks``: the loop of torch-cka 0.21, written again: of each batch every pair of layers gets
its two kernels of flattened outputs anew, and three HSICs. The passes are part of each. The child
processes at the end show what memory each needs for how many images.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _side_by_side import peak_mb, ratio, seconds, take_turns
from numpy.typing import NDArray
from torch import Tensor, nn

from paramdyn.analysis.layer_table import LayerTable
from paramdyn.analysis.layers import compared_layers, pooled, unit_axis
from paramdyn.models import build_model
from paramdyn.probes.forward import ProbeBatch, forward_all
from paramdyn.specs import ModelSpec

BATCH = 250
Layers = list[str]
Batches = list[tuple[Tensor, Tensor]]


def measure(images: int, rounds: int) -> dict[str, Any]:
    """Time all three on the same images, compare their values, and look at memory."""
    models, layers, batches = prepared(images)
    found: dict[str, NDArray[np.float64]] = {}

    def keep(name: str, function: Any) -> Any:  # noqa: ANN401 - a function of three arguments
        def run() -> None:
            found[name] = function(models, layers, batches)

        return seconds(run)

    variants = {
        "ours": keep("ours", ours),
        "full batch": keep("full batch", full_batch),
        "hooks (torch-cka)": keep("hooks (torch-cka)", hooks),
        "passes alone": seconds(lambda: forward_all(models, batches, [], layers={})),
    }
    figures = take_turns(variants, rounds=rounds, warm_up=False)
    off = float(np.abs(found["ours"] - found["full batch"]).max())
    return {
        "figures": figures,
        "ratios": {
            "full batch / ours": ratio(figures, "full batch", "ours"),
            "hooks / ours": ratio(figures, "hooks (torch-cka)", "ours"),
        },
        "target": "both > 1, values of full batch equal to 1e-6, memory flat in images",
        "images": images,
        "layers": len(layers),
        "largest difference from full batch": off,
        "equal to 1e-6": off <= 1e-6,
        "peak MB by images": {
            name: {str(n): peak(name, n) for n in (images, 2 * images)}
            for name in ("ours", "full batch")
        },
    }


def prepared(images: int) -> tuple[dict[str, nn.Module], Layers, Batches]:
    """Return two ResNet18 with first values, their layers, and seeded images."""
    models = {}
    for name, seed in (("one", 0), ("other", 1)):
        torch.manual_seed(seed)
        models[name] = build_model(ModelSpec(name="resnet18"), num_classes=10, image_size=32).eval()
    random = torch.Generator().manual_seed(0)
    every = torch.randn(images, 3, 32, 32, generator=random)
    labels = torch.zeros(images, dtype=torch.int64)
    batches = list(zip(every.split(BATCH), labels.split(BATCH), strict=True))
    return models, compared_layers(models["one"], every[:2]), batches


def ours(models: dict[str, nn.Module], layers: Layers, batches: Batches) -> NDArray[np.float64]:
    """Return the CKA of all layers as ``paramdyn analyze correlation`` computes it."""
    keys = ("one", "end"), ("other", "end")
    table = LayerTable(keys, (layers, layers))
    table.name_models(
        {key: key[0] for key in keys}, {key: models[key[0]] for key in keys}
    )  # fmt: skip
    forward_all(models, batches, [table], layers=dict.fromkeys(models, layers))
    return np.array([[value.value for value in row] for row in table.results()], dtype=np.float64)


def full_batch(
    models: dict[str, nn.Module], layers: Layers, batches: Batches
) -> NDArray[np.float64]:
    """Return the same by definition: all features at once, HSIC₁ of n x n kernels."""
    kept = _Features(models, layers)
    forward_all(models, batches, [kept], layers=dict.fromkeys(models, layers))
    one, other = (
        [torch.cat(kept.batches[name, layer]) for layer in layers] for name in ("one", "other")
    )
    own = [_unbiased(kernel := _kernel(y), kernel) for y in other]
    rows = []
    for x in one:
        first = _kernel(x)
        size = _unbiased(first, first)
        rows.append(
            [
                _unbiased(first, _kernel(y)) / (size * mine) ** 0.5
                for y, mine in zip(other, own, strict=True)
            ]
        )
    return np.array(rows)


@torch.no_grad()
def hooks(models: dict[str, nn.Module], layers: Layers, batches: Batches) -> NDArray[np.float64]:
    """Return minibatch CKA of flattened outputs as torch-cka computes it, without its defects.

    (Its defects are hooks that see what an in-place activation left, and that are never removed.)
    """
    features: dict[str, dict[str, Tensor]] = {name: {} for name in models}
    handles = []
    for name, model in models.items():
        for layer in layers:

            def note(
                _module: nn.Module, _inputs: object, out: Tensor, *, at: str = layer, of: str = name
            ) -> None:
                features[of][at] = out.clone()

            handles.append(model.get_submodule(layer).register_forward_hook(note))
    sums = torch.zeros(len(layers), len(layers), 3, dtype=torch.float64)
    for images, _ in batches:
        for model in models.values():
            model(images)
        for i, layer in enumerate(layers):
            x = features["one"][layer].flatten(1)
            first = (x @ x.T).fill_diagonal_(0.0)
            sums[i, :, 0] += _hsic(first, first)
            for j, other in enumerate(layers):
                y = features["other"][other].flatten(1)
                second = (y @ y.T).fill_diagonal_(0.0)
                sums[i, j, 1] += _hsic(first, second)
                sums[i, j, 2] += _hsic(second, second)
    for handle in handles:
        handle.remove()
    return (sums[:, :, 1] / (sums[:, :, 0].sqrt() * sums[:, :, 2].sqrt())).numpy()


def peak(variant: str, images: int) -> float:
    """Return the peak memory in MB of a process that does one of them once."""
    command = [sys.executable, str(Path(__file__)), variant, str(images)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


class _Features:
    """Keeps what is compared of every layer; a consumer of ``forward_all``."""

    def __init__(self, models: dict[str, nn.Module], layers: Layers) -> None:
        self._models = models
        self.batches: dict[tuple[str, str], list[Tensor]] = {
            (name, layer): [] for name in models for layer in layers
        }

    def add(self, batch: ProbeBatch) -> None:
        for (name, layer), found in self.batches.items():
            values = batch.models[name].features[layer]
            module = self._models[name].get_submodule(layer)
            found.append(pooled(values, unit_axis(module, values)))


def _kernel(x: Tensor) -> Tensor:
    return (x @ x.T).fill_diagonal_(0.0)


def _unbiased(k: Tensor, l: Tensor) -> float:  # noqa: E741 - K and L, as in the paper
    n = len(k)
    trace, rows = torch.sum(k * l), k.sum(0) @ l.sum(0)
    value = trace + k.sum() * l.sum() / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)
    return float(value / (n * (n - 3)))


def _hsic(k: Tensor, l: Tensor) -> Tensor:  # noqa: E741 - K and L, as in the paper
    n = len(k)
    ones = torch.ones(n, 1)
    value = torch.trace(k @ l)
    value = value + (ones.T @ k @ ones @ ones.T @ l @ ones).item() / ((n - 1) * (n - 2))
    value = value - (ones.T @ k @ l @ ones).item() * 2 / (n - 2)
    return value / (n * (n - 3))


if __name__ == "__main__":
    {"ours": ours, "full batch": full_batch}[sys.argv[1]](*prepared(int(sys.argv[2])))
    print(peak_mb())
