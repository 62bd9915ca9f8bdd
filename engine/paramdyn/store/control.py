"""Requests to a living worker, through one small file in its run folder.

``control`` holds one word. Whoever may write to the folder may ask; the worker looks between
batches, takes the file away, and does what it says. The newest request replaces one that was not
taken yet. ``echo stop > runs/ID/control`` works as well as the commands do.
"""

from __future__ import annotations

import os

from paramdyn.errors import BadRequest
from paramdyn.registry import nearest_names
from paramdyn.store.atomic import store_error, write_whole
from paramdyn.store.layout import Layout

STOP = "stop"
STOP_AFTER_EPOCH = "stop-after-epoch"
PAUSE = "pause"
RESUME = "resume"
REQUESTS = (STOP, STOP_AFTER_EPOCH, PAUSE, RESUME)
_LONGEST = 64  # bytes; a request is one word


def send(layout: Layout, request: str) -> None:
    """Ask the worker of a run for one of ``REQUESTS``.

    Raises:
        BadRequest: There is no such request.
        StoreError: The file cannot be written.
    """
    if request not in REQUESTS:
        raise BadRequest(misunderstood(request))
    write_whole(layout.control, request.encode("ascii") + b"\n", durable=False)


def take(layout: Layout) -> str | None:
    """Take the waiting request out of the folder and return its word; None when nobody asks.

    The word may be anything that somebody wrote: the caller checks it against ``REQUESTS``.

    Raises:
        StoreError: The file is there and cannot be read or removed.
    """
    try:
        with layout.control.open("rb") as file:
            text = file.read(_LONGEST)
        layout.control.unlink()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(layout.control, "taken", error) from error
    return text.decode("utf-8", errors="replace").strip() or None


def is_waiting(layout: Layout) -> bool:
    """Tell whether a request has not been taken yet."""
    return os.path.lexists(layout.control)


def misunderstood(request: str) -> str:
    """Return what is wrong with a request that is none of ``REQUESTS``."""
    near = nearest_names(request, REQUESTS)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    return f"control: '{request}' is no request. Expected one of {', '.join(REQUESTS)}.{meant}"
