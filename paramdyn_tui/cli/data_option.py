"""Which data folder a worker is told: the one asked for, else that of an earlier run."""

from __future__ import annotations

import os
from pathlib import Path

DATA_VARIABLE = "PARAMDYN_DATA"


def data_arguments(asked: str | None, earlier: Path | None) -> list[str]:
    """Return the worker's ``--data`` option; nothing when its own default should decide.

    Args:
        asked: What ``--data`` says.
        earlier: Folder of the run that is resumed, repeated or continued, if any.
    """
    if asked:
        return ["--data", asked]
    if os.environ.get(DATA_VARIABLE) or earlier is None:
        return []
    found = _data_folder_of(earlier)
    return ["--data", found] if found and Path(found).is_dir() else []


def _data_folder_of(run: Path) -> str:
    from paramdyn.errors import StoreError
    from paramdyn.store.layout import Layout
    from paramdyn.store.manifest import read_manifest

    try:
        return read_manifest(Layout(run)).data_folder
    except StoreError:  # not a run folder, or an unreadable one: the worker will say what it needs
        return ""
