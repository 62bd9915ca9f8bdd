"""Perturbed runs whose truth is known: made by hand from a pool of small trained networks.

Every family has a parent P, a control A0 = P + drift + noise, its bit-equal re-run, an order
control A1 = P + drift + other noise, and an independent D from another parent. The child E is
planted. Noise is small enough for every network to answer as it did, and spreads over seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from paramdyn.analysis.bench import Bench, Options
from paramdyn.analysis.families import Family, assembled
from paramdyn.analysis.perturbed import SeedRecovery, measured
from paramdyn.analysis.perturbed.weights import Symmetries, symmetries_of
from paramdyn.analysis.subjects import END, START, Moment, Subject
from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.scales import rescaled
from paramdyn.analysis.symmetry.signs import flipped
from paramdyn.analysis.symmetry.structure import Structure, structure_of
from paramdyn.errors import RunNotFound
from paramdyn.parameters import parameter_table
from paramdyn.specs import DatasetSpec, RunSpec

State = dict[str, Tensor]

NOISE = 0.15
"""Of data order, in standard deviations of each tensor: the noise floor."""
DRIFT = 0.1
"""What all continuations of a parent share."""
SPREAD = 0.2
"""Standard deviation over seeds of the logarithm of the noise."""
STEPS = 100


class Small(nn.Module):
    """A convolutional network of 12,000 parameters, with batch normalisation or without."""

    def __init__(self, *, normed: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 5, stride=2, bias=not normed)
        self.conv2 = nn.Conv2d(8, 16, 5, stride=2, bias=not normed)
        self.norm1 = nn.BatchNorm2d(8) if normed else nn.Identity()
        self.norm2 = nn.BatchNorm2d(16) if normed else nn.Identity()
        self.hidden = nn.Linear(16 * 5 * 5, 20)
        self.head = nn.Linear(20, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits. Shape: (N, 10)."""
        maps = torch.relu(self.norm1(self.conv1(images)))
        maps = torch.relu(self.norm2(self.conv2(maps)))
        return self.head(torch.relu(self.hidden(maps.flatten(1))))


class PlantedSubject(Subject):
    """Values somebody made, at the start and at the end of a run of 100 steps."""

    def __init__(self, name: str, *, normed: bool, end: State, start: State | None = None) -> None:
        self.name, self.status, self.classes = name, "finished", 10
        self.spec = RunSpec(dataset=DatasetSpec(name="digits"))
        self._normed, self._states = normed, {END: end, START: start or end}
        self.parameters = parameter_table(self.new_model())

    def state(self, moment: Moment = END) -> State:
        """Return the values at ``start`` or ``end``."""
        known = END if moment == STEPS else moment
        if known not in self._states:
            raise RunNotFound(f"{self.name}: kept nothing at {moment}.")
        return self._states[known]

    def step_of(self, moment: Moment) -> int:
        """Return 0 for the start and 100 for the end."""
        return 0 if moment == START else STEPS

    def new_model(self) -> nn.Module:
        """Return a network with values of no meaning."""
        return Small(normed=self._normed).eval()


@dataclass(frozen=True)
class Pool:
    """Trained networks that know nothing of each other.

    Attributes:
        normed: Whether they have batch normalisation.
        states: Their values.
        structure: Their symmetries.
        bench: With the images, which every family is asked about.
        symmetries: What may be moved in a network of this kind.
    """

    normed: bool
    states: list[State]
    structure: Structure
    bench: Bench
    symmetries: Symmetries


def trained_pool(count: int, *, normed: bool, seed: int = 0, restarts: int = 2) -> Pool:
    """Return ``count`` networks trained on digits, none of which collapsed."""
    bench = Bench(options=Options(restarts=restarts))
    blank = Small(normed=normed)
    subject = PlantedSubject("blank", normed=normed, end=dict(blank.state_dict()))
    bench.subjects.append(subject)
    batches = list(bench.images.training)
    images = torch.cat([images for images, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    states: list[State] = []
    draw = seed * 10_000
    while len(states) < count:
        draw += 1
        model, accuracy = _trained(images, labels, normed=normed, seed=draw)
        if accuracy > 0.9:
            states.append({k: v.clone() for k, v in model.state_dict().items()})
    structure = structure_of(blank, image_size=32)
    return Pool(normed, states, structure, bench, symmetries_of(subject))


def _trained(images: Tensor, labels: Tensor, *, normed: bool, seed: int) -> tuple[nn.Module, float]:
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Small(normed=normed)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(8):
        for batch in torch.randperm(len(images), generator=generator).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = float((model(images).argmax(1) == labels).double().mean())
    return model, accuracy


@dataclass(frozen=True)
class Plan:
    """One family being made.

    Attributes:
        pool: Trained networks.
        generator: Of everything that is drawn for this family.
        parent: P.
        drifted: P with what all its continuations share.
        stranger: An unrelated network, not the independent control.
        scale: Of this seed's noise.
    """

    pool: Pool
    generator: torch.Generator
    parent: State
    drifted: State
    stranger: State
    scale: float

    def noisy(self, state: State, size: float = NOISE) -> State:
        """Return ``state`` with noise on its parameters; statistics stay."""
        return noisy(state, size * self.scale, self.generator)

    def continued(self) -> State:
        """Return one more continuation of the parent, in an order of its own."""
        return self.noisy(self.drifted)


Ends = tuple[State, State]
"""Start S and end E of a child."""


def noisy(state: State, size: float, generator: torch.Generator) -> State:
    """Return ``state`` with N(0, (size s)^2) on each parameter, s its tensor's deviation."""
    out = dict(state)
    for name, values in state.items():
        if values.is_floating_point() and "running" not in name:
            scale = float(values.std(correction=0)) or 0.05
            drawn = torch.randn(values.shape, generator=generator)
            out[name] = values + size * scale * drawn
    return out


def true_return(plan: Plan, control: State) -> Ends:
    """Distorted as far as data order leads; ends at the control, but for a fiftieth of that."""
    return plan.noisy(plan.parent), plan.noisy(control, NOISE / 50)


def other_order(plan: Plan, _: State) -> Ends:
    """No effect: the child ends as any other data order would."""
    return plan.noisy(plan.parent, 1e-6), plan.continued()


def permuted(plan: Plan, _: State) -> Ends:
    """Hidden units changed places; training goes on as in any other data order."""
    order = {
        group.name: torch.randperm(group.units, generator=plan.generator)
        for group in plan.pool.structure.groups.values()
    }
    moved = Alignment(plan.pool.structure, order)
    return moved.apply(plan.parent), moved.apply(plan.continued())


def mirrored(plan: Plan, _: State) -> Ends:
    """Every sign that batch normalisation cancels is turned (K14)."""
    moved = flipped(plan.pool.structure)
    return moved.apply(plan.parent), moved.apply(plan.continued())


def scaled(plan: Plan, _: State) -> Ends:
    """Each unit is scaled by its own factor between 1/3 and 3."""
    factors = {
        name: torch.exp(torch.empty(space.units).uniform_(-1.1, 1.1, generator=plan.generator))
        for name, space in plan.pool.structure.scales.items()
    }
    ends = (rescaled(each, plan.pool.structure, factors)
            for each in (plan.parent, plan.continued()))  # fmt: skip
    return next(ends), next(ends)


def independent(plan: Plan, _: State) -> Ends:
    """Distorted a little, and forced to where an unrelated network lies."""
    return plan.noisy(plan.parent), plan.noisy(plan.stranger)


def farther(plan: Plan, control: State) -> Ends:
    """Three times as far from the control as data order leads, in a random direction."""
    return plan.noisy(plan.parent), plan.noisy(control, 3 * 2**0.5 * NOISE)


def collapsed(plan: Plan, _: State) -> Ends:
    """Ends near the control, but its head answers one class whatever it sees."""
    end = plan.continued()
    return plan.noisy(plan.parent), {**end, "head.weight": torch.zeros(10, 20)}


def diverged(plan: Plan, _: State) -> Ends:
    """Ends with weights that are no numbers."""
    end = plan.continued()
    return plan.noisy(plan.parent), {**end, "hidden.weight": end["hidden.weight"] * torch.nan}


Plant = Callable[[Plan, State], Ends]
PLANTS: Mapping[str, Plant] = {
    "true return": true_return,
    "other order": other_order,
    "permuted copy": permuted,
    "sign-symmetric copy": mirrored,
    "rescaled copy": scaled,
    "independent run": independent,
    "farther than order": farther,
    "collapsed run": collapsed,
    "diverged run": diverged,
}


def planted_family(pool: Pool, plant: Plant, seed: int) -> Family:
    """Return the family of one seed, drawn anew whatever else was drawn."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(pool.states), generator=generator)[:3].tolist()
    parent, other, stranger = (pool.states[place] for place in chosen)
    scale = float(torch.exp(SPREAD * torch.randn((), generator=generator)))
    drifted = noisy(parent, DRIFT * scale, generator)
    plan = Plan(pool, generator, parent, drifted, stranger, scale)
    control, order = plan.continued(), plan.continued()
    unrelated = plan.noisy(other, DRIFT)
    start, end = plant(plan, control)

    def subject(name: str, values: State, begun: State) -> Subject:
        return PlantedSubject(f"{name}-{seed}", normed=pool.normed, end=values, start=begun)

    child = subject("child", end, start)
    child.spec = replace(child.spec, seed=seed)
    return assembled(
        child,
        subject("parent", parent, parent),
        {
            "twin": subject("twin", control, parent),
            "twin-again": subject("again", control, parent),
            "order": subject("order", order, parent),
            "independent": subject("independent", unrelated, other),
        },
    )


def planted_seed(pool: Pool, plant: Plant, seed: int) -> SeedRecovery:
    """Return what is measured of one planted seed; straight lines are left out."""
    bench = Bench(options=pool.bench.options, subjects=list(pool.bench.subjects))
    bench.__dict__["images"] = pool.bench.images  # loaded once; passes are this family's own
    family = planted_family(pool, plant, seed)
    return measured(family, bench, thorough=False, symmetries=pool.symmetries)
