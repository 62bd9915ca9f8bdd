"""run.json of a prepared run: who computes what, with which versions, where."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import paramdyn
from paramdyn import devices
from paramdyn.parameters import buffer_table
from paramdyn.specs.arms import arm_of
from paramdyn.store.manifest import Manifest
from paramdyn.store.process import this_process
from paramdyn.training.prepare import Prepared

_VERSIONED = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "safetensors")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is known of a run besides its spec, for the record only.

    Attributes:
        data_folder: Where data sets are looked for.
        command: The command line.
        arm: Which control it is, such as ``twin``; empty for none.
        control_of: Name of the run that it is a control of; empty when it is none.
    """

    data_folder: Path
    command: tuple[str, ...] = ()
    arm: str = ""
    control_of: str = ""


def manifest_of(run: Prepared, request: Request, *, name: str) -> Manifest:
    """Return what run.json of a run that starts here and at this moment holds.

    Args:
        run: The run in memory.
        request: What else is known of it.
        name: Its folder's name.
    """
    me = this_process()
    data = run.data
    return Manifest(
        id=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        paramdyn=paramdyn.__version__,
        versions={
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _VERSIONED},
        },
        git=_git(),
        host=me.host,
        boot_id=me.boot_id,
        pid=me.pid,
        process_start=me.process_start,
        device=str(run.device),
        device_name=devices.device_name(run.device),
        threads=torch.get_num_threads(),
        precision=run.spec.training.precision,
        kernel=run.drift.name if run.drift is not None else "none",
        parent=_parent(run),
        dataset={
            "name": run.spec.dataset.name,
            "train": len(data.train.labels),
            "validation": len(data.validation.labels) if data.validation is not None else 0,
            "test": len(data.test.labels),
            "classes": list(data.class_names),
            "mean": list(data.mean),
            "deviation": list(data.deviation),
        },
        steps_per_epoch=run.batches.steps_per_epoch,
        total_steps=run.total_steps,
        record_steps=len(run.record_steps),
        parameters=run.flat.table,
        buffers=buffer_table(run.model),
        initial_sha256=run.initial_hash,
        reach=run.reach.rows(),
        perturbations=[dataclasses.asdict(report) for report in run.perturbations],
        command=list(request.command),
        data_folder=str(request.data_folder.absolute()),
        arm=arm_of(
            request.arm,
            continues=_parent(run) is not None,
            perturbed=bool(run.spec.perturbations),
        ),
        control_of=request.control_of,
    )


def _parent(run: Prepared) -> dict[str, Any] | None:
    """Return which snapshot of which run this one started from, if any."""
    origin = run.provenance
    return {"run": origin["run"], "step": origin["step"]} if "run" in origin else None


def _git() -> dict[str, Any] | None:
    """Return the commit of the working directory, if it is one's own repository."""
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=5
        )
        status = subprocess.run(
            ["git", "status", "--porcelain"], capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit.stdout.strip(), "dirty": bool(status.stdout.strip())}
