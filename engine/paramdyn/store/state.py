"""state.json: how far a run is, replaced as it goes, and whether its process still lives."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field
from typing import Any

from paramdyn.errors import RunIncomplete
from paramdyn.store.atomic import write_json
from paramdyn.store.json_files import build, read_object
from paramdyn.store.layout import SCHEMA_VERSION, Layout
from paramdyn.store.process import Process, host, is_alive

LIVE = frozenset({"queued", "running", "paused"})
ENDED = frozenset({"finished", "stopped", "failed", "diverged"})
STALE_SECONDS = 60.0
"""A worker that cannot be seen from here and was silent for so long is taken for dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What state.json holds.

    Attributes:
        status: One of ``LIVE`` or ``ENDED``.
        reason: Why it ended, in words; empty while it runs.
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
    summary: dict[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def process(self) -> Process:
        """The worker."""
        return Process(self.pid, self.process_start, self.boot_id, self.host)


def write_state(layout: Layout, state: RunState) -> None:
    """Replace state.json.

    A heartbeat does not wait for the disk: a power cut ends the run anyway. The last state does.

    Raises:
        StoreError: It cannot be written.
    """
    content = dataclasses.asdict(state)
    content = {"schema_version": content.pop("schema_version"), **content}
    write_json(layout.state, content, durable=state.status not in LIVE)


def read_state(layout: Layout) -> RunState:
    """Return what state.json holds.

    Raises:
        SchemaTooNew: A newer paramdyn wrote it.
        RunIncomplete: It is missing, cut, or lacks fields.
    """
    state = build(RunState, read_object(layout.state), layout.state)
    odd = [name for name, value in state.metrics.items() if not isinstance(value, int | float)]
    if odd:
        raise RunIncomplete(
            f"{layout.state}: metrics.{odd[0]} is {state.metrics[odd[0]]!r}, a number was "
            "expected. Was it edited? Put a number there, or run the folder's spec.toml again."
        )
    return state


def effective_status(state: RunState) -> str:
    """Return the status, corrected for a worker that died without saying so.

    ``crashed``: the worker is gone. ``stale``: it is on another machine, or in another container,
    and has been silent for a minute. A queued run that no process has taken stays queued.
    """
    if state.status not in LIVE or (state.status == "queued" and state.pid == 0):
        return state.status
    alive = is_alive(state.process)
    if alive is None:
        silent = time.time() - state.heartbeat > STALE_SECONDS
        gone = "crashed" if state.host == host() else "stale"
        return gone if silent else state.status
    return state.status if alive else "crashed"
