"""Work that may take a while, away from the message loop: a key is answered while it goes on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from paramdyn.errors import ParamdynError

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

Result = TypeVar("Result")


def in_background(
    app: App[None],
    work: Callable[[], Result],
    done: Callable[[Result], object],
    failed: Callable[[ParamdynError], object],
) -> threading.Thread:
    """Do some work in a thread; its result, or why there is none, comes back to the message loop.

    The thread dies with the application, which never waits for it.

    Args:
        app: Whose message loop.
        work: May block. An error that is no ParamdynError is a fault, and ends the application.
        done: Called with the result, in the message loop.
        failed: Called with the error, in the message loop.
    """

    def carry_out() -> None:
        try:
            result = work()
        except ParamdynError as error:
            hand_over(app, failed, error)
        else:
            hand_over(app, done, result)

    thread = threading.Thread(target=carry_out, daemon=True)
    thread.start()
    return thread


def hand_over(app: App[None], receive: Callable[..., object], *what: object) -> None:
    """Have a function called in the message loop, from a thread, without waiting for it.

    Nothing happens once the application was left: its loop takes nothing any more, or is closed.
    """
    with contextlib.suppress(RuntimeError):
        app.call_later(receive, *what)


def is_shown(screen: Screen[Any]) -> bool:
    """Tell whether a screen has its panes still: an application that is left takes them away."""
    return screen.is_attached and bool(screen.query("Footer"))
