"""The few words about a run that a list of runs shows, kept in state.json so one file suffices."""

from __future__ import annotations

from typing import Any

from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.run_spec import RunSpec


def summary_of(
    spec: RunSpec, *, created: str = "", parent: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return what ``RunState.summary`` should hold.

    Args:
        spec: The run's spec.
        created: ISO 8601 in UTC.
        parent: ``{"run": ..., "step": ...}`` when it started from another run's snapshot.
    """
    return {
        "model": spec.model.name,
        "dataset": spec.dataset.name,
        "initializer": spec.initializer.name,
        "optimizer": spec.optimizer.name,
        "seed": spec.seed,
        "perturbations": " + ".join(format_perturbation(each) for each in spec.perturbations),
        "created": created,
        "parent": parent_text(parent),
    }


def parent_text(parent: dict[str, Any] | None) -> str:
    """Return ``RUN@STEP`` of run.json's ``parent``; nothing without one."""
    return f"{parent.get('run')}@{parent.get('step')}" if parent else ""
