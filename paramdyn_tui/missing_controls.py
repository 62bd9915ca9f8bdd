"""Which controls a perturbed run lacks, and how it is compared with those that it has."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from paramdyn.errors import ParamdynError
from paramdyn.specs.controls import CONTROLS, INDEPENDENT_PARENT, start_of
from paramdyn.specs.reader import read_spec
from paramdyn.store.run_folder import RunFolder

_COMING = ("queued", "starting", "running", "paused", "suspended", "stale")


def missing_controls(folder: RunFolder, controls: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the controls that ``run --controls`` would train, in its order.

    Empty for a run that continues no other one or perturbs nothing, for one whose ancestors are
    gone, and for a control.

    Args:
        folder: The run.
        controls: The ``controls`` of ``run_page.relatives``; those that are coming do not lack.
    """
    from paramdyn_tui.cli.job_options import planned_from
    from paramdyn_tui.cli.options import RunOptions

    coming = {row["arm"] for row in controls if row["status"] in _COMING}
    try:
        spec = read_spec(folder.layout.spec)
        if start_of(spec) is None or not spec.perturbations:
            return []
        options = RunOptions(spec=folder.path, controls="all", quiet=True)
        planned = planned_from(options, runs=folder.path.parent)
    except (ParamdynError, OSError):
        return []
    lacking = {item.job.arm for item in planned if not item.job.existing} - coming
    return [name for name in CONTROLS if name in lacking]


def command_for_missing(folder: RunFolder) -> str:
    """Return the arguments that train what a run lacks."""
    return f"run {shlex.quote(str(folder.path))} --controls"


def command_to_compare(run: str) -> str:
    """Return the arguments that draw a run together with its controls, over the same steps."""
    return f"plot {run} --where 'of={run} -arm={INDEPENDENT_PARENT}'"
