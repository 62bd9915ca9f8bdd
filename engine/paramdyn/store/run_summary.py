"""One run in a list of runs: the few facts that state.json keeps, and how to make them from it."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paramdyn.errors import ParamdynError
from paramdyn.regular_files import read_regular
from paramdyn.specs.arms import arm_of
from paramdyn.store.layout import SCHEMA_VERSION, Layout
from paramdyn.store.non_finite import NON_FINITE
from paramdyn.store.process import is_copied
from paramdyn.store.state import ENDED, LIVE, RunState, disowned, effective_status, silence

BROKEN = "broken"
STATUSES = (
    "queued", "starting", "running", "paused", "suspended", "stale",
    "finished", "stopped", "failed", "diverged", "crashed", BROKEN,
)  # fmt: skip
"""Every status that a list can show."""
ALIVE = frozenset({"starting", "running", "paused", "suspended"})
"""Statuses of a run that a process of this machine, or one heard of lately, works on."""

LARGEST_INT = 2**1000
"""No float holds a larger whole number; a file that was edited may."""

Facts = list[Any]
"""What a list keeps of one state.json, as plain values in the order that ``facts_of`` gives."""

_PROCESS = ("pid", "process_start", "boot_id", "host", "heartbeat", "started")


@dataclass(slots=True, kw_only=True)
class RunSummary:
    """One run in a list.

    Attributes:
        name: Its id.
        runs: The folder that its own folder lies in.
        status: One of ``STATUSES``.
        model: Name of the model; this and the next eight are empty or None when unknown.
        dataset: Name of the data set.
        initializer: Name of the initializer.
        optimizer: Name of the optimizer.
        seed: The run's seed.
        perturbations: As the command line writes them, joined by `` + ``.
        created: ISO 8601 in UTC.
        parent: ``RUN@STEP`` it started from, or empty.
        arm: ``base``, ``child``, ``continued`` or a control's name; empty when it cannot be told.
        control_of: Name of the run that it is a control of, or empty.
        epoch: Epochs done.
        step: Updates done.
        total_steps: Updates in all.
        metrics: The newest loss and accuracy of each split.
        images_per_s: Training images a second.
        reason: Why it ended, or behind whom it waits, in words.
        spec: Dotted name of each field of the spec that is not the default, with its value; None
            when state.json does not tell. ``fields_of`` completes it.
        pid: Process that works on it; 0 when none did yet, or none does any more.
        silence: Seconds since the last heartbeat; None when the run has ended.
        problem: Why the folder cannot be read; None when it can.
    """

    name: str
    runs: Path
    status: str
    model: str = ""
    dataset: str = ""
    initializer: str = ""
    optimizer: str = ""
    seed: int | None = None
    perturbations: str = ""
    created: str = ""
    parent: str = ""
    arm: str = ""
    control_of: str = ""
    epoch: float = 0.0
    step: int = 0
    total_steps: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    images_per_s: float = 0.0
    reason: str = ""
    spec: dict[str, Any] | None = None
    pid: int = 0
    silence: float | None = None
    problem: str | None = None

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.runs / self.name

    @property
    def parent_run(self) -> str:
        """Name of the run it started from, without the step; empty for none."""
        return self.parent.rpartition("@")[0] or self.parent


def facts_of(data: object) -> Facts | None:
    """Return what a list keeps of the content of a state.json.

    None when anything about it is not as this version writes it: ``read_state`` says what.
    """
    if not isinstance(data, dict) or data.get("schema_version", 1) != SCHEMA_VERSION:
        return None
    status, summary, metrics = data.get("status"), data.get("summary", {}), data.get("metrics", {})
    numbers = [data.get(name, 0) for name in ("epoch", "step", "total_steps", "images_per_s")]
    reason = data.get("reason", "")
    process = (
        None
        if isinstance(status, str) and status in ENDED
        else [data.get(name, usual) for name, usual in _IDLE.items()]
    )
    if not (
        isinstance(status, str)
        and (status in LIVE or status in ENDED)
        and isinstance(summary, dict)
        and isinstance(reason, str)
        and isinstance(metrics, dict)
        and all(map(_is_metric, metrics.values()))
        and all(map(_is_number, numbers))
        and type(numbers[1]) is type(numbers[2]) is int
        and (process is None or all(map(_same_kind, process, _IDLE.values())))
    ):
        return None
    spec, seed = summary.get("spec"), summary.get("seed")
    return [
        status,
        *(str(summary.get(name) or "") for name in _TEXTS),
        seed if type(seed) is int and _is_number(seed) else None,
        *numbers,
        metrics,
        reason,
        spec if isinstance(spec, dict) else None,
        process,
    ]


def facts_of_state(state: RunState) -> Facts | None:
    """Return what a list keeps of a state that ``read_state`` gave."""
    return facts_of({name: getattr(state, name) for name in RunState.__slots__})


def summary_from(name: str, runs: Path, facts: Facts) -> RunSummary:
    """Return the summary of what ``facts_of`` kept; a living process is looked up now.

    Raises:
        ValueError: ``facts`` has another length.
    """
    (
        status, model, dataset, initializer, optimizer, perturbations, created, parent, arm,
        control_of, seed, epoch, step, total_steps, images_per_s, metrics, reason, spec, process,
    ) = facts  # fmt: skip
    pid, silent = 0, None
    if process is not None:
        *process, written_in = process
        state = RunState(status=status, **dict(zip(_PROCESS, process, strict=True)))
        if is_copied(runs / name, written_in):
            state = disowned(state)
        pid, silent = state.pid, silence(state)
        status = effective_status(state)
        reason = reason if status == state.status else ""  # why it waits, and it does no longer
    if model:  # else it was written by other hands, and nothing tells what it is
        continues = bool(parent) or initializer.startswith("run:")
        arm = arm_of(arm, continues=continues, perturbed=bool(perturbations))
    return RunSummary(
        name=name, runs=runs, status=status, model=model, dataset=dataset, initializer=initializer,
        optimizer=optimizer, seed=seed, perturbations=perturbations, created=created,
        parent=parent, arm=arm, control_of=control_of, epoch=epoch, step=step,
        total_steps=total_steps, metrics=_restored(metrics), images_per_s=images_per_s,
        reason=reason, spec=spec, pid=pid, silence=silent,
    )  # fmt: skip


def summary_from_spec(name: str, runs: Path, problem: str) -> RunSummary:
    """Return what spec.toml alone tells about a run without a readable state.json."""
    found = RunSummary(name=name, runs=runs, status=BROKEN, problem=problem)
    try:
        spec = tomllib.loads(read_regular(Layout(found.path).spec).decode())
    except (OSError, ValueError):
        return found
    for table in ("model", "dataset", "initializer", "optimizer"):
        setattr(found, table, _name(spec.get(table)))
    perturbations = spec.get("perturbations")
    listed = perturbations if isinstance(perturbations, list) else []
    found.perturbations = " + ".join(_name(each) for each in listed)
    if found.initializer:
        continues = found.initializer.startswith("run:")
        found.arm = arm_of("", continues=continues, perturbed=bool(listed))
    found.seed = seed if type(seed := spec.get("seed")) is int else None
    return found


def fields_of(run: RunSummary) -> Mapping[str, Any] | None:
    """Return the fields of the run's spec that are not the defaults, dotted; None when unknown.

    A run whose state.json does not tell (of an older version, or broken) has its spec.toml read.
    """
    return _fields_in(str(run.path)) if run.spec is None else run.spec


def default_of(run: RunSummary, key: str) -> Any:  # noqa: ANN401 - any plain value
    """Return what a field of the spec is where the run's spec says nothing; None if unknown."""
    return options_of(run).get(key)


def options_of(run: RunSummary) -> Mapping[str, Any]:
    """Return every field that a run has which names what this one names, with its default."""
    schedule = str((run.spec or {}).get("schedule.name", ""))
    names = (run.model, run.dataset, run.initializer, run.optimizer, schedule)
    return _usual(tuple(name.partition(":")[0] for name in names))


@functools.lru_cache(maxsize=256)
def _usual(names: tuple[str, ...]) -> Mapping[str, Any]:
    from paramdyn.specs.flat import completed

    sections = ("model", "dataset", "initializer", "optimizer", "schedule")
    given = zip(sections, names, strict=True)
    return completed({f"{section}.name": name for section, name in given if name})


@functools.lru_cache(maxsize=65536)
def _fields_in(folder: str) -> Mapping[str, Any] | None:
    from paramdyn.specs.flat import non_default_fields
    from paramdyn.specs.reader import read_spec

    try:
        return non_default_fields(read_spec(Path(folder, "spec.toml")))
    except ParamdynError:
        return None


_TEXTS = (
    "model", "dataset", "initializer", "optimizer", "perturbations", "created", "parent", "arm",
    "control_of",
)  # fmt: skip
_IDLE: dict[str, Any] = {
    "pid": 0, "process_start": 0.0, "boot_id": "", "host": "", "heartbeat": 0.0, "started": 0.0,
    "folder": "",
}  # fmt: skip


def _is_number(value: object) -> bool:
    return type(value) is float or (type(value) is int and -LARGEST_INT < value < LARGEST_INT)


def _is_metric(value: object) -> bool:
    return _is_number(value) or (isinstance(value, str) and value in NON_FINITE)


def _same_kind(value: object, usual: object) -> bool:
    return type(value) is type(usual) or (type(usual) is float and type(value) is int)


def _restored(metrics: dict[str, Any]) -> dict[str, float]:
    for value in metrics.values():
        if type(value) is str:
            return {name: NON_FINITE.get(each, each) for name, each in metrics.items()}
    return metrics


def _name(table: object) -> str:
    return str(table.get("name", "")) if isinstance(table, dict) else ""
