"""``paramdyn ls``: the runs, one a line."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paramdyn_tui.cli.options import Json, Runs

if TYPE_CHECKING:
    from paramdyn.store.run_index import RunSummary

COLUMNS = (
    "id", "status", "model", "dataset", "init", "optimizer", "epoch", "test acc", "age",
)  # fmt: skip

SPARE = ("optimizer", "init", "dataset", "model", "epoch")
"""Columns that a narrow terminal does without, the first one first: the id says most of it."""


def ls(
    sort: Annotated[
        str, typer.Option("--sort", metavar="COLUMN", help="age, test, epoch, id, status, model.")
    ] = "age",
    limit: Annotated[
        int, typer.Option("--limit", min=0, metavar="N", help="Only so many; 0: all.")
    ] = 0,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """List the runs, newest first.

    A run whose folder cannot be read is listed too; what is wrong with it goes to stderr.
    """
    from paramdyn.store.run_folder import runs_folder
    from paramdyn.store.run_index import list_runs
    from paramdyn_tui.cli import output

    key = sort_key(sort)
    folder = runs_folder(runs)
    found = list_runs(folder)
    if sort != "age":
        found = sorted(found, key=key)
    shown = found[:limit] if limit else found
    if json:
        output.result_json([facts(summary) for summary in shown])
        return
    if not shown:
        output.talk(f"No runs in {folder}. Make one: paramdyn run")
        return
    output.table(
        COLUMNS,
        [row(summary) for summary in shown],
        right=("epoch", "test acc", "age"),
        optional=SPARE,
    )
    for summary in shown:
        if summary.problem:
            output.talk(f"{summary.name}: {summary.problem}")


def sort_key(name: str) -> Callable[[RunSummary], Any]:
    """Return what to sort by.

    Raises:
        UnknownName: There is no such column.
    """
    from paramdyn.errors import UnknownName
    from paramdyn.registry import unknown_name

    keys: dict[str, Callable[[RunSummary], Any]] = {
        "age": lambda run: run.created,
        "test": lambda run: -_test_accuracy(run, missing=-math.inf),
        "epoch": lambda run: -run.epoch,
        "id": lambda run: run.name,
        "status": lambda run: run.status,
        "model": lambda run: (run.model, run.dataset),
    }
    if name not in keys:
        listing = ", ".join(keys)
        raise UnknownName(unknown_name("column", name, list(keys), where="--sort", listing=listing))
    return keys[name]


def row(run: RunSummary) -> list[str]:
    """Return the texts of one line."""
    from paramdyn_tui.formatting import NOTHING, number, percent

    accuracy = run.metrics.get("test/accuracy")
    return [
        run.name,
        run.status,
        run.model or NOTHING,
        run.dataset or NOTHING,
        run.initializer or NOTHING,
        run.optimizer or NOTHING,
        number(run.epoch),
        percent(accuracy),
        _age(run.created),
    ]


def facts(run: RunSummary) -> dict[str, Any]:
    """Return what ``--json`` prints of one run."""
    return {**dataclasses.asdict(run), "id": run.name, "path": str(run.path)}


def _test_accuracy(run: RunSummary, *, missing: float) -> float:
    value = run.metrics.get("test/accuracy", missing)
    return missing if math.isnan(value) else value


def _age(created: str) -> str:
    from datetime import UTC, datetime

    from paramdyn_tui.formatting import NOTHING, age

    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return NOTHING
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return age(max((datetime.now(UTC) - when).total_seconds(), 0.0))
