"""What an export wrote, and what it needs to be installed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from paramdyn.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Written:
    """One thing that an export wrote.

    Attributes:
        path: The file, or a run's folder of event files.
        table: The table in it; empty when it holds a whole run.
        run: The run in it; empty when several share it.
        rows: Rows of the table; values, texts and histograms of event files.
        size_bytes: Of the file.
    """

    path: Path
    table: str
    run: str
    rows: int
    size_bytes: int


def require(module: str, package: str, purpose: str) -> None:
    """Check that a package of the extra ``export`` can be imported.

    Raises:
        BadRequest: It cannot; says how to install it.
    """
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise BadRequest(
            f"export: {package} is not installed, and {purpose} needs it ({error}). "
            "Install it: pip install 'paramdyn[export]'. CSV needs nothing: --to csv."
        ) from error


def check_free(paths: list[Path], *, overwrite: bool) -> None:
    """Check that an export replaces nothing unless it may.

    Raises:
        BadRequest: Some of the paths exist; all are named.
    """
    taken = [str(path) for path in paths if path.exists()]
    if taken and not overwrite:
        shown = ", ".join(taken[:4]) + (f" and {len(taken) - 4} more" if len(taken) > 4 else "")
        exist = "exists" if len(taken) == 1 else "exist"
        raise BadRequest(
            f"export: {shown} {exist} already. Choose another --out, or replace with --overwrite."
        )
