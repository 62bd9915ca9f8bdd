"""Waiting for a device: which runs are at work there, and whose turn it is.

There is no server. Whoever waits looks at the folders of the runs, which tell what is at work; the
one that has waited longest begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paramdyn.errors import ParamdynError, StoreError
from paramdyn.specs.reader import read_spec
from paramdyn.store.manifest import read_manifest
from paramdyn.store.process import host
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState
from paramdyn_tui.launch.requests import live_runs, status_of

LOOK_SECONDS = 2.0
"""Between two looks whether the device is free."""
_AT_WORK = ("starting", "running")
_WAITS = "waits until no other run is at work on "


def waits_for(device: str) -> str:
    """Return what the state of a waiting run says; by it the others know for what it waits."""
    return f"{_WAITS}{device}"


def is_free(runs: Path, device: str, mine: RunFolder, *, others: Sequence[RunFolder] = ()) -> bool:
    """Tell whether a run that waits for a device may begin.

    It may not while another run of the folder is at work there: one that trains, one that starts,
    one that waits behind a run of its sequence, and one that waited for the device before. Paused
    runs compute nothing, and runs of other machines do not count.

    Args:
        runs: The runs folder.
        device: As torch calls it: ``cpu``, ``cuda:0``.
        mine: The run that waits.
        others: Those that wait behind it.
    """
    own = {folder.path.absolute() for folder in (mine, *others)}
    mine_since = _since(mine)
    for folder in _alive(runs):
        if folder.path.absolute() in own:
            continue
        status, state = status_of(folder)
        if state is None or state.host != host():
            continue
        if status in _AT_WORK and _device_of(folder) in (device, ""):
            return False
        if status == "queued" and _goes_before(folder, state, device, mine_since):
            return False
    return True


def _alive(runs: Path) -> list[RunFolder]:
    try:
        return live_runs(runs, every=False)
    except StoreError:  # the disk is away: wait
        return []


def _goes_before(
    folder: RunFolder, state: RunState, device: str, mine_since: tuple[float, str]
) -> bool:
    if state.reason.startswith(_WAITS):
        return state.reason == waits_for(device) and (state.started, folder.name) < mine_since
    return _may_be(folder, device)  # its sequence is at work, or about to be


def _since(folder: RunFolder) -> tuple[float, str]:
    state = status_of(folder)[1]
    return (state.started if state is not None else 0.0), folder.name


def _device_of(folder: RunFolder) -> str:
    """Return the device on which a run is trained; empty while it has not said."""
    try:
        return read_manifest(folder.layout).device
    except ParamdynError:
        return ""


def _may_be(folder: RunFolder, device: str) -> bool:
    """Tell whether a run that has not begun may be trained on a device."""
    try:
        asked = read_spec(folder.layout.spec).training.device
    except ParamdynError:
        return True
    return asked == "auto" or asked in (device, device.removesuffix(":0"))
