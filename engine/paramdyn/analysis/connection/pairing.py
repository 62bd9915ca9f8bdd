"""Which two networks a straight line is drawn between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.families import Families, is_perturbed_child
from paramdyn.analysis.seeds import by_recipe
from paramdyn.analysis.subjects import END, START, Moment, Subject
from paramdyn.errors import BadRequest, ParamdynError
from paramdyn.specs.controls import start_of
from paramdyn.store.run_folder import find_run

PARENT, CONTROL = "parent", "control"


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Two networks.

    Attributes:
        first: At alpha = 0, a run and a moment.
        second: At alpha = 1.
        counts: Whether a verdict may rest on it: two ends of training, neither in a pair before.
        role: What the first run is to the second: ``PARENT``, ``CONTROL``, or nothing.
    """

    first: tuple[Subject, Moment]
    second: tuple[Subject, Moment]
    counts: bool = True
    role: str = ""

    @property
    def label(self) -> str:
        """The two names."""
        (one, here), (other, there) = self.first, self.second
        if one is other:
            return f"{one.name}: {here} -> {there}"
        if self.role:
            return f"{other.name}: {self.role}'s end -> end"
        return f"{one.name} -> {other.name}"


def pairs_of(subjects: Sequence[Subject], bench: Bench) -> tuple[list[Ends], str]:
    """Return the pairs, and a sentence that says how they were chosen.

    One run: its start and its end; of a perturbed child its control's end (the twin's) and its
    own too, of one without a control, and of another run that continues one, its parent's. Two:
    these. More: of two experiments, runs of one seed; of perturbed children over seeds, each with
    its control; of another experiment over seeds, each run once; else the first with each of the
    others.

    Raises:
        BadRequest: One weights file alone.
    """
    if len(subjects) == 1:
        return _alone(subjects[0], bench)
    if len(subjects) == 2:
        return [Ends((subjects[0], END), (subjects[1], END))], ""
    groups = by_recipe(subjects, runs=bench.runs)
    if len(groups) == 1:
        members = groups[0].subjects
        controlled = [pair for each in members for pair in _with_control(each, bench)]
        if len(controlled) == len(members):
            return controlled, "Each perturbed run is joined to its control, the twin."
        pairs = [
            Ends((a, END), (b, END)) for a, b in zip(members[::2], members[1::2], strict=False)
        ]
        if len(members) % 2:
            pairs.append(Ends((members[0], END), (members[-1], END), counts=False))
        return pairs, (
            "Runs of one experiment: each is in one pair, so that pairs are independent; an odd "
            "last one is joined to the first and decides nothing."
        )
    first = {subject.spec.seed: subject for subject in groups[0].subjects}
    pairs = [
        Ends((first[other.spec.seed], END), (other, END), counts=number == 1)
        for number, group in enumerate(groups[1:], 1)
        for other in group.subjects
        if other.folder is not None and other.spec.seed in first
    ]
    if len(pairs) == len(subjects) - len(first):
        what = f"{groups[0].label} is joined to the run of the same seed of"
        return pairs, f"{what} {', '.join(group.label for group in groups[1:])}."
    rest = [Ends((subjects[0], END), (other, END), counts=number == 0)
            for number, other in enumerate(subjects[1:])]  # fmt: skip
    return rest, f"{subjects[0].name} is joined to each of the others; name two for other pairs."


def check_models(subjects: Sequence[Subject]) -> None:
    """Refuse networks that no straight line joins.

    Raises:
        BadRequest: Their parameters differ in name or shape.
    """
    first = subjects[0]
    table = [(row.name, row.shape) for row in first.parameters]
    for other in subjects[1:]:
        if [(row.name, row.shape) for row in other.parameters] != table:
            raise BadRequest(
                f"connectivity: {other.name} is a '{other.spec.model.name}' and {first.name} a "
                f"'{first.spec.model.name}', or their parameters differ in shape. A straight line "
                "joins networks of one model. Name such."
            )


def _alone(subject: Subject, bench: Bench) -> tuple[list[Ends], str]:
    if subject.folder is None:
        raise BadRequest(
            f"connectivity: {subject.name} alone has nothing to be joined to. Name a second file."
        )
    pairs = [Ends((subject, START), (subject, END), counts=False)]
    controlled = _with_control(subject, bench)
    if controlled:
        [pair] = controlled
        return pairs + controlled, (
            f"Its start is joined to its end, and the end of its control, {pair.first[0].name}, to "
            "its own. Name two runs to join others."
        )
    text = "Its start is joined to its end. Name a second run to join the ends of both"
    start = start_of(subject.spec)
    if start is not None:
        try:
            parent = bench.open(find_run(bench.runs, start.run))
        except ParamdynError:
            return pairs, f"{text}. Its parent {start.run} is not there."
        pairs.append(Ends((parent, END), (subject, END), role=PARENT))
        return pairs, (
            f"{text}, such as a control's. The end of its parent, {parent.name}, is joined to its "
            "own, too."
        )
    return pairs, f"{text}: one in another order, of another seed, or a perturbed child."


def _with_control(child: Subject, bench: Bench) -> list[Ends]:
    """Return a perturbed child's pair with its control; none for others, or without a control."""
    if child.folder is None or not is_perturbed_child(child.spec):
        return []
    twin = Families(bench).of(child).twin
    return [] if twin is None else [Ends((twin, END), (child, END), role=CONTROL)]
