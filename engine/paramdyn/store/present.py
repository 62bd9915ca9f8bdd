"""How a run stands at this moment: what state.json holds, and whom the lock names.

A process that takes up a run that has ended loads and builds for seconds before it writes the
first state. Until then state.json tells of the one before; the lock tells who is at work.
"""

from __future__ import annotations

import dataclasses
import time

from paramdyn.errors import RunIncomplete
from paramdyn.store.layout import Layout
from paramdyn.store.lock import lock_holder
from paramdyn.store.process import Process
from paramdyn.store.state import LIVE, STARTING, RunState, effective_status, read_state


def present_state(layout: Layout) -> RunState:
    """Return the run's state; ``STARTING`` when a process has taken it up and not written yet.

    That process is the one that the state names then, so that it can be looked up and signalled;
    step and metrics are still those at which the run had ended. Without a readable state.json but
    with a process at work, the state holds nothing else.

    Raises:
        SchemaTooNew, RunIncomplete: As ``read_state``.
    """
    try:
        state = read_state(layout)
    except RunIncomplete:
        holder = lock_holder(layout)
        if holder is None:
            raise
        return _taken_up(RunState(status=STARTING), holder)
    if effective_status(state) in LIVE - {STARTING}:
        return state
    holder = lock_holder(layout)
    return state if holder in (None, state.process) else _taken_up(state, holder)


def _taken_up(state: RunState, holder: Process) -> RunState:
    named = dataclasses.asdict(holder)
    return dataclasses.replace(
        state, status=STARTING, reason="", request="", heartbeat=time.time(), **named
    )
