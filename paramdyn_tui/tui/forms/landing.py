"""Where a person finds themselves after the start: at the run, or at the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import ParamdynError
from paramdyn_tui.tui.children import asked
from paramdyn_tui.tui.forms.checking import will_compare
from paramdyn_tui.tui.forms.form import Form
from paramdyn_tui.tui.forms.words import command_of

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp

BESIDE = ("twin", "rounding-twin", "order", "independent")
"""Controls that go over the same steps as the child."""


@dataclass(frozen=True, slots=True)
class Started:
    """What was started.

    Attributes:
        arms: Folder of each run -> what it is in its experiment; those that were there already are
            among them.
        compared: Whether it is to be laid beside its controls.
    """

    arms: Mapping[Path, str]
    compared: bool


def started(form: Form) -> Started:
    """Start what a form says, detached. It takes as long as the first run takes to begin.

    Raises:
        FailedWork: The command refused, in its words.
    """
    facts = asked([*command_of(form)[1:], "--json"])
    paths = [Path(each["path"]) for each in (facts if isinstance(facts, list) else [facts])]
    return Started({path: _arm(path) for path in paths}, will_compare(form))


def land(app: ParamdynApp, made: Started) -> None:
    """Show what was started: one run by itself, several marked, a fork beside its controls."""
    bench, arms, compared = app.bench, made.arms, made.compared
    paths = list(arms)
    if len(paths) == 1:
        app.open_run(paths[0])
        app.say(f"started: {paths[0].name}")
        return
    for old in bench.marked:
        app.leave_run(old)
    shown = [path for path in paths if not compared or arms[path] in (*BESIDE, "child")]
    bench.marked = shown
    twins = [path for path in shown if arms[path] == "twin"]
    bench.baseline = twins[0] if compared and twins else None
    for path in shown:
        app.follow_run(path)
    app.open_run(next((path for path in shown if arms[path] == "child"), paths[0]),
                 "compare" if compared else "runs")  # fmt: skip
    app.say(f"started: {len(paths)} runs, one after another")


def _arm(path: Path) -> str:
    """Return what a run is in its experiment, as its state tells."""
    from paramdyn.store.layout import Layout
    from paramdyn.store.state import read_state

    try:
        return str(read_state(Layout(path)).summary.get("arm", ""))
    except ParamdynError:
        return ""
