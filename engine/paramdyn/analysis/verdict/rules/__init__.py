"""The hypotheses of the questions, one module per question."""

from __future__ import annotations

from paramdyn.analysis.verdict.hypothesis import Hypothesis
from paramdyn.analysis.verdict.rules import (
    changed,
    connectivity,
    convergence,
    correlation,
    distance,
    distortion,
    recovery,
)
from paramdyn.errors import UnknownName
from paramdyn.registry import nearest_names

__all__ = ["HYPOTHESES", "hypothesis_named"]

HYPOTHESES: dict[str, Hypothesis] = {
    each.name: each
    for module in (changed, distance, recovery, distortion, correlation, convergence, connectivity)
    for each in module.HYPOTHESES
}
"""Every hypothesis by its name."""


def hypothesis_named(name: str) -> Hypothesis:
    """Return the hypothesis of this name.

    Args:
        name: Such as ``same-weights``.

    Returns:
        It.

    Raises:
        UnknownName: There is none; the nearest names are suggested.
    """
    if name in HYPOTHESES:
        return HYPOTHESES[name]
    nearest = nearest_names(name, list(HYPOTHESES)) or sorted(HYPOTHESES)
    raise UnknownName(
        f"hypothesis: {name!r} is not known. Expected one of those that questions have. "
        f"Did you mean {', '.join(nearest)}?"
    )
