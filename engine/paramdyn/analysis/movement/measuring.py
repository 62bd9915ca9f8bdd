"""Everything about one run's movement, from its records, its snapshots and the images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import Companions, Neighbours
from paramdyn.analysis.families import Families, is_perturbed_child
from paramdyn.analysis.movement.displacement import (
    Displacement,
    Masks,
    displacements,
    named_by,
    together,
)
from paramdyn.analysis.movement.filters import FilterTurn, filter_turns
from paramdyn.analysis.movement.recorded import RecordedMove, recorded_moves
from paramdyn.analysis.movement.robustness import Robustness, robustness
from paramdyn.analysis.movement.snapshots import Directions, directions
from paramdyn.analysis.movement.spectrum import DisplacementSpectrum, displacement_spectrum
from paramdyn.analysis.movement.trajectory import Trajectory, trajectory
from paramdyn.analysis.subjects import END, START, State, Subject
from paramdyn.analysis.subjects.drawing import drawn_again, hollow
from paramdyn.analysis.subjects.images import few
from paramdyn.analysis.symmetry.spaces import NormPair
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.errors import BadRequest, ParamdynError
from paramdyn.measurements.reach import structural_reach

MOST_MOMENTS = 24
"""Snapshots that are compared pair by pair; of more, equally many steps apart, first and last."""
LAYER_IMAGES = 1_000
"""Test and training images that each put-back network is looked at with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What one run's parameters did between step 0 and its last snapshot or record.

    Attributes:
        subject: The run; of two weights files, the second.
        start: What it is measured from: ``step 0``, or a file's name.
        step: Of the values at the end; of a run without snapshots, of its last record.
        parts: One entry a parameter; empty without values at the end.
        recorded: The same from the records alone; empty where ``parts`` is not.
        path: What the records say; None of weights files.
        order: The run with its images in another order, and how far it went.
        order_gap: Distance between the two ends: the noise floor of training.
        twin_gap: Of a perturbed child without such a run: distance between the ends of its twin and
            of the twin in another order, which are not perturbed.
        again_gap: Distance to the end of the same run once more: the numerical floor.
        directions: Between kept snapshots; None with fewer than three moments.
        turns: Of filters in front of batch normalisation.
        spectra: Of the displacement of each weight matrix.
        robustness: Of each layer against being put back; None without images.
        beside: Runs that it is compared with.
        notes: What was left out, and why.
    """

    subject: Subject
    start: str
    step: int
    parts: Sequence[Displacement] = ()
    recorded: Sequence[RecordedMove] = ()
    path: Trajectory | None = None
    order: Displacement | None = None
    order_gap: Displacement | None = None
    twin_gap: Displacement | None = None
    again_gap: Displacement | None = None
    directions: Directions | None = None
    turns: Sequence[FilterTurn] = ()
    spectra: Sequence[DisplacementSpectrum] = ()
    robustness: Robustness | None = None
    beside: Companions = field(default_factory=Companions)
    notes: Sequence[str] = ()

    @property
    def total(self) -> Displacement | None:
        """Of all parameters together; None without values at the end."""
        return together("total", self.parts) if self.parts else None


def movement(
    subject: Subject,
    bench: Bench,
    *,
    since: Subject | None = None,
    neighbours: Neighbours | None = None,
    closely: bool = True,
) -> Movement:
    """Return how far, how straight and where to a run's parameters moved.

    Args:
        subject: A run, finished or live, or weights from elsewhere.
        bench: Runs folder, images and options.
        since: For weights from elsewhere, what they are measured from.
        neighbours: Where companions are looked for; the bench's runs folder by default.
        closely: Look at spectra, filters and layers too, which costs most.

    Raises:
        BadRequest: Weights from elsewhere without anything to measure from.
    """
    if subject.folder is None and since is None:
        raise BadRequest(
            f"distance: {subject.name} alone has not moved from anywhere. Name the weights that it "
            "is measured from first, and it after them."
        )
    notes: list[str] = []
    ends = _ends(subject, since, notes)
    path = trajectory(subject)
    if ends is None:
        step = int(path.displacement.step[-1]) if path and len(path.displacement.step) else 0
        return Movement(subject=subject, start="step 0", step=step, path=path, notes=notes,
                        recorded=recorded_moves(subject))  # fmt: skip
    look = _Look(subject, bench, ends, notes)
    beside = (neighbours or Neighbours(bench)).of(subject)
    return Movement(
        subject=subject,
        start="step 0" if since is None else since.name,
        step=subject.step_of(END),
        parts=look.parts(*ends),
        path=path,
        order=look.beside(beside.order, START),
        order_gap=look.beside(beside.order, END),
        twin_gap=look.between_twins() if closely and beside.order is None else None,
        again_gap=look.beside(beside.again, END),
        directions=look.directions(),
        turns=look.turns() if closely else (),
        spectra=look.spectra() if closely and bench.options.details else (),
        robustness=look.robustness() if closely else None,
        beside=beside,
        notes=notes,
    )


def _ends(subject: Subject, since: Subject | None, notes: list[str]) -> tuple[State, State] | None:
    try:
        start = subject.state(START) if since is None else since.state(END)
        return start, subject.state(END)
    except ParamdynError as error:
        notes.append(f"From the records alone, because of no values to look at: {error}")
        return None


class _Look:
    """One look at a pair of states; what cannot be had becomes a note."""

    def __init__(
        self, subject: Subject, bench: Bench, ends: tuple[State, State], notes: list[str]
    ) -> None:
        self._subject, self._bench, self._ends, self._notes = subject, bench, ends, notes
        size = subject.spec.dataset.image_size
        self._model = subject.new_model()
        reach = structural_reach(self._model, image_size=size)
        self._masks: Masks = {
            name: mask for name in reach.unreachable if (mask := reach.mask(name)) is not None
        }
        self._pairs: Sequence[NormPair] = ()
        try:
            self._pairs = structure_of(self._model, image_size=size).pairs
        except BadRequest as error:
            notes.append(f"Filters were not split into turn and stretch: {error}")

    def parts(self, start: State, end: State) -> list[Displacement]:
        return displacements(
            start, end, self._subject.parameters, self._masks, progress=self._tell("distances")
        )

    def beside(self, other: Subject | None, moment: str) -> Displacement | None:
        """Return the companion's way from our start, or its distance to our end."""
        if other is None:
            return None
        try:
            if moment == END and other.step_of(END) != self._subject.step_of(END):
                self._notes.append(f"{other.name} ended at another step and is left out.")
                return None
            from_ = self._ends[0] if moment == START else other.state(END)
            to = other.state(END) if moment == START else self._ends[1]
            return together("total", self.parts(from_, to))
        except ParamdynError as error:
            self._notes.append(f"{other.name} could not be compared with: {error}")
            return None

    def between_twins(self) -> Displacement | None:
        """Return how far apart the twin and the order control of a perturbed child end."""
        if not is_perturbed_child(self._subject.spec):
            return None
        family = Families(self._bench).of(self._subject)
        if family.twin is None or family.order is None:
            return None
        try:
            if family.twin.step_of(END) == family.order.step_of(END):
                ends = self.parts(family.twin.state(END), family.order.state(END))
                return together("total", ends)
        except ParamdynError as error:
            self._notes.append(f"{family.twin.name} and {family.order.name}: {error}")
        return None

    def directions(self) -> Directions | None:
        kept = [each.step for each in self._subject.kept() if each.name not in ("best", "init")]
        steps = [0, *sorted({step for step in kept if step > 0})]
        if self._subject.folder is None or len(steps) < 3:
            return None
        if len(steps) > MOST_MOMENTS:
            places = np.linspace(0, len(steps) - 1, MOST_MOMENTS).round().astype(int)
            self._notes.append(f"{MOST_MOMENTS} of {len(steps)} snapshots are compared in pairs.")
            steps = [steps[place] for place in places]
        states = [self._ends[0], *(self._subject.state(step) for step in steps[1:])]
        return directions(steps, states, self._subject.parameters, self._masks,
                          progress=self._tell("pairs of snapshots"))  # fmt: skip

    def turns(self) -> list[FilterTurn]:
        pairs = [pair for pair in self._pairs if self._asked(f"{pair.layer}.weight")]
        return list(filter_turns(*self._ends, pairs, self._masks))

    def spectra(self) -> list[DisplacementSpectrum]:
        rows = [
            row for row in self._subject.parameters if len(row.shape) >= 2 and self._asked(row.name)
        ]
        rng = np.random.default_rng(self._bench.options.seed)
        found: list[DisplacementSpectrum] = []
        for done, row in enumerate(rows, 1):
            start, end = (state[row.name].numpy() for state in self._ends)
            mask = self._masks.get(row.name)
            alive = None if mask is None else mask.numpy()
            found.append(displacement_spectrum(row.name, start, end, alive, rng=rng))
            self._tell("spectra")(done, len(rows))
        return found

    def robustness(self) -> Robustness | None:
        try:
            images = self._bench.images
        except ParamdynError as error:
            self._notes.append(f"Layers were not put back, for want of images: {error}")
            return None
        fresh = self._fresh() if self._bench.options.details else None
        batches = few(images.test, LAYER_IMAGES), few(images.training, LAYER_IMAGES)
        states = self._ends[1], self._ends[0], fresh
        return robustness(
            hollow(self._model.to(images.device)),
            states,
            self._subject.parameters,
            self._pairs,
            batches,
            asked=self._asked,
            progress=self._tell("layers put back"),
        )

    def _asked(self, name: str) -> bool:
        return named_by(self._bench.options.layers, name)

    def _fresh(self) -> State | None:
        try:
            return drawn_again(self._subject, runs=self._bench.runs)
        except ParamdynError as error:
            self._notes.append(f"No layer was drawn anew: {error}")
            return None

    def _tell(self, what: str) -> Callable[[int, int], None]:
        name = f"{self._subject.name}: {what}"
        return lambda done, of: self._bench.progress(name, done, of)
