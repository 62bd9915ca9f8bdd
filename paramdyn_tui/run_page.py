"""What ``show`` tells of a run beside its summary: relatives, state, best metrics, files, next."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn.errors import ParamdynError
from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.reader import read_spec
from paramdyn.store.export.columns import size_now, stream
from paramdyn.store.export.tables import manifest_or_none, snapshot_rows
from paramdyn.store.run_folder import RunFolder, find_run
from paramdyn.store.state import LIVE, RunState, effective_status, silence
from paramdyn_tui.launch.onward import can_resume, has_begun
from paramdyn_tui.missing_controls import command_for_missing, command_to_compare

if TYPE_CHECKING:
    from paramdyn.store.manifest import Manifest
    from paramdyn.store.run_index import RunSummary

DEEPEST = 64
"""Ancestors that are followed: a chain that a person made is shorter, and a circle ends."""
SILENT = 10.0
"""Seconds without a heartbeat that are worth telling."""


def ancestors(folder: RunFolder, manifest: Manifest | None) -> list[dict[str, Any]]:
    """Return the runs it descends from, nearest first, with what was changed on the way down.

    Each is ``run``, ``step`` (of its snapshot that the next one started from), ``perturbations``
    (of the run that started from it), and ``found``: whether its folder is there.
    """
    chain: list[dict[str, Any]] = []
    seen = {folder.path.resolve()}
    while manifest is not None and manifest.parent and len(chain) < DEEPEST:
        name, step = str(manifest.parent.get("run")), manifest.parent.get("step")
        entry = {"run": name, "step": step, "perturbations": _perturbations(folder)}
        parent = _nearby(folder, name)
        chain.append({**entry, "found": parent is not None})
        if parent is None or parent.path.resolve() in seen:
            break
        seen.add(parent.path.resolve())
        folder, manifest = parent, _manifest(parent)
    return chain


def relatives(folder: RunFolder, rows: Iterable[RunSummary]) -> dict[str, list[dict[str, Any]]]:
    """Return the ``children`` (started from it) and ``controls`` (run beside it) of a run."""
    children, controls = [], []
    for row in rows:
        facts = {
            "run": row.name,
            "status": row.status,
            "perturbations": row.perturbations,
            "arm": getattr(row, "arm", ""),
        }
        if Path(row.parent.rpartition("@")[0]).name == folder.name:
            children.append({**facts, "step": row.parent.rpartition("@")[2]})
        if Path(getattr(row, "control_of", "")).name == folder.name:
            controls.append(facts)
    return {"children": children, "controls": controls}


def status_text(state: RunState) -> str:
    """Return the status with what one should know about it: since when silent, why it ended."""
    from paramdyn_tui.formatting import duration

    status = effective_status(state)
    quiet = silence(state)
    text = status
    if status == "crashed":
        text = f"{status}: its process is gone; last heard of {duration(quiet)} ago"
    elif status == "stale":
        text = f"{status}: on {state.host or 'another machine'}, silent for {duration(quiet)}"
    elif status in LIVE and state.pid and quiet > SILENT:
        text = f"{status}; last heard of {duration(quiet)} ago"
    holds = state.reason and status == state.status  # nobody waits behind others any more
    return f"{text}: {state.reason}" if holds else text


def seconds_left(state: RunState) -> float | None:
    """Return an estimate of the time a running run still needs; None when it cannot be told."""
    if effective_status(state) != "running" or not state.step or not state.total_steps:
        return None
    spent = state.heartbeat - state.started
    return max(spent / state.step * (state.total_steps - state.step), 0.0)


def best_metrics(folder: RunFolder) -> dict[str, dict[str, Any]]:
    """Return metric -> its best ``value``, with ``step`` and ``epoch``.

    Of test and validation; the highest accuracy, the lowest loss, the first one of equals.
    """
    path = folder.layout.metrics
    best: dict[str, dict[str, Any]] = {}
    for record in stream(path, size_now(path)):
        for name, value in record.items():
            split, _, kind = name.partition("/")
            if split not in ("test", "validation") or kind not in ("accuracy", "loss"):
                continue
            if not isinstance(value, int | float) or not math.isfinite(value):
                continue
            known = best.get(name, {}).get("value")
            better = known is None or (value > known if kind == "accuracy" else value < known)
            if better:
                place = {"step": record["step"], "epoch": record.get("epoch")}
                best[name] = {"value": value, **place}
    return best


def files_of(folder: RunFolder) -> list[dict[str, Any]]:
    """Return each file of the folder with its size; snapshots with their names and steps."""
    names: dict[str, list[str]] = {}
    try:
        for row in snapshot_rows(folder):
            names.setdefault(row["file"], []).append(f"{row['name']} (step {row['step']})")
    except ParamdynError:
        names = {}
    found = []
    for path in sorted(folder.path.rglob("*")):
        try:
            if path.is_file():
                name = path.relative_to(folder.path).as_posix()
                about = ", ".join(names.get(str(path), ()))
                found.append({"file": name, "size_bytes": path.stat().st_size, "about": about})
        except OSError:  # it was removed meanwhile
            continue
    return found


def next_commands(
    folder: RunFolder,
    state: RunState,
    *,
    family: Mapping[str, Any],
    known: Iterable[str],
    more: str = "",
) -> list[dict[str, str]]:
    """Return what one may want to do next: a ``command`` and what it is ``for``.

    Args:
        folder: The run.
        state: Its state.
        family: As ``relatives`` returns it, with ``ancestors`` and ``missing_controls``.
        known: The commands that there are; others are not suggested.
        more: What is to be added to each for the runs folder to be found again.
    """
    status, name = effective_status(state), folder.name
    ideas: list[tuple[str, str]] = []
    if not has_begun(folder) and status not in LIVE:
        spec = shlex.quote(str(folder.layout.spec))
        return [{"command": f"paramdyn run {spec}{more}", "for": "train it"}]
    if status in ("paused", "suspended"):
        ideas.append((f"resume {name}", "let it go on"))
    if status in LIVE or status == "suspended":
        ideas += [(f"attach {name}", "watch it"), (f"stop {name}", "stop it, to resume later")]
    elif can_resume(folder):
        kept = folder.layout.checkpoint.exists()
        origin = "its last checkpoint" if kept else "its start"
        ideas.append((f"resume {name}", f"carry on from {origin}"))
    if has_begun(folder):
        ideas.append((f"plot {name}", "draw it"))
    if status == "finished":
        parents: Sequence[Mapping[str, Any]] = family["ancestors"]
        if parents and parents[0]["found"]:
            ideas.append((f"diff {parents[0]['run']} {name}", "compare it with its parent"))
        if any(row["status"] == "finished" for row in family["controls"]):
            ideas.append((command_to_compare(name), "draw it with its controls"))
        ideas.append((f"run --from {name} --perturb sign-flip", "perturb it and train on"))
        ideas.append((f"export {name} --to csv", "get the numbers out"))
    if family.get("missing_controls"):
        ideas.append((command_for_missing(folder), "train the controls it lacks"))
    commands = set(known)
    return [
        {"command": f"paramdyn {text}{more}", "for": reason}
        for text, reason in ideas
        if text.split()[0] in commands
    ]


def _perturbations(folder: RunFolder) -> str:
    try:
        spec = read_spec(folder.layout.spec)
    except ParamdynError:
        return ""
    return " + ".join(format_perturbation(each) for each in spec.perturbations)


def _nearby(folder: RunFolder, name: str) -> RunFolder | None:
    try:
        return find_run(folder.path.parent, name)
    except ParamdynError:
        return None


def _manifest(folder: RunFolder) -> Manifest | None:
    try:
        return manifest_or_none(folder)
    except ParamdynError:
        return None
