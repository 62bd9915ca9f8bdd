"""Runs beside a run: the same again, in another order, and from other first values.

They are what distances are compared with. A control of a perturbed run is one of them by what it
computes, not by what it is called.
"""

from __future__ import annotations

import functools
import shlex
from dataclasses import dataclass
from pathlib import Path

from paramdyn.analysis.answer import Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import Subject
from paramdyn.errors import ParamdynError
from paramdyn.specs import RunSpec
from paramdyn.specs.controls import another_seed, seed_of
from paramdyn.specs.reader import read_spec
from paramdyn.specs.recognition import (
    Lookup,
    computes_the_same,
    differs_in_order,
    differs_in_seeds,
)
from paramdyn.store.equal_runs import spec_lookup
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs

AGAIN, ORDER, INDEPENDENT = "again", "order", "independent"
_NEEDED = {
    AGAIN: "whether the machine repeats itself: the numerical floor of every difference",
    ORDER: "how far the same start is led by another order of images: the noise floor of training",
    INDEPENDENT: "what an unrelated network of the same recipe looks like",
}


@dataclass(frozen=True, slots=True)
class Companions:
    """Finished runs that differ from one run in one thing.

    Attributes:
        again: Nothing; the same computation once more.
        order: The order of images.
        independent: First values drawn apart, and the order of images.
    """

    again: Subject | None = None
    order: Subject | None = None
    independent: Subject | None = None


class Neighbours:
    """The finished runs of a runs folder, each spec read once.

    Args:
        bench: Knows the runs folder.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._look_up = functools.cache(spec_lookup(bench.runs))

    @functools.cached_property
    def _finished(self) -> list[tuple[Path, RunSpec]]:
        found = []
        for summary in reversed(list_runs(self._bench.runs)):
            if summary.status == "finished":
                try:
                    found.append((summary.path, read_spec(RunFolder(summary.path).layout.spec)))
                except ParamdynError:  # a damaged run is nobody's companion; `ls` shows it
                    continue
        return found

    def of(self, subject: Subject) -> Companions:
        """Return the oldest of each of its companions; None where nobody trained it.

        Args:
            subject: A run; weights from elsewhere have none.
        """
        if subject.folder is None:
            return Companions()
        own = subject.folder.path.resolve()
        found: dict[str, Subject] = {}
        for path, spec in self._finished:
            near = (spec.model, spec.dataset.name) == (
                subject.spec.model,
                subject.spec.dataset.name,
            )
            arm = _arm(subject.spec, spec, self._look_up) if near and path.resolve() != own else ""
            if arm and arm not in found:
                try:
                    found[arm] = self._bench.open(RunFolder(path))
                except ParamdynError:
                    continue
        return Companions(**found)


def missing_companion(subject: Subject, which: str, runs: Path) -> Missing:
    """Return what to say of a companion that is not there.

    Args:
        subject: The run that lacks it.
        which: ``AGAIN``, ``ORDER`` or ``INDEPENDENT``.
        runs: The runs folder.
    """
    place = str(subject.folder.path) if subject.folder else subject.name
    seeds = {ORDER: ("order",), INDEPENDENT: ("initialization", "order")}.get(which, ())
    settings = [
        f"--set seeds.{stream}={another_seed(seed_of(subject.spec, stream), f'{which} {stream}')}"
        for stream in seeds
    ]
    data = subject.manifest.data_folder if subject.manifest else ""
    places = {"--runs": str(runs), **({"--data": data} if data else {})}
    folders = [f"{option} {shlex.quote(folder)}" for option, folder in places.items()]
    command = " ".join(["run", shlex.quote(place), *settings, *folders])
    return Missing(subject.name, which, f"Without it nobody knows {_NEEDED[which]}.", command)


def _arm(ours: RunSpec, theirs: RunSpec, look_up: Lookup) -> str:
    if computes_the_same(theirs, ours):
        return AGAIN
    if differs_in_order(theirs, ours):
        return ORDER
    return INDEPENDENT if differs_in_seeds(theirs, ours, look_up) else ""
