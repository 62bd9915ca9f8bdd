"""Whether different starts end at the same point, up to symmetry (SCIENCE.md, 2.6)."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from paramdyn import seeding
from paramdyn.analysis.answer import Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import END, Subject
from paramdyn.analysis.symmetry.distance import Search, SymmetryDistance, symmetry_distance
from paramdyn.analysis.symmetry.structure import Structure, structure_of
from paramdyn.analysis.verdict import ConvergenceSeed
from paramdyn.measurements.reach import structural_reach
from paramdyn.probes.interpolation import linear_path
from paramdyn.specs import RunSpec
from paramdyn.specs.controls import ORDER, TWIN, another_seed, seed_of
from paramdyn.specs.reader import read_spec
from paramdyn.specs.recognition import computes_the_same
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs


@dataclass(frozen=True, slots=True)
class PairOfEnds:
    """Two ends that came from different starts, with what they must be compared with.

    Attributes:
        first: Name of a run.
        second: Name of another run of the same experiment with another start.
        raw: Distance of their ends.
        aligned: The same after permuting units and, before batch normalisation, choosing signs.
        unrelated: d3: the same with the second network's scalars shuffled within each tensor, so
            that nothing but its norms is left.
        twin: d0: distance to the first run done again; None when that was not made.
        order: d1: distance to the first run with its images in another order; None alike.
        barrier: Loss barrier between the first and the aligned second end, in nats.
        barrier_order: The same between the first and the run in another order.
        disagreement: Share of images that the two ends classify differently.
        disagreement_order: The same for the run in another order.
        missing: Controls that were not there.
    """

    first: str
    second: str
    raw: float | None = None
    aligned: float | None = None
    unrelated: float | None = None
    twin: float | None = None
    order: float | None = None
    barrier: float | None = None
    barrier_order: float | None = None
    disagreement: float | None = None
    disagreement_order: float | None = None
    missing: tuple[Missing, ...] = ()

    def evidence(
        self, seed: int, collapsed: tuple[str, ...], unfinished: Collection[str] = ()
    ) -> ConvergenceSeed:
        """Return what a verdict rests on; ``seed`` numbers the pair."""
        return ConvergenceSeed(
            seed=seed,
            collapsed=collapsed,
            unfinished=tuple(sorted(unfinished)),
            d0=self.twin,
            d1=self.order,
            d3=self.unrelated,
            aligned=self.aligned,
            barrier=self.barrier,
            barrier_noise=self.barrier_order,
            disagreement=self.disagreement,
            disagreement_noise=self.disagreement_order,
        )


def pairs_of(subjects: Sequence[Subject]) -> list[tuple[Subject, Subject]]:
    """Return disjoint pairs of runs with different starts: no run speaks twice.

    Args:
        subjects: Runs of one experiment with other seeds.
    """
    apart: dict[int, Subject] = {}
    for subject in subjects:
        apart.setdefault(seed_of(subject.spec, "initialization"), subject)
    ordered = list(apart.values())
    return list(zip(ordered[::2], ordered[1::2], strict=False))


def same_point(first: Subject, second: Subject, bench: Bench) -> PairOfEnds:
    """Return how far apart two ends are, beside what unrelated networks and training noise give.

    Args:
        first: A run that kept its last values.
        second: Another one of the same model and data set, from another start.
        bench: Gives images and finds the controls of ``first`` in its runs folder.

    Raises:
        RunNotFound: Values were not kept.
        BadRequest: The symmetries of the model are not known.
        DatasetError: The images cannot be read.

    Reference:
        Ainsworth et al., arXiv:2209.04836; Entezari et al., arXiv:2110.06296.
    """
    size = first.spec.dataset.image_size
    network = first.shapes()
    structure = structure_of(network, image_size=size)
    reach = structural_reach(network, image_size=size)
    masks = {name: reach.mask(name) for name in reach.unreachable}
    kept = {name: mask for name, mask in masks.items() if mask is not None}
    seed = bench.options.seed
    search = Search(bench.options.restarts, seed)

    def distance(b: Mapping[str, Tensor], kind: str) -> SymmetryDistance:
        bench.progress(f"aligning {second.name} with {first.name}", 0, 1)
        return symmetry_distance(first.state(END), b, structure, kind, excluded=kept, search=search)

    raw, aligned = distance(second.state(END), "raw"), distance(second.state(END), "both")
    unrelated = distance(shuffled(second.state(END), structure, seed), "both")
    twin, order = _controls(first, bench)
    observed = bench.observations
    for each in (first, second, *([order] if order else [])):
        observed.of(each, END)
    moved = aligned.alignment.apply(second.state(END))
    return PairOfEnds(
        first=first.name,
        second=second.name,
        raw=raw.l2_live,
        aligned=aligned.l2_live,
        unrelated=unrelated.l2_live,
        twin=distance(twin.state(END), "raw").l2_live if twin else None,
        order=distance(order.state(END), "raw").l2_live if order else None,
        barrier=_barrier(first, moved, bench),
        barrier_order=_barrier(first, order.state(END), bench) if order else None,
        disagreement=observed.agreement((first.name, END), (second.name, END)).disagreement,
        disagreement_order=(
            observed.agreement((first.name, END), (order.name, END)).disagreement if order else None
        ),
        missing=_missing(first, twin, order, bench.runs),
    )


def shuffled(state: Mapping[str, Tensor], structure: Structure, seed: int) -> dict[str, Tensor]:
    """Return the parameters with their scalars permuted within each tensor: only norms are left."""
    found = dict(state)
    for name in structure.parameters:
        order = torch.randperm(
            state[name].numel(), generator=seeding.generator(seed, "shuffled", name)
        )
        found[name] = state[name].reshape(-1)[order].reshape(state[name].shape)
    return found


def _barrier(first: Subject, other: Mapping[str, Tensor], bench: Bench) -> float | None:
    model = bench.observations.model(first, END)
    ends = tuple(_placed(state, bench) for state in (first.state(END), other))
    tracked = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules())  # noqa: SLF001
    points = bench.options.alphas
    path = linear_path(
        model,
        (ends[0], ends[1]),
        bench.images.test,
        treatment="reset" if tracked else "interpolated",
        training_batches=bench.images.training if tracked else None,
        alphas=[step / (points - 1) for step in range(points)],
        progress=lambda done, all_: bench.progress(f"barrier from {first.name}", done, all_),
    )
    return path.loss_barrier.height


def _placed(state: Mapping[str, Tensor], bench: Bench) -> dict[str, Tensor]:
    return {name: value.to(bench.images.device) for name, value in state.items()}


def _controls(subject: Subject, bench: Bench) -> tuple[Subject | None, Subject | None]:
    """Return the same run done again, and the one with its images in another order."""
    mine = subject.spec

    def is_twin(spec: RunSpec) -> bool:
        return computes_the_same(spec, mine)

    def is_order(spec: RunSpec) -> bool:
        moved = replace(spec, seeds=replace(spec.seeds, order=seed_of(mine, "order")))
        return seed_of(spec, "order") != seed_of(mine, "order") and computes_the_same(moved, mine)

    return _find(subject, is_twin, bench), _find(subject, is_order, bench)


def _find(subject: Subject, wanted: Callable[[RunSpec], bool], bench: Bench) -> Subject | None:
    for run in list_runs(bench.runs):
        alike = run.model == subject.spec.model.name and run.dataset == subject.spec.dataset.name
        if alike and run.status == "finished" and run.name != subject.name:
            folder = RunFolder(run.path)
            if wanted(read_spec(folder.layout.spec)):
                return bench.open(folder)
    return None


def _missing(
    first: Subject, twin: Subject | None, order: Subject | None, runs: Path
) -> tuple[Missing, ...]:
    folder = first.folder
    if folder is None:
        return ()
    again = f"run {shlex.quote(str(folder.layout.spec))} --runs {shlex.quote(str(runs))}"
    found = []
    if twin is None:
        why = "it tells whether runs repeat bit for bit; without it no distance has a floor"
        found.append(Missing(first.name, TWIN, why, again))
    if order is None:
        seed = another_seed(seed_of(first.spec, "order"), "order")
        why = "it is the noise floor of training: the same start, its images in another order"
        found.append(Missing(first.name, ORDER, why, f"{again} --set seeds.order={seed}"))
    return tuple(found)
