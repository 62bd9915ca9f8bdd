"""What joins networks in a straight line, what alignment changes, and what nothing looks like."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from paramdyn.analysis.bench import Bench, LineKey
from paramdyn.analysis.companions import AGAIN, INDEPENDENT, Companions, Neighbours
from paramdyn.analysis.connection.lines import Line, grid, line, main_treatment, treatments_of
from paramdyn.analysis.connection.pairing import Ends, check_models, pairs_of
from paramdyn.analysis.movement.soundness import spoiled
from paramdyn.analysis.subjects import END, UNTRAINED, Moment, State, Subject
from paramdyn.analysis.subjects.drawing import drawn_again, hollow
from paramdyn.analysis.symmetry.alignment import squared_difference
from paramdyn.analysis.symmetry.distance import Search, SymmetryDistance, symmetry_distance
from paramdyn.analysis.symmetry.structure import Structure, structure_of
from paramdyn.errors import BadRequest, ParamdynError, RunIncomplete, RunNotFound
from paramdyn.measurements.reach import structural_reach
from paramdyn.probes.certificate import FunctionChange, function_change
from paramdyn.probes.interpolation import LinearPath

AS_THEY_ARE, ALIGNED = "as they are", "aligned"


@dataclass(frozen=True, slots=True, eq=False)
class Nulls:
    """Lines that say what nothing looks like, with the main treatment.

    Attributes:
        paths: ``again``, ``order``, ``independent`` or ``independent, aligned`` -> the line from
            the first network to that run; those that nobody trained are missing.
        again_gap: Distance of the first network to the same run once more; None without one.
        untrained: Distance of two untrained draws, raw and aligned: what alignment alone buys.
        beside: The runs.
    """

    paths: dict[str, LinearPath] = field(default_factory=dict)
    again_gap: float | None = None
    untrained: tuple[SymmetryDistance, SymmetryDistance] | None = None
    beside: Companions = field(default_factory=Companions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Connection:
    """Two networks and the straight line between them.

    Attributes:
        ends: Which two.
        lines: As they are and aligned, with each treatment of batch normalisation.
        treatment: The one that nulls and verdicts rest on.
        raw: Distance as they are.
        aligned: After the best permutation and signs found; None where symmetries are unknown.
        certificate: What alignment changed of the second network's function.
        nulls: What nothing looks like.
        unsound: Names of ends that collapsed or diverged -> the word.
    """

    ends: Ends
    lines: Sequence[Line]
    treatment: str
    raw: SymmetryDistance | None
    aligned: SymmetryDistance | None
    certificate: FunctionChange | None
    nulls: Nulls
    unsound: dict[str, str] = field(default_factory=dict)

    def path(self, between: str) -> LinearPath | None:
        """Return the line of this name with the main treatment; None where there is none."""
        return next(
            (each.path for each in self.lines
             if each.between == between and each.path.treatment == self.treatment),
            None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectivity:
    """What was found of every pair.

    Attributes:
        connections: One entry a pair.
        chosen: How pairs were chosen; empty where two networks were named.
        notes: What was left out, and why.
    """

    connections: Sequence[Connection]
    chosen: str = ""
    notes: Sequence[str] = ()


def connectivity(*networks: Subject | str | Path, bench: Bench | None = None) -> Connectivity:
    """Return loss and error on the straight lines between networks.

    Each line is looked at as the networks are, and after the permutation and signs that bring the
    second closest to the first; with running statistics interpolated, reset on training images,
    and of each batch, where there are any.

    Args:
        networks: Names, paths or subjects; see ``pairing.pairs_of`` for which are joined.
        bench: Runs folder, images and options; ``Bench()`` by default.

    Raises:
        BadRequest: Networks of different models, or of different images.
        RunNotFound: A run, or its snapshot, is not there.
        DatasetError: The images cannot be read.

    Reference:
        Frankle et al., arXiv:1912.05671; Entezari et al., arXiv:2110.06296; Ainsworth et al.,
        arXiv:2209.04836; Jordan et al., arXiv:2211.08403.
    """
    bench = bench or Bench()
    subjects = [each if isinstance(each, Subject) else bench.open(each) for each in networks]
    if not subjects:
        raise BadRequest("connectivity: nothing is named. Name two runs, or two weights files.")
    check_models(subjects)
    for subject in subjects:
        if subject.folder is None and subject not in bench.subjects:
            bench.subjects.append(subject)
    pairs, chosen = pairs_of(subjects, bench)
    notes: list[str] = []
    joiner = _Joiner(subjects, bench, notes)
    found = []
    for each in pairs:
        try:
            found.append(joiner.join(each))
        except (RunNotFound, RunIncomplete) as error:
            if each is pairs[-1] and not found:
                raise
            notes.append(f"{each.label} is left out. {error}")
    return Connectivity(connections=found, chosen=chosen, notes=notes)


class _Joiner:
    """Joins pairs of networks of one model; nulls are made once a first network."""

    def __init__(self, subjects: Sequence[Subject], bench: Bench, notes: list[str]) -> None:
        self._bench, self._notes, subject = bench, notes, subjects[0]
        self._named = [each.id for each in subjects]
        model, size = subject.new_model(), subject.spec.dataset.image_size
        reach = structural_reach(model, image_size=size)
        self._masks: dict[str, Tensor] = {
            name: mask for name in reach.unreachable if (mask := reach.mask(name)) is not None
        }
        self._structure: Structure | None = None
        try:
            self._structure = structure_of(model, image_size=size)
        except BadRequest as error:
            notes.append(f"Nothing was aligned: {error}")
        self._model = hollow(model.to(bench.images.device))
        self._treatments = treatments_of(model)
        self._main = main_treatment(self._treatments)
        if len(self._treatments) == 1:
            notes.append("There are no running statistics, so treatments of them do not differ.")
        self._neighbours = Neighbours(bench)
        self._nulls: dict[str, Nulls] = {}
        self._untrained: tuple[SymmetryDistance, SymmetryDistance] | None = None

    def join(self, ends: Ends) -> Connection:
        first, second = (subject.state(moment) for subject, moment in (ends.first, ends.second))
        what = ends.label
        # what decides nothing is looked at in one way
        treatments = self._treatments if ends.counts else (self._main,)
        runs = ends.first, ends.second
        lines = [self._line((first, second), t, AS_THEY_ARE, what, runs) for t in treatments]
        raw = aligned = certificate = None
        # Units keep their places within a run: its start needs no alignment.
        if self._structure is not None and ends.first[1] == ends.second[1]:
            raw, aligned = self._distances(first, second, what)
            if not aligned.reason:
                moved = aligned.alignment.apply(second)
                certificate = self._certificate(second, moved)
                how = aligned.alignment.digest
                lines += [
                    self._line((first, moved), t, ALIGNED, what, runs, how) for t in treatments
                ]
        return Connection(
            ends=ends,
            lines=lines,
            treatment=self._main,
            raw=raw,
            aligned=aligned,
            certificate=certificate,
            nulls=self._nulls_of(ends, lines),
            unsound=self._unsound(ends),
        )

    def _certificate(self, before: State, after: State) -> FunctionChange:
        images = self._bench.images
        here = [
            {name: value.to(images.device) for name, value in state.items()}
            for state in (before, after)
        ]
        return function_change(self._model, here[0], here[1], images.test)

    def _unsound(self, ends: Ends) -> dict[str, str]:
        return {
            subject.name: word
            for subject, moment in (ends.first, ends.second)
            if moment == END and (word := spoiled(subject, self._bench))
        }

    def _nulls_of(self, ends: Ends, lines: Sequence[Line]) -> Nulls:
        """Return the nulls of the first network; a pair that is one itself is not drawn twice."""
        subject, other = ends.first[0], ends.second[0]
        if subject.name not in self._nulls:
            known = {each.between: each.path for each in lines if each.path.treatment == self._main}
            own = other.name if ends.first[1] == ends.second[1] else ""
            self._nulls[subject.name] = self._make_nulls(subject, own, known)
        return self._nulls[subject.name]

    def _make_nulls(self, subject: Subject, own: str, known: Mapping[str, LinearPath]) -> Nulls:
        beside = self._neighbours.of(subject, rather_not=self._named)
        paths: dict[str, LinearPath] = {}
        again_gap = None
        for name, other in beside.named():
            try:
                ends = subject.state(END), other.state(END)
                if name == AGAIN:
                    again_gap = self._gap(*ends)
                if other.name == own:
                    self._notes.append(f"{subject.name} -> {own} is itself the pair '{name}'.")
                    paths |= {_null_name(name, between): path for between, path in known.items()}
                    continue
                runs = (subject, END), (other, END)
                paths[name] = self._line(ends, self._main, name, subject.name, runs).path
                if name == INDEPENDENT and self._structure is not None:
                    _, aligned = self._distances(*ends, f"{subject.name}, {name}")
                    moved = aligned.alignment.apply(ends[1])
                    label = _null_name(name, ALIGNED)
                    how = aligned.alignment.digest
                    found = self._line((ends[0], moved), self._main, label, subject.name, runs, how)
                    paths[label] = found.path
            except ParamdynError as error:
                self._notes.append(f"{other.name} could not be joined to: {error}")
        return Nulls(paths, again_gap, self._untrained_pair(subject), beside)

    def _untrained_pair(self, subject: Subject) -> tuple[SymmetryDistance, SymmetryDistance] | None:
        if self._structure is None or self._untrained is not None:
            return self._untrained
        try:
            draws = subject.state(UNTRAINED), drawn_again(subject, runs=self._bench.runs)
        except ParamdynError as error:
            self._notes.append(f"No untrained networks were aligned: {error}")
            return None
        self._untrained = self._distances(*draws, "untrained networks")
        return self._untrained

    def _distances(
        self, first: State, second: State, what: str
    ) -> tuple[SymmetryDistance, SymmetryDistance]:
        assert self._structure is not None
        options = self._bench.options
        tell = self._tell(f"{what}: alignment")
        search = Search(restarts=options.restarts, seed=options.seed, progress=tell)
        raw = symmetry_distance(first, second, self._structure, excluded=self._masks)
        aligned = symmetry_distance(
            first, second, self._structure, "both", excluded=self._masks, search=search
        )
        return raw, aligned

    def _line(
        self, ends: tuple[State, State], treatment: str, between: str, what: str,
        runs: tuple[tuple[Subject, Moment], tuple[Subject, Moment]], how: str = "",
    ) -> Line:  # fmt: skip
        """Return what lies between two runs, the second aligned so; looked at once a bench."""
        lines, alphas = self._bench.lines, grid(self._bench.options.alphas)
        one, other = ((run.name, run.step_of(moment)) for run, moment in runs)
        key: LineKey = (one, other, treatment, len(alphas), how)
        if key not in lines:
            lines[key] = line(
                self._model, ends, self._bench.images, treatment, between=between, alphas=alphas,
                progress=self._tell(f"{what}: {between}, statistics {treatment}"),
            ).path  # fmt: skip
        return Line(between, lines[key])

    def _gap(self, first: State, second: State) -> float:
        names = [name for name, _ in self._model.named_parameters()]
        return math.sqrt(math.fsum(squared_difference(first[n], second[n])[0] for n in names))

    def _tell(self, what: str) -> Callable[[int, int], None]:
        return lambda done, of: self._bench.progress(what, done, of)


def _null_name(name: str, between: str) -> str:
    return f"{name}, {ALIGNED}" if between == ALIGNED else name
