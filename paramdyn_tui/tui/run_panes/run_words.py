"""How a run stands, in words: what happened to it, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count, duration
from paramdyn_tui.tui.action_keys import key_of

if TYPE_CHECKING:
    from paramdyn_tui.watching.view import RunView

QUIET_STEPS = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
"""A silence is told in these steps, so that an idle screen does not change every second."""
CAN_GO_ON = ("stopped", "failed", "crashed")


def quiet_for(silence: float | None) -> float:
    """Return the step of ``QUIET_STEPS`` that a silence has reached; 0 below the first."""
    return max((step for step in QUIET_STEPS if (silence or 0.0) >= step), default=0.0)


def words_of(view: RunView | None, keymap: Mapping[str, str], *, readonly: bool = False) -> str:
    """Return what there is to say about a run beside numbers; empty when all goes as it should.

    Args:
        view: The run; None before it was looked at.
        keymap: Id of an action -> keys that the user gave it.
        readonly: Whether nothing can be done about it here.
    """
    if view is None:
        return ""
    said = _about(view)
    if view.status in CAN_GO_ON and not readonly and view.total_steps:
        said.append(_way_on(view, keymap))
    if view.status == "paused" and not readonly:
        said.append(f"{key_of('app.pause', keymap)} lets it go on.")
    if view.request == "stop-after-epoch" and view.alive:
        said.append("It stops at the end of this epoch, as asked.")
    if view.problem and view.status != "removed":  # which is just what was said
        said.append(view.problem.replace("\n", "  "))
    return "  ".join(said)


def _about(view: RunView) -> list[str]:
    reason = view.reason.strip()
    ended = f": {reason}" if reason else ""
    quiet = quiet_for(view.silence)
    ago = f"last heard of {duration(quiet)} ago" if quiet else ""
    texts = {
        "crashed": f"Crashed: its process is gone{', ' + ago if ago else ''}.",
        "stale": f"Silent on another machine, {ago or 'for a while'}: it may be alive.",
        "diverged": f"Diverged{ended}.",
        "failed": f"Failed{ended}.",
        "stopped": f"Stopped{ended}.",
        "queued": f"Queued{ended or ': it waits for its turn, nothing is computed yet'}.",
        "starting": "Starting: its process loads, then reads the data.",
        "paused": "Paused: it waits, its process holds its memory.",
        "suspended": "Suspended: a signal has stopped its process (kill -CONT lets it go on).",
        "broken": "This folder cannot be read as a run.",
        "removed": "Its folder is gone; what was read of it is still shown.",
    }
    found = texts.get(view.status)
    if found is None and ago and view.alive:
        found = f"Nothing new for {duration(quiet)}."
    return [found.replace("..", ".")] if found else []


def _way_on(view: RunView, keymap: Mapping[str, str]) -> str:
    key = key_of("app.resume", keymap)
    if view.checkpoint_step < 0:
        return f"{key} begins it anew: there is no checkpoint."
    return f"{key} carries on from step {count(view.checkpoint_step)}."


def why_no_chart(view: RunView | None, path_name: str) -> str:
    """Return why no chart is drawn yet, in words.

    Args:
        view: The run; None before it was looked at.
        path_name: Name of its folder; empty when no run is open.
    """
    if not path_name:
        return "No run is open. Choose one in the table of runs, or start one."
    if view is not None and view.status == "queued":
        return "Queued. Charts appear with its first record."
    if view is not None and view.status in ("broken", "removed") and view.problem:
        return view.problem
    if view is None or not view.complete:
        return f"Reading {path_name} ..."
    if view.alive:
        return "Nothing is recorded yet. The first record comes before the first step."
    return "Nothing was recorded before it ended. Its log says more."
