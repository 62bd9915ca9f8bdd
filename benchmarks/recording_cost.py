"""C3: what recording costs, as a share of a training step.

The engine trains one network with recording switched off, on at every step, and on at every tenth,
in blocks of steps that take turns.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from _engine import Engine, spec_for
from _side_by_side import ratio, report, seconds, take_turns

TARGETS = {"lenet": 0.02, "resnet18": 0.05, "vgg19": 0.06}
BLOCKS = {"lenet": 30, "resnet18": 5, "vgg19": 1}
ROUNDS = {"lenet": 120, "resnet18": 15, "vgg19": 7}


def main() -> None:
    """Measure one model and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(TARGETS), default="lenet")
    parser.add_argument("--optimizer", default="sgd")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=0, help="0: as many as the model needs")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    block = BLOCKS[options.model]
    rounds = options.rounds or ROUNDS[options.model]
    tenth = max(10, block)
    with tempfile.TemporaryDirectory() as folder:
        spec = spec_for(
            options.model, optimizer=options.optimizer, batch=options.batch, images=2560, every=1
        )
        engine = Engine(spec, Path(folder))
        figures = take_turns(
            {
                "off": seconds(lambda: engine.steps(block, every=0)),
                "every step": seconds(lambda: engine.steps(block, every=1)),
            },
            rounds=rounds,
        )
        rare = take_turns(
            {
                "off, tenth": seconds(lambda: engine.steps(tenth, every=0)),
                "every tenth": seconds(lambda: engine.steps(tenth, every=10)),
            },
            rounds=max(3, rounds // (tenth // block)),
        )
        kernel = engine.run.drift.name if engine.run.drift is not None else "none"
        engine.close()
    figures = {name: [value / block for value in values] for name, values in figures.items()}
    rare = {name: [value / tenth for value in values] for name, values in rare.items()}
    cost = [value - 1 for value in ratio(figures, "every step", "off")]
    rare_cost = [value - 1 for value in ratio(rare, "every tenth", "off, tenth")]
    report(
        f"C3: cost of recording {options.model} as a share of a step",
        figures | rare,
        unit="seconds a step",
        ratios={"every step": cost, "every tenth": rare_cost},
        target=f"every step <= {TARGETS[options.model]}, every tenth <= 0.005",
        kernel=kernel,
        batch=options.batch,
        optimizer=options.optimizer,
    )


if __name__ == "__main__":
    main()
