"""When objects that are gone, but hold each other, are searched for again after a start."""

from __future__ import annotations

import gc

START_SECONDS = 2.0
"""So long after the first picture nothing is searched: what a start makes lives on."""


def collect_again() -> None:
    """Search again, if that was turned off, and leave out what the start has made."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
