"""What ``paramdyn run`` is about to train: a table on stderr, and the result of ``--dry-run``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from paramdyn.specs.arms import BASE, arm_of
from paramdyn.specs.controls import start_of
from paramdyn_tui.cli import output
from paramdyn_tui.formatting import count

if TYPE_CHECKING:
    from paramdyn_tui.launch.jobs import Planned

COLUMNS = ("arm", "run", "state", "what it is")
OPTIONAL = ("what it is", "run")


def dry_run(planned: Sequence[Planned], *, json: bool) -> None:
    """Print what would be trained."""
    if json:
        output.result_json(facts(planned))
        return
    columns, rows = _filled(planned)
    output.table(columns, rows, optional=OPTIONAL)
    output.result(_total(planned))


def announce(planned: Sequence[Planned]) -> None:
    """Say on stderr what will be trained."""
    columns, rows = _filled(planned)
    room = output.width() if output.is_live(sys.stderr) else math.inf
    shown = output.fitting(columns, rows, optional=OPTIONAL, room=room)
    cells = [[row[columns.index(column)] for column in shown] for row in rows]
    for line in output.aligned(shown, cells).split("\n"):
        output.talk(line)
    output.talk(_total(planned))


def facts(planned: Sequence[Planned]) -> dict[str, Any]:
    """Return what ``--dry-run --json`` prints."""
    trained = [item.job for item in planned if not item.job.existing]
    return {
        "runs": [_facts(item, planned) for item in planned],
        "to_train": len(trained),
        "existing": len(planned) - len(trained),
        "epochs": sum(job.spec.training.epochs for job in trained),
    }


def _facts(item: Planned, planned: Sequence[Planned]) -> dict[str, Any]:
    from paramdyn.specs.perturbation_text import format_perturbation

    spec, start = item.job.spec, start_of(item.job.spec)
    of = item.job.of
    return {
        "run": item.run,
        "arm": _arm(item),
        "control_of": planned[of].run if of is not None else "",
        "starts_from": f"{start.run}@{start.step}" if start is not None else "",
        "existing": bool(item.job.existing),
        "seed": spec.seed,
        "perturbations": [format_perturbation(each) for each in spec.perturbations],
        "epochs": spec.training.epochs,
        "max_steps": spec.training.max_steps,
        "about": item.about,
    }


def _arm(item: Planned) -> str:
    spec = item.job.spec
    continues = start_of(spec) is not None
    return arm_of(item.job.arm, continues=continues, perturbed=bool(spec.perturbations))


def _filled(planned: Sequence[Planned]) -> tuple[list[str], list[list[str]]]:
    """Return the columns that say something, and the rows. Where all are base runs, none does."""
    arms = [_arm(item) for item in planned]
    arms = arms if {*arms} != {BASE} else [""] * len(arms)
    rows = [
        [
            arm,
            item.run,
            "there already" if item.job.existing else "to train",
            item.about,
        ]
        for item, arm in zip(planned, arms, strict=True)
    ]
    said = [place for place, _ in enumerate(COLUMNS) if any(row[place] for row in rows)]
    return [COLUMNS[place] for place in said], [[row[place] for place in said] for row in rows]


def _total(planned: Sequence[Planned]) -> str:
    trained = [item.job.spec.training for item in planned if not item.job.existing]
    there = len(planned) - len(trained)
    epochs = sum(training.epochs for training in trained)
    parts = [f"{_runs(len(trained))} to train, {count(epochs)} epochs in all"]
    if any(training.max_steps for training in trained):
        parts.append("fewer where max_steps ends them")
    if there:
        parts.append(f"{_runs(there)} there already")
    return "; ".join(parts) + "."


def _runs(number: int) -> str:
    return f"{count(number)} run" + ("" if number == 1 else "s")
