"""C8: keeping parameters, against torch.save and torch.load, for a 45 MB and a 558 MB state.

Measured side by side: what the training thread waits for (asking for a snapshot, and what is left
of the copy when the next forward and backward pass is done, against all of torch.save), by how much
that pass takes longer meanwhile, writing a new file until the disk has it, and loading. The state
is one flat buffer, 4-D weights channels_last in it, with the shapes of ResNet18 and VGG19, as in
training; the pass is theirs, of 128 images of 32 x 32.

    python benchmarks/snapshots.py [--small] [--rounds 5] [--folder DIR]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _side_by_side import Figures, ratio, report, seconds, take_turns
from torch import Tensor

from paramdyn.models import build_model
from paramdyn.native.memory_order import copy_in_order
from paramdyn.parameters import FlatParameters
from paramdyn.specs import ModelSpec
from paramdyn.store.snapshots import read_snapshot, write_snapshot
from paramdyn.training.snapshots import SnapshotKeeper

TARGETS = {"blocked": "<= 0.10", "write": ">= 1.8", "load": ">= 10"}


def shapes(model: str) -> list[tuple[int, ...]]:
    """Return the parameter shapes of resnet18 or vgg19 with ten classes."""
    from paramdyn.vision import torchvision

    with torch.device("meta"):
        network = getattr(torchvision().models, model)(num_classes=10)
    return [tuple(parameter.shape) for parameter in network.parameters()]


def views(flat: Tensor, model: str) -> dict[str, Tensor]:
    """Return one view of ``flat`` a parameter, 4-D ones channels_last."""
    found, offset = {}, 0
    for number, shape in enumerate(shapes(model)):
        size = int(np.prod(shape))
        part = flat[offset : offset + size]
        if len(shape) == 4:
            outputs, inputs, height, width = shape
            part = part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
        found[f"parameter.{number}"] = part.view(shape) if len(shape) != 4 else part
        offset += size
    return found


@contextlib.contextmanager
def synced(path: Path) -> Iterator[io.BufferedWriter]:
    """Open ``path`` for writing and wait for the disk at the end."""
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def anew(path: Path, save: Callable[[], object]) -> Callable[[], float]:
    """Return a function that measures one ``save``, each time to a new file."""

    def measure() -> float:
        path.unlink(missing_ok=True)
        return seconds(save)()

    return measure


def copied(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a snapshot in memory of their own; mapping alone reads nothing."""
    return {name: torch.from_numpy(array).clone() for name, array in read_snapshot(path)[0].items()}


def waiting(model: str, folder: Path, rounds: int) -> Figures:
    """Return what training waits for around one pass, and passes with and without a copy."""
    torch.manual_seed(0)
    flat = FlatParameters(build_model(ModelSpec(name=model), num_classes=10, image_size=32))
    images = torch.rand(128, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (128,))
    keeper = SnapshotKeeper(flat)
    path = folder / "kept.safetensors"
    figures: Figures = {"waiting": [], "pass": [], "pass during a copy": []}

    def one_pass() -> None:
        flat.model.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(flat.model(images), labels).backward()

    one_pass()
    for _ in range(rounds):
        figures["pass"].append(seconds(one_pass)())
        asked = seconds(lambda: keeper.keep(path, {"step": "1"}))()
        figures["pass during a copy"].append(seconds(one_pass)())
        figures["waiting"].append(asked + seconds(keeper.settle)())
        keeper.wait()
    keeper.close()
    path.unlink()
    return figures


def measure(model: str, folder: Path, rounds: int) -> dict[str, Any]:
    """Return figures and paired ratios of one state."""
    flat = torch.randn(sum(int(np.prod(shape)) for shape in shapes(model)))
    staging = torch.zeros_like(flat)
    state, staged = views(flat, model), views(staging, model)
    theirs, ours = folder / f"{model}.pt", folder / f"{model}.safetensors"

    def save_theirs() -> None:
        with synced(theirs) as file:
            torch.save(state, file)

    def save_ours() -> None:
        arrays = {name: tensor.numpy() for name, tensor in staged.items()}
        write_snapshot(ours, arrays, {"step": "1"}, copy_in_order)

    staging.copy_(flat)
    figures = waiting(model, folder, rounds) | take_turns(
        {
            "torch.save": anew(theirs, lambda: torch.save(state, theirs)),
            "staging copy": seconds(lambda: staging.copy_(flat)),
            "torch.save + fsync": anew(theirs, save_theirs),
            "write_snapshot": anew(ours, save_ours),
            "torch.load": seconds(lambda: torch.load(theirs, weights_only=True)),
            "read_snapshot": seconds(lambda: read_snapshot(ours)),
            "read_snapshot + copy": seconds(lambda: copied(ours)),
        },
        rounds=rounds,
    )
    back = read_snapshot(ours)[0]
    assert all(np.array_equal(back[name], tensor.numpy()) for name, tensor in state.items())
    return {"size_megabytes": round(flat.nbytes / 1e6, 1), "figures": figures}


def ratios(figures: Figures) -> dict[str, list[float]]:
    """Return what the targets are about, one figure a round."""
    return {
        "blocked": ratio(figures, "waiting", "torch.save"),
        "blocked, if it copied itself": ratio(figures, "staging copy", "torch.save"),
        "pass during a copy / pass": ratio(figures, "pass during a copy", "pass"),
        "write": ratio(figures, "torch.save + fsync", "write_snapshot"),
        "load": ratio(figures, "torch.load", "read_snapshot"),
        "load and copy": ratio(figures, "torch.load", "read_snapshot + copy"),
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--small", action="store_true", help="leave out the 558 MB state")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write (default: the temporary one)")
    options = parser.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for model in ("resnet18",) if options.small else ("resnet18", "vgg19"):
            measured[model] = measure(model, Path(folder), options.rounds)
    report(
        "C8: snapshots against torch.save and torch.load",
        {f"{m}: {name}": v for m in measured for name, v in measured[m]["figures"].items()},
        unit="s",
        ratios={
            f"{model}: {name}": values
            for model in measured
            for name, values in ratios(measured[model]["figures"]).items()
        },
        target=json.dumps(TARGETS),
        size_megabytes={model: measured[model]["size_megabytes"] for model in measured},
    )


if __name__ == "__main__":
    main()
