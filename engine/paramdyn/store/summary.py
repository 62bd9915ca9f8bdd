"""The few words about a run that a list of runs shows, kept in state.json so one file suffices."""

from __future__ import annotations

from typing import Any

from paramdyn.specs.arms import arm_of
from paramdyn.specs.flat import non_default_fields
from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.run_spec import RunSpec


def summary_of(
    spec: RunSpec,
    *,
    created: str = "",
    parent: dict[str, Any] | None = None,
    arm: str = "",
    control_of: str = "",
) -> dict[str, Any]:
    """Return what ``RunState.summary`` should hold.

    Args:
        spec: The run's spec.
        created: ISO 8601 in UTC.
        parent: ``{"run": ..., "step": ...}`` when it started from another run's snapshot.
        arm: Which control it is, such as ``twin``; empty for none: then its spec tells its arm.
        control_of: Name of the run that it is a control of.

    Returns:
        Texts and the seed under the names that a list shows, and ``spec``: the dotted name of each
        field that is not the default, with its value (``paramdyn.specs.flat``).
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
        "arm": arm_of(
            arm,
            continues=parent is not None or spec.initializer.name.startswith("run:"),
            perturbed=bool(spec.perturbations),
        ),
        "control_of": control_of,
        "spec": non_default_fields(spec),
    }


def parent_text(parent: dict[str, Any] | None) -> str:
    """Return ``RUN@STEP`` of run.json's ``parent``; nothing without one."""
    return f"{parent.get('run')}@{parent.get('step')}" if parent else ""
