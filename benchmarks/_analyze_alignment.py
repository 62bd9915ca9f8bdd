"""A part of ``analyze_speed.py``: the alignment of two VGG19, one restart, in a process of its own.

The networks have first values of two seeds: the hardest case, in which nearly every unit changes
its place. The planted one is the first network with its units permuted, which must come back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from _side_by_side import peak_mb

from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.permutation import match_weights
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.models import build_model
from paramdyn.specs import ModelSpec

MOST_GIB = 24
KINDS = ("independent", "permuted")


def measure(_images: int, _rounds: int) -> dict[str, Any]:
    """Align once each way; an alignment takes too long for rounds."""
    results = {}
    for kind in KINDS:
        command = [sys.executable, str(Path(__file__)), kind]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        results[kind] = json.loads(done.stdout)
    return {
        "figures": {kind: [result["seconds"]] for kind, result in results.items()},
        "ratios": {},
        "target": f"peak of the process <= {MOST_GIB} GiB; the permuted copy is found again",
        **results,
    }


def align(kind: str) -> dict[str, Any]:
    """Align two VGG19 and return what it took."""
    torch.manual_seed(0)
    model = build_model(ModelSpec(name="vgg19"), num_classes=10, image_size=32)
    structure = structure_of(model, image_size=32)
    first = model.state_dict()
    if kind == "permuted":
        random = torch.Generator().manual_seed(0)
        moved = {
            name: torch.randperm(group.units, generator=random)
            for name, group in structure.groups.items()
        }
        second = Alignment(structure, moved).apply(first)
    else:
        torch.manual_seed(1)
        second = build_model(ModelSpec(name="vgg19"), num_classes=10, image_size=32).state_dict()
    started = time.perf_counter()
    found = match_weights(first, second, structure, restarts=1)
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "sweeps": found.sweeps,
        "distance": found.l2,
        "peak GiB": round(peak_mb() * 1e6 / 2**30, 2),
    }


if __name__ == "__main__":
    print(json.dumps(align(sys.argv[1])))
