"""Memory of a run: what is held, tensor by tensor, and the peak of the whole process."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import psutil
from _engine import Engine, spec_for
from _side_by_side import machine, peak_mb


def resident_mb() -> float:
    """Return the resident memory of this process in MB (10^6 bytes)."""
    return psutil.Process().memory_info().rss / 1e6


def main() -> None:
    """Train a few recorded steps of one model and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="vgg19")
    parser.add_argument("--optimizer", default="sgd")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3)
    options = parser.parse_args()
    bare = resident_mb()
    with tempfile.TemporaryDirectory() as folder:
        spec = spec_for(
            options.model, optimizer=options.optimizer, batch=options.batch, images=1280, every=1
        )
        engine = Engine(spec, Path(folder))
        prepared = resident_mb()
        engine.steps(options.steps, every=1)
        trained = resident_mb()
        engine.close()
    run = engine.run
    drift = run.drift
    assert drift is not None
    peak = max(peak_mb(), prepared, trained)  # the system's mark can lag behind
    held = {
        "weights": run.flat.values.nbytes,
        "gradients": sum(p.grad.nbytes for p in run.flat.parameters if p.grad is not None),
        "optimizer state": run.optimizer.state_bytes(),
        "reference copy (start)": drift.start.nbytes,
        "bit flags": drift.ever_gradient.nbytes + drift.ever_changed.nbytes,
        "scratch for one shard": drift.scratch.nbytes,
    }
    held_mb = {name: round(size / 1e6, 1) for name, size in held.items()}
    print(
        json.dumps(
            {
                "claim": f"memory of {options.model} with {options.optimizer}, every step recorded",
                "unit": "MB (10^6 bytes)",
                "held": held_mb,
                "held in all": round(sum(held_mb.values()), 1),
                "process": {
                    "after imports": round(bare, 1),
                    "prepared": round(prepared, 1),
                    "after training": round(trained, 1),
                    "peak": round(peak, 1),
                },
                "peak - imports - held: activations, workspaces, images": round(
                    peak - bare - sum(held_mb.values()), 1
                ),
                "batch": options.batch,
                "kernel": drift.name,
                "machine": machine(),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
