"""A run's model at step 0: built, initialized and perturbed as its spec says, always alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from paramdyn import seeding
from paramdyn.initializers import InitializerContext, initialize
from paramdyn.models import build_model
from paramdyn.perturbations import PerturbationReport, perturb
from paramdyn.specs import RunSpec
from paramdyn.specs.controls import seed_of


def starting_model(
    spec: RunSpec, *, runs: Path, classes: int, origin: Path | None = None
) -> tuple[nn.Module, dict[str, Any], list[PerturbationReport]]:
    """Build the model on the CPU, whatever the run's device, so that draws are the same everywhere.

    Args:
        spec: Validated, plug-ins loaded.
        runs: Where ``run:RUN`` is looked for.
        classes: Outputs of the model.
        origin: The file that ``run:RUN`` means if it is there, whatever became of that run.

    Returns:
        The model, where its initial values came from, and what each perturbation changed.

    Raises:
        BadRequest: Something asked for cannot be had; the message says what.
    """
    seed = seed_of(spec, "initialization")

    def build() -> nn.Module:
        return build_model(spec.model, num_classes=classes, image_size=spec.dataset.image_size)

    with seeding.global_stream(seed, "initialization"):
        model = build()
    argument = spec.initializer.name.partition(":")[2]
    context = InitializerContext(
        seed=seed,
        model_name=spec.model.name,
        argument=argument,
        weights=spec.initializer.weights,
        runs=runs,
        origin=origin,
        num_classes=classes,
        rebuild=build,
    )
    provenance = initialize(model, spec.initializer, context)
    reports = perturb(
        model,
        spec.perturbations,
        seed=seed_of(spec, "perturbation"),
        initializer_spec=spec.initializer,
        context=context,
    )
    return model, provenance, reports
