"""The value that a person wants a quantity to reach: a dotted line across its charts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from paramdyn_tui.tui.widgets.charted import Panel

if TYPE_CHECKING:
    from paramdyn_tui.tui.widgets.chart_grid import ChartGrid

TARGET = "target"


def with_target(panel: Panel, targets: Mapping[str, float]) -> Panel:
    """Return a chart with the target of its quantity among its lines across, if it has one."""
    if panel.quantity not in targets or panel.is_difference:
        return panel
    return replace(panel, references={**panel.references, TARGET: targets[panel.quantity]})


def target_of(text: str) -> float | None:
    """Return the value that a text says, such as ``0.9``, ``90%`` or ``1e-3``.

    None: it says no target.

    Raises:
        ValueError: It is neither empty nor a finite number; the message says so.
    """
    text = text.strip()
    if not text:
        return None
    share = text.endswith("%")
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is no number. Expected one such as 0.9, 90% or 1e-3.")
    return value / 100 if share else value


def ask_for_target(grid: ChartGrid) -> None:
    """Ask for the target of the focused chart's quantity; it is drawn while it is typed."""
    from typing import cast

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.dialogs.prompt import Prompt

    app = cast("ParamdynApp", grid.app)
    name = grid.focused_chart or next(iter(grid.shown_names()), "")
    panel = grid.panel(name) if name else None
    if panel is None or not panel.quantity:
        app.say("There is no chart that could have a target.", "warn")
        return
    if panel.is_difference:
        app.say("Differences have no target: values do.", "warn")
        return
    quantity, targets = panel.quantity, grid.settings.targets
    before = targets.get(quantity)

    def check(text: str) -> str:
        try:
            target_of(text)
        except ValueError as error:
            return str(error)
        return ""

    def show(text: str | None) -> None:
        value = before if text is None else target_of(text)
        if value is None:
            targets.pop(quantity, None)
        else:
            targets[quantity] = value
            grid.settings.references = True
        grid.changed()

    title = f"target of {quantity}, such as {'0.9 or 90%' if panel.better == 'max' else '0.1'}"
    prompt = Prompt(
        f"{title}; empty: none", "" if before is None else f"{before:g}", check=check, changed=show
    )
    app.push_screen(prompt, show)
