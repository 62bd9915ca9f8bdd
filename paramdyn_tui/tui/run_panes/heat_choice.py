"""Which heatmap of a run is drawn, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeatChoice:
    """How a heatmap is drawn.

    Attributes:
        measure: The measurement.
        axis: What runs to the right.
        normalise: Whether each row has a scale of its own.
        log: Whether levels are equal ratios.
        window: What is shown from left to right; None: all that is planned.
    """

    measure: str
    axis: str = "epoch"
    normalise: bool = False
    log: bool = False
    window: tuple[float, float] | None = None
