"""Which runs are one experiment with other seeds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from paramdyn.specs.controls import start_of
from paramdyn.specs.recognition import Lookup, nothing_known
from paramdyn.specs.run_id import identity
from paramdyn.specs.run_spec import InitializerSpec, RecordingSpec, RunSpec, SeedSpec

DEEPEST = 100
"""Runs that may start from each other."""


def recipe(spec: RunSpec, spec_of: Lookup = nothing_known) -> str:
    """Return a text that is equal for runs that differ in nothing but seeds and what is recorded.

    Runs that continue others share a recipe when those others do and the step is the same. A
    parent that is gone counts by its name.

    Args:
        spec: The run.
        spec_of: Tells the specs of the runs that it starts from.
    """
    return _recipe(spec, spec_of, DEEPEST)


def _recipe(spec: RunSpec, spec_of: Lookup, left: int) -> str:
    start = start_of(spec)
    if start is not None:
        parent = spec_of(start.run) if left else None
        source = start.run if parent is None else _recipe(parent, spec_of, left - 1)
        spec = replace(spec, initializer=InitializerSpec(name=f"run:{source}@{start.step}"))
    plain = identity(replace(spec, seed=0, seeds=SeedSpec(), recording=RecordingSpec()))
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
