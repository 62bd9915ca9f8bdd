"""From records and snapshots to answers.

Each question can be asked in Python, too, and returns a plain dataclass::

    from paramdyn.analysis import recovery
    recovery(child, parent, controls).verdicts
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramdyn.analysis.perturbed import recovery

__all__ = ["recovery"]

_HOMES = {"recovery": "paramdyn.analysis.perturbed"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each public name has its own type
    """Import a public name on its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'paramdyn.analysis' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
