"""What one may ask of a run, and what became of it, in words. Nothing here prints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from paramdyn.errors import FailedWork, ParamdynError
from paramdyn.store import control
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, read_state
from paramdyn_tui.formatting import count
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.onward import has_begun

SECONDS = 60.0
"""How long a run may take to obey, if nothing else is said."""

AT_WORK = ("starting", "running", "stale")
PAUSABLE = (*AT_WORK, "paused", "suspended")
WAITING = ("paused", "suspended")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a request to one run.

    Attributes:
        id: The run.
        path: Its folder.
        status: Its status after that.
        done: Whether it is as was asked, or was so before.
        message: What happened, in words.
    """

    id: str
    path: str
    status: str
    done: bool
    message: str


def answer(folder: RunFolder, *, done: bool, message: str) -> Answer:
    """Return what became of a request, with the run's present status."""
    status, _ = requests.status_of(folder)
    return Answer(id=folder.name, path=str(folder.path), status=status, done=done, message=message)


def send(folder: RunFolder, request: str) -> Answer | None:
    """Send a request; return an answer only when that is impossible."""
    try:
        requests.ask(folder, request)
    except ParamdynError as error:
        return answer(folder, done=False, message=str(error))
    return None


def wait(
    folder: RunFolder,
    is_done: Callable[[str, RunState | None], bool],
    *,
    until: float,
    late: str,
) -> Answer:
    """Wait for one run to do as it was asked.

    Args:
        folder: The run.
        is_done: Tells it from its status and state.
        until: ``time.monotonic`` at which the wait is over.
        late: What to do when it did not obey by then.
    """
    seconds = max(until - time.monotonic(), 0.0)
    done = requests.wait_for(folder, is_done, seconds=seconds)
    status, state = requests.status_of(folder)
    where = f" {place_of(state)}" if state else ""
    if done and state is not None and not has_begun(folder):
        return answer(folder, done=True, message="taken out of the queue")
    if done:
        return answer(folder, done=True, message=f"{status}{where}")
    return answer(folder, done=False, message=f"still {status}{where}. {late}")


def place_of(state: RunState) -> str:
    """Return where a run is in words, and from where it would go on when that is earlier.

    The last scores of a run may take long, and are given up when it is asked to stop: what came
    after the checkpoint before them is made again.
    """
    where = f"at step {count(state.step)} of {count(state.total_steps)}"
    if state.status == "stopped" and 0 <= state.checkpoint_step < state.step:
        return f"{where}; its checkpoint is of step {count(state.checkpoint_step)}"
    return where


def stop(folder: RunFolder, *, after_epoch: bool = False) -> Answer | None:
    """Ask a run to stop with a checkpoint; return an answer when there is nothing to wait for."""
    status, _ = requests.status_of(folder)
    if status not in requests.ALIVE:
        return answer(folder, done=True, message=f"is not running: {status}")
    refused = send(folder, control.STOP_AFTER_EPOCH if after_epoch else control.STOP)
    if refused is None and status == "suspended":
        message = (
            "its process is suspended (SIGSTOP, Ctrl-Z) and cannot obey. The request stays. "
            f"Let it go on: paramdyn resume {folder.name}; or end it: --kill."
        )
        return answer(folder, done=False, message=message)
    return refused


def kill(folder: RunFolder) -> Answer:
    """End a run at once, without a checkpoint, and wait until it is gone.

    Raises:
        BadRequest: Its process is on another machine, or somebody else's.
    """
    status, _ = requests.status_of(folder)
    if status not in requests.ALIVE:
        return answer(folder, done=True, message=f"is not running: {status}")
    try:
        requests.kill(folder)
    except FailedWork as error:
        return answer(folder, done=False, message=str(error))
    if status == "queued":
        return answer(folder, done=True, message="taken out of the queue")
    kept = folder.layout.checkpoint.exists()
    message = f"killed; {'its last checkpoint stays' if kept else 'there was no checkpoint yet'}"
    return answer(folder, done=True, message=message)


def pause(folder: RunFolder) -> Answer | None:
    """Ask a run to wait; return an answer when there is nothing to wait for."""
    status, _ = requests.status_of(folder)
    if status in AT_WORK:
        return send(folder, control.PAUSE)
    return answer(folder, done=True, message=f"is {status} already")


def wake(folder: RunFolder, status: str) -> Answer | None:
    """Let a run that is ``WAITING`` go on; return an answer when that is impossible.

    Raises:
        BadRequest: Its process is on another machine, or somebody else's.
    """
    if status == "suspended":
        requests.wake(folder)
        if read_state(folder.layout).status != "paused":
            return None
    return send(folder, control.RESUME)
