"""A part of ``analyze_speed.py``: CKA of all layers of two ResNet18, three ways.

``ours``: one pass of both, moments summed batch by batch. ``full batch``: the same features of all
images kept, then HSIC of n x n kernels by its formula; a kernel of 10,000 images takes 800 MB, so
those of the second model are computed anew for as many layers of the first as fit into ``ROOM``.
``hooks``: the loop of torch-cka 0.21, written again: of each batch every pair of layers gets its
two kernels of flattened outputs anew, and three HSICs. Their passes are part of each. Every figure
is of a process of its own, whose peak memory is told too; images are drawn batch by batch, so that
they take none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _side_by_side import peak_mb, ratio, take_turns
from numpy.typing import NDArray
from torch import Tensor, nn

from paramdyn.analysis.layer_table import LayerTable
from paramdyn.analysis.layers import compared_layers, pooled, unit_axis
from paramdyn.models import build_model
from paramdyn.probes.forward import Batches, ProbeBatch, forward_all
from paramdyn.specs import ModelSpec

BATCH = 250
ROOM = 6 * 10**9
"""Bytes that kernels of the first model may take at once."""
FEWER = (500, 2000)
"""Other numbers of images, to see how memory grows."""
HOOKS = "hooks (torch-cka)"
Layers = list[str]
Values = NDArray[np.float64]


def measure(images: int, rounds: int) -> dict[str, Any]:
    """Time all three on the same images, compare their values, and look at memory."""
    with tempfile.TemporaryDirectory() as folder:
        peaks: dict[str, dict[int, float]] = {name: {} for name in WAYS}

        def turn(name: str, count: int = images) -> float:
            found = _child(name, count, Path(folder) / f"{name}.npy")
            peaks[name][count] = max(found["peak MB"], peaks[name].get(count, 0.0))
            seconds: float = found["seconds"]
            return seconds

        for name in ("ours", "full batch"):
            for fewer in FEWER:
                turn(name, fewer)
        figures = take_turns(
            {name: lambda name=name: turn(name) for name in WAYS},  # type: ignore[misc]
            rounds=rounds,
            warm_up=False,
        )
        tables = {name: np.load(Path(folder) / f"{name}.npy") for name in ("ours", "full batch")}
    off = float(np.abs(tables["ours"] - tables["full batch"]).max())
    return {
        "figures": figures,
        "ratios": {
            "full batch / ours": ratio(figures, "full batch", "ours"),
            "hooks / ours": ratio(figures, HOOKS, "ours"),
        },
        "target": "both > 1, values of full batch equal to 1e-6, memory flat in images",
        "images": images,
        "layers": len(tables["ours"]),
        "largest difference from full batch": off,
        "equal to 1e-6": off <= 1e-6,
        "peak MB by images": peaks,
    }


class Drawn(Batches):
    """Seeded images, drawn when they are asked for."""

    def __init__(self, images: int) -> None:
        self._sizes = [min(BATCH, images - begin) for begin in range(0, images, BATCH)]

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for seed, size in enumerate(self._sizes):
            random = torch.Generator().manual_seed(seed)
            images = torch.randn(size, 3, 32, 32, generator=random)
            yield images, torch.zeros(size, dtype=torch.int64)


def prepared(images: int) -> tuple[dict[str, nn.Module], Layers, Batches]:
    """Return two ResNet18 with first values, their layers, and seeded images."""
    models = {}
    for name, seed in (("one", 0), ("other", 1)):
        torch.manual_seed(seed)
        models[name] = build_model(ModelSpec(name="resnet18"), num_classes=10, image_size=32).eval()
    batches = Drawn(images)
    return models, compared_layers(models["one"], next(iter(batches))[0][:2]), batches


def passes_alone(models: dict[str, nn.Module], layers: Layers, batches: Batches) -> Values:
    """Run both models, for nothing."""
    forward_all(models, batches, [], layers={})
    return np.zeros((len(layers), len(layers)))


def ours(models: dict[str, nn.Module], layers: Layers, batches: Batches) -> Values:
    """Return the CKA of all layers as ``paramdyn analyze correlation`` computes it."""
    keys = ("one", "end"), ("other", "end")
    table = LayerTable(keys, (layers, layers))
    table.name_models(
        {key: key[0] for key in keys}, {key: models[key[0]] for key in keys}
    )  # fmt: skip
    forward_all(models, batches, [table], layers=dict.fromkeys(models, layers))
    return np.array([[value.value for value in row] for row in table.results()], dtype=np.float64)


def full_batch(models: dict[str, nn.Module], layers: Layers, batches: Batches) -> Values:
    """Return the same by definition: all features at once, HSIC₁ of n x n kernels."""
    kept = _Features(models, layers)
    forward_all(models, batches, [kept], layers=dict.fromkeys(models, layers))
    one, other = (
        [torch.cat(kept.batches.pop((name, layer))) for layer in layers]
        for name in ("one", "other")
    )
    fit = max(1, ROOM // (8 * len(one[0]) ** 2))
    found = np.zeros((len(one), len(other)))
    for begin in range(0, len(one), fit):
        firsts = [_Kernel(x) for x in one[begin : begin + fit]]
        sizes = [_unbiased(first, first) for first in firsts]
        for j, y in enumerate(other):
            second = _Kernel(y)
            mine = _unbiased(second, second)
            for i, (first, size) in enumerate(zip(firsts, sizes, strict=True), begin):
                found[i, j] = _unbiased(first, second) / (size * mine) ** 0.5
            del second
    return found


@torch.no_grad()
def hooks(models: dict[str, nn.Module], layers: Layers, batches: Batches) -> Values:
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


class _Kernel:
    """A kernel without its diagonal, and its sums."""

    def __init__(self, x: Tensor) -> None:
        self.values = (x @ x.T).fill_diagonal_(0.0)
        self.rows = self.values.sum(0)
        self.total = float(self.rows.sum())


def _unbiased(k: _Kernel, l: _Kernel) -> float:  # noqa: E741 - K and L, as in the paper
    n = len(k.rows)
    trace, rows = float(k.values.view(-1) @ l.values.view(-1)), float(k.rows @ l.rows)
    value = trace + k.total * l.total / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)
    return value / (n * (n - 3))


def _hsic(k: Tensor, l: Tensor) -> Tensor:  # noqa: E741 - K and L, as in the paper
    n = len(k)
    ones = torch.ones(n, 1)
    value = torch.trace(k @ l)
    value = value + (ones.T @ k @ ones @ ones.T @ l @ ones).item() / ((n - 1) * (n - 2))
    value = value - (ones.T @ k @ l @ ones).item() * 2 / (n - 2)
    return value / (n * (n - 3))


WAYS: dict[str, Callable[[dict[str, nn.Module], Layers, Batches], Values]] = {
    "ours": ours,
    "full batch": full_batch,
    HOOKS: hooks,
    "passes alone": passes_alone,
}


def _child(name: str, images: int, file: Path) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__)), name, str(images), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    given = prepared(int(sys.argv[2]))
    started = time.perf_counter()
    np.save(sys.argv[3], WAYS[sys.argv[1]](*given))
    taken = time.perf_counter() - started
    print(json.dumps({"seconds": taken, "peak MB": round(peak_mb(), 1)}))
