"""Runs that ended by themselves: what they need no more, and what can be done with them."""

from __future__ import annotations

import contextlib

from paramdyn.errors import BadRequest, ParamdynError
from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.reserve import release_reserve
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state

OVER = ("finished", "diverged")
"""Statuses of a run that has no step left to do."""


def tidy(layout: Layout) -> None:
    """Remove what an ended run needs no more, where its worker was killed before it did.

    The caller holds the folder's lock.
    """
    with contextlib.suppress(OSError):
        layout.checkpoint.unlink(missing_ok=True)
    release_reserve(layout)
    with contextlib.suppress(ParamdynError):
        control.take(layout)


def tidy_if_over(folder: RunFolder) -> None:
    """Tidy the folder of a run that is over, as far as nobody writes it and it can be written."""
    layout = folder.layout
    with contextlib.suppress(ParamdynError, OSError):
        left = (layout.lock, layout.checkpoint, layout.control)
        if read_state(layout).status in OVER and any(path.exists() for path in left):
            with folder.lock():
                tidy(layout)


def is_over(folder: RunFolder, status: str, *, more: str = "") -> BadRequest:
    """Return the error about resuming a run that is over."""
    if status == "finished":
        return BadRequest(
            f"{folder.name}: has finished. Expected a run with steps left to do.{more} Go on from "
            f"its last values: paramdyn run --from {folder.name}."
        )
    return BadRequest(
        f"{folder.name}: has diverged. Expected a run that can go on.{more} Run its spec again "
        f"with other options: paramdyn run {folder.layout.spec_quoted} --lr ..."
    )
