"""Everything a run needs to go on as if it had never stopped, in one private file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from paramdyn.errors import RunIncomplete, SchemaTooNew
from paramdyn.store.atomic import replacing

VERSION = 1


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint with ``state``: tensors, numbers, text, and lists and dicts of them.

    Raises:
        StoreError: It cannot be written; the old one is as it was.
    """
    with replacing(path) as descriptor, open(descriptor, "wb", closefd=False) as file:
        torch.save({"version": VERSION, **state}, file)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Return what ``save_checkpoint`` wrote, tensors on the CPU; no code in it is run.

    Raises:
        RunIncomplete: There is none, or it cannot be read.
        SchemaTooNew: A newer paramdyn wrote it.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunIncomplete(
            f"{path}: no checkpoint. Only a run that was stopped, crashed or failed after it began "
            "can be resumed; to run its spec again: paramdyn run "
            f"{path.parent / 'spec.toml'}."
        ) from error
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RunIncomplete(
            f"{path}: cannot be read ({type(error).__name__}). A checkpoint of this run "
            f"was expected. Run the spec again: paramdyn run {path.parent / 'spec.toml'}."
        ) from error
    if not isinstance(state, dict) or not isinstance(state.get("version"), int):
        raise RunIncomplete(
            f"{path}: holds something else. A checkpoint of this run was expected. Run the spec "
            f"again: paramdyn run {path.parent / 'spec.toml'}."
        )
    if state["version"] > VERSION:
        raise SchemaTooNew(
            f"{path}: version {state['version']}; this paramdyn reads up to {VERSION}. "
            "Resume with the paramdyn that wrote it, or a newer one."
        )
    return state
