"""What a run can be trained on here, and which runs are at work there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from paramdyn.errors import ParamdynError
from paramdyn_tui.tui.forms.fields import Option
from paramdyn_tui.tui.forms.rows import DEVICES
from paramdyn_tui.watching.gpus import GpuReader


def devices_here(runs: Path) -> tuple[Option, ...]:
    """Return the devices, each with what it is and how busy it is.

    Where no card can be read, the usual names are offered all the same: paramdyn says when one of
    them is not here.

    Args:
        runs: The runs folder.
    """
    busy = at_work(runs)
    cards = GpuReader().read()
    auto, cpu, *others = DEVICES
    first = "cuda:0" if cards else "cpu"
    found = [Option(auto.value, _said(auto.about, busy.get(first, 0)))]
    found += [
        Option(
            f"cuda:{card.index}",
            _said(f"{card.name}, {card.used:.0%} in use", busy.get(f"cuda:{card.index}", 0)),
        )
        for card in cards
    ]
    found.append(Option(cpu.value, _said(cpu.about, busy.get("cpu", 0))))
    return (*found, *(() if cards else others))


def at_work(runs: Path) -> Mapping[str, int]:
    """Return device -> how many runs of the folder are at work on it."""
    from paramdyn.store.manifest import read_manifest
    from paramdyn_tui.launch.requests import live_runs, status_of

    found: dict[str, int] = {}
    try:
        folders = live_runs(runs, every=False) if runs.is_dir() else []
    except ParamdynError:
        return found
    for folder in folders:
        if status_of(folder)[0] not in ("starting", "running"):
            continue
        try:
            device = read_manifest(folder.layout).device
        except ParamdynError:
            continue
        found[device] = found.get(device, 0) + 1
    return found


def _said(about: str, runs: int) -> str:
    if not runs:
        return about
    return f"{about}; busy: {runs} run{'s' * (runs != 1)} at work"
