"""Whether a run can be continued from the snapshot that ``--from`` names, and what to do if not."""

from __future__ import annotations

import re

from paramdyn.errors import RunNotFound, StoreError
from paramdyn.store.present import present_state
from paramdyn.store.run_folder import RunFolder, snapshot_path
from paramdyn.store.state import LIVE, effective_status

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
        advice = _advice(parent, any_kept="It has: " in found)
        raise RunNotFound(f"--from {parent.name}@{step}: {found} {advice}") from error


def _advice(parent: RunFolder, *, any_kept: bool) -> str:
    """Return how the run stands, and what can be done."""
    other = ", or start from one that it has" if any_kept else ""
    again = f"run its spec again with --snapshots: paramdyn run {parent.layout.spec_quoted}"
    again = f"{again} --snapshots init,every:1,final"
    try:
        state = present_state(parent.layout)
    except StoreError:
        return f"Its state.json cannot be read. To have others, {again}{other}."
    status = effective_status(state)
    if status == "finished":
        return f"Choose one of these, or {again}." if any_kept else f"To have one, {again}."
    reason = state.reason.strip().rstrip(".")
    why = f": {reason}" if reason else ""
    stands = f"It is {status} at step {state.step:,} of {state.total_steps:,}{why}."
    if status in LIVE:
        return f"{stands} Wait until it is finished{other}."
    if status == "diverged":
        return f"{stands} Continue another run{other}."
    if parent.layout.checkpoint.is_file():
        return f"{stands} Carry on with it first (paramdyn resume {parent.name}){other}."
    return f"{stands} R{again[1:]}{other}."
