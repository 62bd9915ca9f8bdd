"""state.json: how far a run is, replaced as it goes, and whether its process still lives."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass, field
from typing import Any

from paramdyn.errors import RunIncomplete
from paramdyn.store.atomic import write_json
from paramdyn.store.json_files import build, read_object
from paramdyn.store.layout import SCHEMA_VERSION, Layout
from paramdyn.store.process import (
    Process,
    gone,
    is_alive,
    is_copied,
    is_suspended,
    restarted_since,
)

STARTING = "starting"
"""Of a run that a process has taken up and not written yet (``paramdyn.store.present``)."""
LIVE = frozenset({"queued", STARTING, "running", "paused"})
ENDED = frozenset({"finished", "stopped", "failed", "diverged"})
STALE_SECONDS = 30.0
"""After so long a silence, nothing is claimed about a worker that cannot be seen from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What state.json holds.

    Attributes:
        status: One of ``LIVE`` or ``ENDED``.
        reason: Why it ended, or behind whom it waits, in words; empty while it runs.
        epoch: Epochs done.
        step: Updates done.
        total_steps: Updates in all.
        metrics: The newest loss and accuracy of each split, such as ``test/accuracy``.
        heartbeat: When this was written, in seconds since 1970.
        started: When the worker started, in seconds since 1970.
        images_per_s: Training images a second.
        pid: See ``paramdyn.store.process``; 0 when no process has taken the run yet.
        process_start: See ``paramdyn.store.process``.
        boot_id: See ``paramdyn.store.process``.
        host: See ``paramdyn.store.process``.
        request: What was asked of it and is not done yet: ``stop-after-epoch``, or empty.
        checkpoint_step: Updates after which its newest checkpoint was taken; -1 before the first.
        summary: What a list of runs shows (``paramdyn.store.summary``): model, dataset, ...
        schema_version: Version of the folder's files.
    """

    status: str
    reason: str = ""
    epoch: float = 0.0
    step: int = 0
    total_steps: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    heartbeat: float = 0.0
    started: float = 0.0
    images_per_s: float = 0.0
    pid: int = 0
    process_start: float = 0.0
    boot_id: str = ""
    host: str = ""
    request: str = ""
    checkpoint_step: int = -1
    summary: dict[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def process(self) -> Process:
        """The worker."""
        return Process(self.pid, self.process_start, self.boot_id, self.host)


def write_state(layout: Layout, state: RunState) -> None:
    """Replace state.json.

    A heartbeat does not wait for the disk: a power cut ends the run anyway. The last state does.
    The folder is named, too, so that a copy of it is not taken for a run that lives.

    Raises:
        StoreError: It cannot be written.
    """
    content = dataclasses.asdict(state)
    content = {"schema_version": content.pop("schema_version"), **content}
    content["folder"] = str(layout.path.absolute())
    write_json(layout.state, content, durable=state.status not in LIVE)


def read_state(layout: Layout) -> RunState:
    """Return what state.json holds; in a copy of a folder its process is gone.

    Raises:
        SchemaTooNew: A newer paramdyn wrote it.
        RunIncomplete: It is missing, cut, lacks fields, or has a status that there is not.
    """
    data = read_object(layout.state)
    state = build(RunState, data, layout.state)
    if state.status not in LIVE | ENDED:
        raise RunIncomplete(
            f"{layout.state}: status is {state.status!r}, one of {', '.join(sorted(LIVE | ENDED))} "
            "was expected. Was it edited? Put the right one there, or run the spec.toml again."
        )
    odd = [name for name, value in state.metrics.items() if not isinstance(value, int | float)]
    if odd:
        raise RunIncomplete(
            f"{layout.state}: metrics.{odd[0]} is {state.metrics[odd[0]]!r}, a number was "
            "expected. Was it edited? Put a number there, or run the folder's spec.toml again."
        )
    return disowned(state) if is_copied(layout.path, data.get("folder")) else state


def disowned(state: RunState) -> RunState:
    """Return the state of a copy: the process that it names does not work on it."""
    return dataclasses.replace(state, **dataclasses.asdict(gone(state.process)))


def silence(state: RunState) -> float:
    """Return the seconds since the last heartbeat; never negative.

    A heartbeat from the future, as after a clock was set back, counts as this moment's. One that is
    no finite number says nothing: the silence is infinite.
    """
    return max(0.0, time.time() - state.heartbeat) if math.isfinite(state.heartbeat) else math.inf


def effective_status(state: RunState) -> str:
    """Return the status, corrected for a worker that died or sleeps without saying so.

    On the worker's own machine the process itself is looked at, and no clock matters:
    ``crashed``, at once, when it is gone; ``suspended`` when a signal or a debugger stopped it.
    Where it cannot be seen, on another machine or in another container, it is ``stale`` after
    ``STALE_SECONDS`` of silence, later by as much as the worker's clock is ahead of this one.
    After this machine was started again, such a run is ``crashed``. A queued run that no process
    has taken stays queued.
    """
    if state.status not in LIVE or (state.status == "queued" and state.pid == 0):
        return state.status
    alive = is_alive(state.process)
    if alive is None:
        if silence(state) <= STALE_SECONDS:
            return state.status
        return "crashed" if restarted_since(state.process) else "stale"
    if not alive:
        return "crashed"
    return "suspended" if is_suspended(state.process) else state.status
