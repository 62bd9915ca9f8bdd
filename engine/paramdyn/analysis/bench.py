"""What all questions of one command share: runs, images, passes, and who is told of progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch

from paramdyn.analysis.answer import Answer
from paramdyn.analysis.observation import Observations
from paramdyn.analysis.subjects import Images, Subject, load_images, names_of_files, open_run
from paramdyn.probes.interpolation import LinearPath
from paramdyn.store.run_folder import RunFolder

Progress = Callable[[str, int, int], None]
"""Called with (what is done, how much of it, of how much)."""
LineKey = tuple[tuple[str, int], tuple[str, int], str, int, str]
"""Name and step of both ends, treatment of batch normalisation, points, how the second end is
aligned (``Alignment.digest``; empty: as it is)."""


@dataclass(slots=True)
class Options:
    """How closely to look.

    Attributes:
        most_images: Test images at most, and training images that statistics are reset on.
        alphas: Points of a linear path, both ends included.
        restarts: Starts of a search for an alignment.
        draws: Draws of a null by permutation.
        seed: Of everything that is drawn.
        layers: Globs of parameter names that tables per layer are about; empty for all.
        feature_layer: Module whose input is the features; ``NAME:out`` for its output; empty: the
            head's input.
        details: Whether what takes long is computed where only tables marked ``detail`` show it;
            else such a table has no rows, or fewer columns.
    """

    most_images: int = 10_000
    alphas: int = 11
    restarts: int = 3
    draws: int = 20
    seed: int = 0
    layers: tuple[str, ...] = ()
    feature_layer: str = ""
    details: bool = True


@dataclass
class Bench:
    """The table that subjects are put on.

    Attributes:
        runs: Where runs are, for parents and controls.
        data: Where data sets are; None: where the first run found its own.
        device: Where models are run.
        options: How closely to look.
        progress: Is told how far everything is.
        subjects: Every subject that images must suit; grows with ``open``.
        lines: Straight lines between networks, for the questions that look at the same ones.
    """

    runs: Path = Path("runs")
    data: str | None = None
    device: torch.device | str = "cpu"
    options: Options = field(default_factory=Options)
    progress: Progress = lambda *_: None
    subjects: list[Subject] = field(default_factory=list)
    lines: dict[LineKey, LinearPath] = field(default_factory=dict)

    def open(self, name: str | Path | RunFolder) -> Subject:
        """Return a run as a subject; the same object for the same folder.

        Its name is its id, unless that of a run in another folder is the same.

        Raises:
            RunNotFound, RunIncomplete, SpecError: As ``open_run``.
        """
        found = open_run(name, runs=self.runs)
        for known in self.subjects:
            if known.folder is not None and _is_same(known.folder, found.folder):
                return known
        alike = [known.folder for known in self.subjects if known.folder and known.id == found.id]
        if alike and found.folder is not None:
            *_, found.name = names_of_files([each.path for each in (*alike, found.folder)])
        self.subjects.append(found)
        return found

    @cached_property
    def images(self) -> Images:
        """The images, loaded when they are first needed.

        Raises:
            BadRequest: The subjects see different images.
            DatasetError: They cannot be read.
        """
        most = self.options.most_images
        return load_images(self.subjects, data=self.data, most=most, device=self.device)

    @cached_property
    def observations(self) -> Observations:
        """What models make of the images; each pass is done once."""
        return Observations(self.images, self._tell, self.options.feature_layer)

    def _tell(self, what: str, done: int, total: int) -> None:
        self.progress(what, done, total)  # whoever listens by then


def _is_same(one: RunFolder, other: RunFolder | None) -> bool:
    return other is not None and one.path.resolve() == other.path.resolve()


Ask = Callable[[Sequence[Subject], Bench], Answer]
"""A question: from subjects to what was found."""
