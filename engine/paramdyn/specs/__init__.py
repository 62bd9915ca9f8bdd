"""What to run: frozen data, no torch, no files opened except by ``reader``.

The names are imported when they are first used: a list of runs reads no spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import (
        DatasetSpec,
        InitializerSpec,
        ModelSpec,
        OptimizerSpec,
        PerturbationSpec,
        RecordingSpec,
        RunSpec,
        ScheduleSpec,
        SeedSpec,
        TrainingSpec,
    )

__all__ = [
    "DatasetSpec",
    "InitializerSpec",
    "ModelSpec",
    "OptimizerSpec",
    "PerturbationSpec",
    "RecordingSpec",
    "RunSpec",
    "ScheduleSpec",
    "SeedSpec",
    "TrainingSpec",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each public name has its own type
    """Import a public name on its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'paramdyn.specs' has no attribute '{name}'")
    from paramdyn.specs import run_spec

    globals()[name] = getattr(run_spec, name)
    return globals()[name]
