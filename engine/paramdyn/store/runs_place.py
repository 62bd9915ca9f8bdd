"""Where runs are kept: a few lines that a program which is about to start can afford."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_RUNS = "runs"
RUNS_VARIABLE = "PARAMDYN_RUNS"


def runs_folder(option: str | None) -> Path:
    """Return where runs are kept: ``option``, else $PARAMDYN_RUNS, else ./runs."""
    return Path(option or os.environ.get(RUNS_VARIABLE) or DEFAULT_RUNS).expanduser()
