"""From a spec to everything a run needs in memory: the only assembler.

All that can be wrong with a request is found here, before a run folder exists.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from paramdyn import devices
from paramdyn.catalogues import MEASUREMENTS
from paramdyn.datasets import EvaluationBatches, PreparedDataset, TrainingBatches, load_dataset
from paramdyn.errors import BadRequest
from paramdyn.measurements.kernels import DriftPass, open_drift_pass
from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.reach import Reach, structural_reach
from paramdyn.parameters import FlatParameters
from paramdyn.perturbations import PerturbationReport
from paramdyn.specs import RunSpec
from paramdyn.specs.controls import seed_of
from paramdyn.specs.learning_rate import learning_rate_at
from paramdyn.specs.schedule import record_steps
from paramdyn.starting import starting_model
from paramdyn.training.memory import explaining_memory
from paramdyn.training.sharded_optimizer import ShardedOptimizer

log = logging.getLogger(__name__)

EVALUATION_BATCH = 500


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A run in memory, at step 0.

    Attributes:
        spec: Fully resolved: device and threads are the ones in use.
        device: Where everything below is.
        data: The images.
        batches: Training batches, order and augmentation included.
        evaluations: Split -> its batches, in order: ``validation`` if there is one, and ``test``.
        model: Its parameters are views of ``flat``.
        flat: The parameters.
        start: Their values at step 0, or None when nothing compares with them.
        start_buffers: The model's buffers at step 0.
        optimizer: Steps ``flat``.
        drift: The pass that measures steps, or None when nothing asked for it.
        measurements: What is recorded of the parameters.
        record_steps: When.
        reach: Which scalars can never get a gradient.
        provenance: Where the initial values came from.
        perturbations: What was changed about them.
        initial_hash: sha256 of the state at step 0.
        total_steps: Updates of the whole run.
    """

    spec: RunSpec
    device: torch.device
    data: PreparedDataset
    batches: TrainingBatches
    evaluations: dict[str, EvaluationBatches]
    model: nn.Module
    flat: FlatParameters
    start: Tensor | None
    start_buffers: list[Tensor]
    optimizer: ShardedOptimizer
    drift: DriftPass | None
    measurements: list[Measurement]
    record_steps: tuple[int, ...]
    reach: Reach
    provenance: dict[str, Any]
    perturbations: list[PerturbationReport]
    initial_hash: str
    total_steps: int

    def buffers(self) -> list[Tensor]:
        """Return the model's persistent buffers in ``state_dict`` order."""
        parameters = {name for name, _ in self.model.named_parameters(remove_duplicate=False)}
        state = self.model.state_dict()
        return [tensor for name, tensor in state.items() if name not in parameters]

    def seed_of(self, stream: str) -> int:
        """Return the seed of one random stream."""
        return seed_of(self.spec, stream)

    def rate_at(self, step: int) -> float:
        """Return the learning rate of the update that makes ``step`` into ``step + 1``."""
        return learning_rate_at(
            self.spec,
            step,
            total_steps=self.total_steps,
            steps_per_epoch=self.batches.steps_per_epoch,
        )


def prepare(
    spec: RunSpec, *, runs: Path, data_folder: Path, origin: Path | None = None
) -> Prepared:
    """Load, build, initialize, perturb.

    Args:
        spec: Validated, plug-ins loaded.
        runs: Where ``run:RUN`` is looked for.
        data_folder: Where data sets are looked for.
        origin: The file that ``run:RUN`` means if it is there, whatever became of that run.

    Raises:
        BadRequest: Something asked for cannot be had; the message says what.
    """
    device = devices.resolve_device(spec.training.device)
    devices.configure(device, precision=spec.training.precision, threads=spec.training.threads)
    data = _data(spec, data_folder)
    model, provenance, reports = starting_model(
        spec, runs=runs, origin=origin, classes=len(data.class_names)
    )
    reach = structural_reach(model, image_size=spec.dataset.image_size)
    model = model.to(device)
    flat = FlatParameters(model)
    model.train()
    optimizer = _optimizer(spec, flat)
    measurements = [MEASUREMENTS.get(name) for name in spec.recording.what]
    batches = _batches(spec, data, device)
    total = _total_steps(spec, batches)
    steps = record_steps(
        spec.recording.when, total_steps=total, steps_per_epoch=batches.steps_per_epoch
    )
    start = flat.values.clone() if measurements and steps else None
    run = Prepared(
        spec=replace(
            spec,
            training=replace(spec.training, device=str(device), threads=torch.get_num_threads()),
        ),
        device=device,
        data=data,
        batches=batches,
        evaluations=_evaluations(data, device),
        model=model,
        flat=flat,
        start=start,
        start_buffers=[],
        optimizer=optimizer,
        drift=None if start is None else open_drift_pass(flat, start, optimizer.shards),
        measurements=measurements,
        record_steps=steps,
        reach=reach,
        provenance=provenance,
        perturbations=reports,
        initial_hash=flat.state_hash(),
        total_steps=total,
    )
    run.start_buffers = [buffer.clone() for buffer in run.buffers()]
    return run


def _optimizer(spec: RunSpec, flat: FlatParameters) -> ShardedOptimizer:
    optimizer = ShardedOptimizer(flat, spec.optimizer)
    if not optimizer.shards:
        raise BadRequest(
            f"model.name: '{spec.model.name}' has no parameter that requires a gradient, so there "
            "is nothing to train. Choose another model, or let it train some of its parameters."
        )
    return optimizer


def _total_steps(spec: RunSpec, batches: TrainingBatches) -> int:
    total = spec.training.epochs * batches.steps_per_epoch
    return min(total, spec.training.max_steps) if spec.training.max_steps else total


def _data(spec: RunSpec, folder: Path) -> PreparedDataset:
    with explaining_memory(spec, loading=True):
        return load_dataset(spec.dataset, data_folder=folder, split_seed=seed_of(spec, "split"))


def _batches(spec: RunSpec, data: PreparedDataset, device: torch.device) -> TrainingBatches:
    return TrainingBatches(
        data.train,
        batch_size=spec.training.batch_size,
        order_seed=seed_of(spec, "order"),
        augmentation_seed=seed_of(spec, "augmentation"),
        augmentation=spec.dataset.augmentation,
        mean=data.mean,
        deviation=data.deviation,
        device=device,
    )


def _evaluations(data: PreparedDataset, device: torch.device) -> dict[str, EvaluationBatches]:
    return {
        name: EvaluationBatches(
            split,
            batch_size=EVALUATION_BATCH,
            mean=data.mean,
            deviation=data.deviation,
            device=device,
        )
        for name, split in (("validation", data.validation), ("test", data.test))
        if split is not None
    }
