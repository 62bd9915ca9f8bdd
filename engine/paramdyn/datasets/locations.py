"""Where downloaded data and decoded copies of them lie."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

DATA_VARIABLE = "PARAMDYN_DATA"
CACHE_VARIABLE = "PARAMDYN_CACHE"


def data_folder(option: str | None = None) -> Path:
    """Return the folder that holds ``MNIST/raw`` and the like; it need not exist.

    The option decides, else ``$PARAMDYN_DATA``, else ``data`` in the platform's cache folder.
    """
    chosen = option or os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser() if chosen else cache_folder() / "data"


def cache_folder() -> Path:
    """Return ``$PARAMDYN_CACHE``, else the platform's cache folder; it need not exist."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_cache_dir("paramdyn", appauthor=False))
