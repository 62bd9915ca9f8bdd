"""Runs that exist already: found by what they compute, and followed to where they come from."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

from paramdyn.errors import ParamdynError, RunNotFound
from paramdyn.regular_files import read_regular
from paramdyn.specs.controls import start_of
from paramdyn.specs.reader import read_spec
from paramdyn.specs.run_id import spec_hash
from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.manifest import read_manifest
from paramdyn.store.run_folder import RunFolder, find_run, snapshot_path
from paramdyn.store.run_index import RunSummary, list_runs

DEEPEST = 100
"""More generations than anybody makes; a longer chain of parents is a circle."""


class EqualRuns:
    """Finds a finished run that already is what a spec asks for.

    The list of runs is read when the first one is looked for.

    Args:
        runs: The runs folder.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._finished: list[RunSummary] | None = None

    def find(self, spec: RunSpec, *, snapshot: str = "") -> str:
        """Return the name of the oldest equal run; empty when there is none.

        Equal is a run of the same spec, recording included, that is finished and was computed on
        the same kind of device with as many threads, the same precision and the same torch, so
        with plug-ins of the same content, so that training it again could give nothing else. Its
        name and its label do not matter.

        Args:
            spec: Resolved and checked, with the device and the number of threads in use.
            snapshot: ``init``, ``final``, ``best`` or a step that it must have kept.
        """
        if self._finished is None:
            listed = list_runs(self._runs)
            self._finished = [run for run in reversed(listed) if run.status == "finished"]
        wanted = spec_hash(spec)
        for run in self._finished:
            if _looks_like(run, spec) and _is_equal(run.path, spec, wanted, snapshot):
                return run.name
        return ""


def lineage_of(runs: Path, parent: RunFolder) -> list[RunSpec]:
    """Return the specs of the runs that ``parent`` descends from, the first one first, itself last.

    Raises:
        RunNotFound: One of them is gone, or they start from each other in a circle.
        SpecError: A spec cannot be read.
        RunIncomplete: A folder is no run folder.
    """
    found = [read_spec(parent.layout.spec)]
    child = parent
    while (start := start_of(found[0])) is not None:
        if len(found) > DEEPEST:
            raise RunNotFound(
                f"{parent.name}: more than {DEEPEST} runs start from each other. Expected a first "
                "one that starts from none. Correct initializer.name in their spec.toml."
            )
        try:
            folder = find_run(runs, start.run)
        except RunNotFound as error:
            raise RunNotFound(
                f"{child.name}: it starts from run '{start.run}', which is not there any more, so "
                "nothing can be made by the same recipe. Put it back, or leave out what needs it: "
                "--controls twin,rounding-twin,order."
            ) from error
        found.insert(0, read_spec(folder.layout.spec))
        child = folder
    return found


def spec_lookup(runs: Path) -> Callable[[str], RunSpec | None]:
    """Return a function that gives the spec of the run that a name stands for, None when none."""

    def look_up(name: str) -> RunSpec | None:
        try:
            return read_spec(find_run(runs, name).layout.spec)
        except ParamdynError:
            return None

    return look_up


def _looks_like(run: RunSummary, spec: RunSpec) -> bool:
    """Compare what a list of runs knows; it spares reading the spec of every run."""
    return (
        run.model == spec.model.name
        and run.dataset == spec.dataset.name
        and run.initializer == spec.initializer.name
        and run.seed == spec.seed
    )


def _is_equal(path: Path, spec: RunSpec, wanted: str, snapshot: str) -> bool:
    folder = RunFolder(path)
    try:
        theirs = read_spec(folder.layout.spec)
        if spec_hash(theirs) != wanted or _plugins(theirs) != _plugins(spec):
            return False
        if snapshot:
            snapshot_path(folder, snapshot)
        manifest = read_manifest(folder.layout)
    except (ParamdynError, OSError):
        return False
    same_place = theirs.training.device == spec.training.device and (
        theirs.training.threads == spec.training.threads
    )
    return same_place and manifest.versions.get("torch") == importlib.metadata.version("torch")


def _plugins(spec: RunSpec) -> list[bytes]:
    """Return the content of each plug-in; specs count only their names."""
    return [read_regular(plugin) for plugin in spec.plugins]
