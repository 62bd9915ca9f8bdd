"""What to run: frozen data, no torch, no files opened except by ``reader``."""

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
