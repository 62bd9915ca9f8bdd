"""What one can do with a run that has ended before its last step: the command that carries on."""

from __future__ import annotations

import contextlib

from paramdyn.errors import StoreError
from paramdyn.store.present import present_state
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import ENDED, effective_status
from paramdyn.store.upkeep.lost_state import can_begin_without_state

_OVER = ("finished", "diverged")


def has_begun(folder: RunFolder) -> bool:
    """Tell whether a worker has ever begun a run, as far as its folder tells.

    One that only waited in a queue has a state without a number of steps.
    """
    with contextlib.suppress(StoreError):
        state = present_state(folder.layout)
        if not state.total_steps and state.status not in _OVER:
            return folder.layout.manifest.exists()
    return True


def can_resume(folder: RunFolder) -> bool:
    """Tell whether ``paramdyn resume`` can carry on with a run.

    It can with one that was stopped, failed or crashed: from its checkpoint, or from its start when
    it ended before the first one. Not with one that has finished, lives, or whose checkpoint is
    lost. One whose state.json is lost can, unless that would overwrite what it kept.
    """
    with contextlib.suppress(StoreError):
        state = present_state(folder.layout)
        status = effective_status(state)
        if status in (ENDED | {"crashed"}) - set(_OVER) and has_begun(folder):
            return folder.layout.checkpoint.exists() or state.checkpoint_step < 0
        return False
    return can_begin_without_state(folder)


def way_on(folder: RunFolder, more: str = "") -> str:
    """Return the command that carries on with a run, or begins one that never was; maybe empty.

    Args:
        folder: The run.
        more: What is to be added for the runs folder to be found again.
    """
    if can_resume(folder):
        return f"paramdyn resume {folder.name}{more}"
    if not has_begun(folder) and folder.layout.spec.exists():
        return f"paramdyn run {folder.layout.spec_quoted}{more}"
    return ""
