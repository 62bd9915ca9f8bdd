"""paramdyn: train image classifiers while measuring how every parameter moves.

The public names are imported when they are first used, so ``import paramdyn`` costs nothing.
What can be named in a spec is in ``paramdyn.catalogues``, what can go wrong in
``paramdyn.errors``.

>>> import paramdyn
>>> paramdyn.RunSpec().model.name
'lenet'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramdyn import catalogues, errors
    from paramdyn.specs.reader import read_spec
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
    from paramdyn.store.run_folder import RunFolder, find_run
    from paramdyn.store.run_index import list_runs
    from paramdyn.training.run import resume_run, train_run

__version__ = "0.1.0"  # a constant: importlib.metadata needs 50 ms to find it

__all__ = [
    "DatasetSpec",
    "InitializerSpec",
    "ModelSpec",
    "OptimizerSpec",
    "PerturbationSpec",
    "RecordingSpec",
    "RunFolder",
    "RunSpec",
    "ScheduleSpec",
    "SeedSpec",
    "TrainingSpec",
    "__version__",
    "catalogues",
    "errors",
    "find_run",
    "list_runs",
    "read_spec",
    "resume_run",
    "train_run",
]

_HOMES = {
    "RunFolder": "paramdyn.store.run_folder",
    "find_run": "paramdyn.store.run_folder",
    "list_runs": "paramdyn.store.run_index",
    "read_spec": "paramdyn.specs.reader",
    "resume_run": "paramdyn.training.run",
    "train_run": "paramdyn.training.run",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each public name has its own type
    """Import a public name on its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'paramdyn' has no attribute '{name}'")
    if name in ("catalogues", "errors"):
        return importlib.import_module(f"paramdyn.{name}")
    home = importlib.import_module(_HOMES.get(name, "paramdyn.specs.run_spec"))
    globals()[name] = getattr(home, name)
    return globals()[name]


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
