"""A few kilobytes kept aside, so that a run that dies of a full disk can still say why."""

from __future__ import annotations

import os

from paramdyn.store.atomic import write_whole
from paramdyn.store.layout import Layout

RESERVED_BYTES = 32 * 1024  # several times a state.json, and whole blocks on any file system
_NAME = ".reserve"


def keep_reserve(layout: Layout) -> None:
    """Put the reserve into the folder; it is no file of the run and goes when the run ends.

    Raises:
        StoreError: It does not fit.
    """
    # Random, because some file systems keep no zeros.
    write_whole(layout.path / _NAME, os.urandom(RESERVED_BYTES), durable=False)


def release_reserve(layout: Layout) -> bool:
    """Give the reserved space back; tell whether there was any."""
    try:
        (layout.path / _NAME).unlink()
    except OSError:
        return False
    return True
