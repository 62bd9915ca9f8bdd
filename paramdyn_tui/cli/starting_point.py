"""Whether a run can be continued from the snapshot that ``--from`` names, and what to do if not."""

from __future__ import annotations

import re

from paramdyn.errors import RunNotFound, StoreError
from paramdyn.store.run_folder import RunFolder, snapshot_path
from paramdyn.store.state import LIVE, effective_status, read_state

_STEP = re.compile(r"final|best|init|\d+")


def check_start(parent: RunFolder, step: str) -> None:
    """Check that ``parent`` kept the snapshot ``step``; an unreadable step is the spec's problem.

    Raises:
        RunNotFound: It did not; the message says which ones it has, how the run stands, and what
            to do about it.
        RunIncomplete: It did, and the file is gone.
    """
    step = step or "final"
    if not _STEP.fullmatch(step):
        return
    try:
        snapshot_path(parent, step)
    except RunNotFound as error:
        found = str(error).partition(": ")[2].partition(" Choose a kept one")[0]
        raise RunNotFound(f"--from {parent.name}@{step}: {found} {_advice(parent)}") from error


def _advice(parent: RunFolder) -> str:
    try:
        state = read_state(parent.layout)
    except StoreError:
        return "Its state.json cannot be read. Choose a kept one, or run its spec again."
    status = effective_status(state)
    reason = state.reason.strip().rstrip(".")
    why = f": {reason}" if reason and status != "finished" else ""
    stands = f"It is {status} at step {state.step:,} of {state.total_steps:,}{why}."
    if status in LIVE:
        return f"{stands} Wait until it is finished, or start from one that it has."
    if status == "finished":
        return (
            "Choose one of these, or run its spec again with --snapshots, such as "
            f"paramdyn run {parent.layout.spec} --snapshots init,every:1,final."
        )
    if status == "diverged":
        return f"{stands} Start from one that it has, or from another run."
    if parent.layout.checkpoint.is_file():
        return f"{stands} Carry on with it first: paramdyn resume {parent.name}."
    return f"{stands} Run its spec again, or start from one that it has."
