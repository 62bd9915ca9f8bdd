"""Dialogs of the screens of one run: which measurement, which baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.run_panes.measures import about, chosen_measure, recorded_measures
from paramdyn_tui.tui.widgets.charted import chosen

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.watching.view import RunView

MOST = 200
"""Runs that a dialog offers; the table of runs has them all."""


def choose_measure(app: ParamdynApp, view: RunView | None, then: Callable[[], object]) -> None:
    """Ask which measurement heatmaps show, remember it, and go on."""
    names = recorded_measures(view) if view is not None else []
    if view is None or not names:
        app.say("This run records no measurement of its layers.", "warn")
        return

    def take(name: str | None) -> None:
        if name is not None:
            app.settings.measure = name
            then()

    choices = [Choice(name, name, about(name)) for name in names]
    here = chosen_measure(view, app.settings.measure)
    app.push_screen(ChoiceDialog("What the heatmap shows", choices, here), take)


def choose_baseline(app: ParamdynApp, view: RunView | None, then: Callable[[], object]) -> None:
    """Ask which run is the baseline, remember it on the bench, and go on."""
    listed = app.bench.list_seen
    rows = [row for row in listed.rows if view is None or row.path != view.path] if listed else []
    if not rows:
        app.say("There is no other run to compare with.", "warn")
        return

    def take(name: str | None) -> None:
        if name is not None:
            app.bench.baseline = Path(name)
            then()

    choices = [Choice(str(row.path), row.name, why) for row, why in _by_kin(rows, view)[:MOST]]
    app.push_screen(ChoiceDialog("Baseline", choices), take)


def _by_kin(rows: list[RunSummary], view: RunView | None) -> list[tuple[RunSummary, str]]:
    """Return runs with what they are to the open one: relatives first."""
    name = view.name if view is not None else ""
    parent = view.summary.parent_run if view is not None and view.summary is not None else ""
    base = view.summary.control_of if view is not None and view.summary is not None else ""
    named = []
    for row in rows:
        kin = ""
        if row.name == parent:
            kin = "its parent"
        elif row.name == base:
            kin = "what it is a control of"
        elif row.control_of == name:
            kin = f"its control: {row.arm}"
        elif parent and row.parent_run == parent:
            kin = f"also from {parent}"
        named.append((row, kin or row.status))
    order = {"its parent": 0, "what it is a control of": 1}
    return sorted(
        named,
        key=lambda pair: order.get(pair[1], 2 if pair[1].startswith(("its", "also")) else 3),
    )


def ask_for_pattern(app: ParamdynApp, names: Sequence[str], then: Callable[[], object]) -> None:
    """Ask which parameters the layers screen shows, and show it while it is typed."""
    from paramdyn_tui.tui.dialogs.prompt import Prompt

    settings = app.settings

    def check(text: str) -> str:
        try:
            found = chosen(names, text)
        except ValueError as error:
            return str(error)
        return "" if found or not names else f"no parameter matches '{text}'"

    def show(text: str | None) -> None:
        if text is not None:
            settings.layers = text.strip()
            then()

    ends = list(dict.fromkeys([*(f"*.{name.rpartition('.')[2]}" for name in names), *names]))
    prompt = Prompt(
        "layers: parts of names, globs such as *.weight, /expressions/, !without; empty: all",
        settings.layers, check=check, changed=show,
        propose=lambda text: [end for end in ends if end.startswith(text)],
    )  # fmt: skip
    app.push_screen(prompt, show)
