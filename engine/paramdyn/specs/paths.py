"""The files that a spec names, written so that they mean the same from any directory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from paramdyn.specs.run_spec import RunSpec


def with_absolute_paths(spec: RunSpec) -> RunSpec:
    """Return ``spec`` with the paths of its data folder and its weights file made absolute.

    They are part of a run's id, so this comes before the id is made.
    """
    kind, _, path = spec.dataset.name.partition(":")
    if kind == "folder":
        name = f"folder:{Path(path).expanduser().absolute()}"
        spec = replace(spec, dataset=replace(spec.dataset, name=name))
    if spec.initializer.weights:
        weights = str(Path(spec.initializer.weights).expanduser().absolute())
        spec = replace(spec, initializer=replace(spec.initializer, weights=weights))
    return spec
