"""All runs of a folder, for lists: one small file read a run."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.store.atomic import store_error
from paramdyn.store.layout import Layout
from paramdyn.store.state import RunState, effective_status, read_state

BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run in a list.

    Attributes:
        name: Its id.
        path: Its folder.
        status: As ``effective_status`` gives it, or ``broken``.
        model: Name of the model; this and the next six are empty or None when unknown.
        dataset: Name of the data set.
        initializer: Name of the initializer.
        optimizer: Name of the optimizer.
        seed: The run's seed.
        perturbations: As the command line writes them, joined by `` + ``.
        created: ISO 8601 in UTC.
        parent: ``RUN@STEP`` it started from, or empty.
        epoch: Epochs done.
        step: Updates done.
        total_steps: Updates in all.
        metrics: The newest loss and accuracy of each split.
        images_per_s: Training images a second.
        reason: Why it ended, in words.
        problem: Why the folder cannot be read; None when it can.
    """

    name: str
    path: Path
    status: str
    model: str = ""
    dataset: str = ""
    initializer: str = ""
    optimizer: str = ""
    seed: int | None = None
    perturbations: str = ""
    created: str = ""
    parent: str = ""
    epoch: float = 0.0
    step: int = 0
    total_steps: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    images_per_s: float = 0.0
    reason: str = ""
    problem: str | None = None


def list_runs(runs: Path) -> list[RunSummary]:
    """Return every run in ``runs``, newest first; those without a date last.

    A folder that cannot be read is listed with its problem. A missing ``runs`` has no runs.

    Raises:
        StoreError: ``runs`` itself cannot be read.
    """
    try:
        with os.scandir(runs) as entries:
            names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise store_error(runs, "read", error) from error
    summaries = [summarize(runs / name) for name in names]
    return sorted(summaries, key=lambda summary: summary.created, reverse=True)


def summarize(path: Path) -> RunSummary:
    """Return one run's line; never raises."""
    layout = Layout(path)
    try:
        state = read_state(layout)
    except RunIncomplete as error:
        return _from_spec(layout, str(error))
    except StoreError as error:
        return RunSummary(name=path.name, path=path, status=BROKEN, problem=str(error))
    return _summary(path, state.summary, state)


def _summary(path: Path, words: Mapping[str, Any], state: RunState) -> RunSummary:
    seed = words.get("seed")
    texts: dict[str, Any] = {name: str(words.get(name) or "") for name in _TEXTS}
    return RunSummary(
        name=path.name,
        path=path,
        status=effective_status(state),
        seed=seed if isinstance(seed, int) else None,
        epoch=state.epoch,
        step=state.step,
        total_steps=state.total_steps,
        metrics=state.metrics,
        images_per_s=state.images_per_s,
        reason=state.reason,
        **texts,
    )


_TEXTS = (
    "model", "dataset", "initializer", "optimizer", "perturbations", "created", "parent",
)  # fmt: skip


def _from_spec(layout: Layout, problem: str) -> RunSummary:
    """Return what spec.toml alone tells about a run without a readable state.json."""
    path = layout.path
    try:
        spec = tomllib.loads(layout.spec.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return RunSummary(name=path.name, path=path, status=BROKEN, problem=problem)
    tables = ("model", "dataset", "initializer", "optimizer")
    names: dict[str, Any] = {table: _name(spec.get(table)) for table in tables}
    perturbations = spec.get("perturbations")
    listed = perturbations if isinstance(perturbations, list) else []
    seed = spec.get("seed")
    return RunSummary(
        name=path.name,
        path=path,
        status=BROKEN,
        seed=seed if isinstance(seed, int) else None,
        perturbations=" + ".join(_name(each) for each in listed),
        problem=problem,
        **names,
    )


def _name(table: object) -> str:
    return str(table.get("name", "")) if isinstance(table, dict) else ""
