"""Runs beside a run: the same again, in another order, and from other first values.

They are what distances are compared with. A control of a perturbed run is one of them by what it
computes, not by what it is called.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from paramdyn.analysis.answer import Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import END, Subject
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

    def named(self) -> list[tuple[str, Subject]]:
        """Return those that are there, with their names."""
        all_ = ((AGAIN, self.again), (ORDER, self.order), (INDEPENDENT, self.independent))
        return [(name, run) for name, run in all_ if run is not None]

    def absent(self) -> list[str]:
        """Return the names of those that are not."""
        there = {name for name, _ in self.named()}
        return [name for name in (AGAIN, ORDER, INDEPENDENT) if name not in there]


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

    def of(self, subject: Subject, *, rather_not: Collection[str] = ()) -> Companions:
        """Return the oldest of each of its companions that kept its end; None without one.

        Args:
            subject: A run; weights from elsewhere have none.
            rather_not: Names of runs that are taken only where there is no other.
        """
        if subject.folder is None:
            return Companions()
        own, asked = subject.folder.path.resolve(), subject.spec
        found: dict[str, Subject] = {}
        for path, spec in sorted(self._finished, key=lambda each: each[0].name in rather_not):
            near = (spec.model, spec.dataset.name) == (asked.model, asked.dataset.name)
            other = near and path.resolve() != own
            arm = _arm(asked, spec, self._look_up) if other else ""
            if arm and arm not in found:
                try:
                    run = self._bench.open(RunFolder(path))
                    run.step_of(END)
                except ParamdynError:  # its last values are not there to be compared with
                    continue
                found[arm] = run
        return Companions(**found)


def numerical_floor(subject: Subject, gap: float | None) -> float | None:
    """Return how far a run is from the same run again: measured, or 0 claimed of a CPU.

    A CPU with a fixed number of threads repeats a run bit for bit; of another device nothing is
    claimed, and None means that nobody ran it again.

    Args:
        subject: The run.
        gap: The measured distance, where there is one.
    """
    on_cpu = subject.manifest is not None and subject.manifest.device == "cpu"
    return gap if gap is not None else 0.0 if on_cpu else None


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
