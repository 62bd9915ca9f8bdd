"""Which measurements a run has, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paramdyn.catalogues import MEASUREMENTS

if TYPE_CHECKING:
    from paramdyn_tui.watching.view import RunView

NO_ROWS = ("classes",)
"""Measurements that are no number a parameter."""
SHORT = {
    "relative_displacement": "‖θt-θ0‖/‖θ0‖",
    "displacement": "‖θt-θ0‖",
    "direction_change": "1-cos(θt,θ0)",
    "update_ratio": "‖Δθ‖/‖θ‖",
    "update_norm": "‖Δθ‖",
    "weight_norm": "‖θ‖",
    "gradient_norm": "‖∇L‖",
}
"""Measurement -> its formula, for a title."""
PLAIN = {
    "relative_displacement": "|wt-w0|/|w0|",
    "displacement": "|wt-w0|",
    "direction_change": "1-cos(wt,w0)",
    "update_ratio": "|dw|/|w|",
    "update_norm": "|dw|",
    "weight_norm": "|w|",
    "gradient_norm": "|grad L|",
}
"""The same in ASCII."""


def recorded_measures(view: RunView) -> list[str]:
    """Return the measurements that a run records, by its spec, with a value a parameter.

    Those that have been read are among them, whatever the spec says.
    """
    recording: Any = view.spec.get("recording", {})
    asked: Any = recording.get("what", []) if isinstance(recording, Mapping) else []
    names = [str(each) for each in asked] if isinstance(asked, list) else []
    names = [name for name in names if not name.startswith("buffer") or view.buffers]
    return [name for name in dict.fromkeys([*names, *view.drift]) if name not in NO_ROWS]


def chosen_measure(view: RunView, wished: str) -> str:
    """Return the measurement to show: the wished one if it is recorded, else the first of note."""
    names = recorded_measures(view)
    for name in (wished, "relative_displacement", "displacement", *names):
        if name in names:
            return name
    return ""


def about(measure: str) -> str:
    """Return what a measurement is, in a few words; empty for one that is not known here."""
    return MEASUREMENTS.entry(measure).summary if measure in MEASUREMENTS else ""


def formula(measure: str, *, ascii_only: bool) -> str:
    """Return the formula of a measurement for a title; empty where it says no more than a name."""
    return (PLAIN if ascii_only else SHORT).get(measure, "")
