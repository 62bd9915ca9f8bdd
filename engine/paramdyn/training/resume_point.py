"""Where a run goes on that has ended before its last step."""

from __future__ import annotations

from typing import Any

from paramdyn.checkpoints import load_checkpoint
from paramdyn.errors import RunIncomplete
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state, write_state
from paramdyn.store.upkeep.ended import OVER, is_over, tidy
from paramdyn.store.upkeep.lost_state import check_restart, restored_state


def resume_point(folder: RunFolder) -> dict[str, Any] | None:
    """Return the checkpoint that a run goes on from; None when it begins again in its folder.

    It begins again when it ended before its first checkpoint. The caller holds the folder's lock.

    Raises:
        BadRequest: It has finished or diverged; its folder is tidy then.
        RunIncomplete: Its checkpoint is lost or damaged, or beginning again would cost snapshots.
        StoreError: A file cannot be read or written.
    """
    layout = folder.layout
    try:
        state = read_state(layout)
    except RunIncomplete:
        return _without_state(folder)
    if state.status in OVER:
        tidy(layout)  # it may have been killed before it did that itself
        raise is_over(folder, state.status)
    if state.checkpoint_step < 0 and not layout.checkpoint.exists():
        return None
    return load_checkpoint(layout.checkpoint)


def _without_state(folder: RunFolder) -> dict[str, Any] | None:
    """Return what a run goes on from whose state.json is lost; None when it begins again."""
    state = restored_state(folder)
    if state is not None:
        write_state(folder.layout, state)
        tidy(folder.layout)
        raise is_over(folder, state.status, more=" Its state.json was lost and is written again.")
    if folder.layout.checkpoint.exists():
        return load_checkpoint(folder.layout.checkpoint)
    check_restart(folder)
    return None
