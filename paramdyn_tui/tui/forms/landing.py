"""Where a person finds themselves after the start: at the run, or at the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import ParamdynError
from paramdyn_tui.tui.forms.checking import will_compare
from paramdyn_tui.tui.forms.form import Form

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp

BESIDE = ("twin", "rounding-twin", "order", "independent")
"""Controls that go over the same steps as the child."""


def land(app: ParamdynApp, form: Form, paths: Sequence[Path]) -> None:
    """Show what was started: one run by itself, several marked, a fork beside its controls.

    Args:
        app: The application.
        form: What was asked for.
        paths: Folders of the runs, those that were there already among them.
    """
    bench = app.bench
    if len(paths) == 1:
        app.open_run(paths[0])
        app.say(f"started: {paths[0].name}")
        return
    compared = will_compare(form)
    for old in bench.marked:
        app.leave_run(old)
    arms = {path: _arm(path) for path in paths}
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
