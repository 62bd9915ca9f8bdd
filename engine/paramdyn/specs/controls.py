"""The runs to which a perturbed and continued run is compared, made from specs alone.

The child starts from a snapshot of its parent and is perturbed. Each control differs from it in
one thing, so that what the perturbation did can be told from what would have happened anyway:

``twin``
    The same start and the same order of images, not perturbed. On one device with the same number
    of threads every other difference between child and twin comes from the perturbation.
``rounding-twin``
    The twin with one weight of one layer moved by one unit in the last place: how far rounding
    alone drives two runs apart.
``order``
    The twin with its images in another order: the noise floor of training. Augmentation, dropout
    and the validation split keep their seeds, so the order alone differs.
``independent-parent``
    The parent's own recipe with another initialization and another order; when the parent itself
    continued a run, one for each run up to the first.
``independent``
    The child's recipe, not perturbed, from the independent parent's snapshot: what an unrelated
    network looks like after the same number of steps, shown the same images in the same order.

Pretrained weights and weights files cannot be drawn again: a network independent of them starts
from the initializer ``default``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import InitializerSpec, PerturbationSpec, RunSpec

TWIN = "twin"
ROUNDING_TWIN = "rounding-twin"
ORDER = "order"
INDEPENDENT_PARENT = "independent-parent"
INDEPENDENT = "independent"
CONTROLS = (TWIN, ROUNDING_TWIN, ORDER, INDEPENDENT_PARENT, INDEPENDENT)
PARENT = "parent"

LOADED = ("pretrained", "weights")
AT_INITIALIZATION = ("init", "0")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run that continues another one starts: ``run:RUN@STEP``."""

    run: str
    step: str
    """As written; ``final`` when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One control.

    Attributes:
        name: One of ``CONTROLS``.
        spec: What to run. When ``starts_from`` is set, the run that its initializer names has not
            been made: ``run_id`` of that arm's spec stands for it.
        about: How it differs, in words.
        starts_from: Index, in the same list, of the arm from whose snapshot it starts.
    """

    name: str
    spec: RunSpec
    about: str
    starts_from: int | None = None


class Parameter(Protocol):
    """A row of a run's parameter table, ``store.manifest.ParameterInfo``."""

    @property
    def name(self) -> str:
        """As in the model's state_dict."""

    @property
    def kind(self) -> str:
        """``conv``, ``linear``, ``norm``, ``bias`` or ``other``."""

    @property
    def trainable(self) -> bool:
        """Whether the optimizer changes it."""


def start_of(spec: RunSpec) -> Start | None:
    """Return the snapshot that ``spec`` starts from; None when it continues no run."""
    kind, _, source = spec.initializer.name.partition(":")
    if kind != "run":
        return None
    name, at, step = source.rpartition("@")
    return Start(name, step) if at else Start(source, "final")


def started_from(spec: RunSpec, run: str) -> RunSpec:
    """Return ``spec`` with the same step of another run as its start."""
    _, at, step = spec.initializer.name.partition(":")[2].rpartition("@")
    return replace(spec, initializer=InitializerSpec(name=f"run:{run}{at}{step if at else ''}"))


def controls(
    child: RunSpec,
    lineage: Sequence[RunSpec],
    *,
    layer: str = "*.weight",
    wanted: Sequence[str] = CONTROLS,
) -> list[Arm]:
    """Return the controls of ``child``, in the order of ``CONTROLS``.

    A control that would be the child itself is left out: the rounding twin of a rounding twin.

    Args:
        child: Continues a run and is perturbed.
        lineage: The runs it descends from: the first one, which continues none, to the parent.
        layer: Glob over the parameter in which the rounding twin moves one value.
        wanted: Some of ``CONTROLS``; ``independent`` brings the parents it needs.
    """
    arms = [
        Arm(name=TWIN, spec=twin(child), about="same start, same order, not perturbed"),
        Arm(
            name=ROUNDING_TWIN,
            spec=rounding_twin(child, layer),
            about=f"the twin with one value of {layer} moved by one unit in the last place",
        ),
        Arm(
            name=ORDER,
            spec=order_control(child),
            about=f"the twin with its images in another order, seed {_order_seed(child)}",
        ),
    ]
    arms = [arm for arm in arms if arm.name in wanted and run_id(arm.spec) != run_id(child)]
    if INDEPENDENT_PARENT in wanted or INDEPENDENT in wanted:
        arms += _independent_arms(child, lineage, len(arms))
    return [arm for arm in arms if arm.name != INDEPENDENT or INDEPENDENT in wanted]


def twin(child: RunSpec) -> RunSpec:
    """Return the child's spec without its perturbations, and without a seed for them."""
    return replace(child, perturbations=(), seeds=replace(child.seeds, perturbation=None))


def rounding_twin(child: RunSpec, layer: str = "*.weight") -> RunSpec:
    """Return the twin with one value of each parameter that ``layer`` matches moved by one ulp."""
    moved = PerturbationSpec(name="ulp", layers=layer, options={"amount": 1})
    return replace(twin(child), perturbations=(moved,))


def order_control(child: RunSpec) -> RunSpec:
    """Return the twin with another, derived, seed of the order of images."""
    plain = twin(child)
    return replace(plain, seeds=replace(plain.seeds, order=_order_seed(child)))


def independent_lineage(lineage: Sequence[RunSpec]) -> list[RunSpec]:
    """Return the same recipes with another draw of the first values and another order in each.

    Args:
        lineage: The first run, which continues none, to the parent. An empty one stays empty.
    """
    found: list[RunSpec] = []
    for spec in lineage:
        other = started_from(spec, run_id(found[-1])) if found else _drawn_again(spec)
        order = another_seed(seed_of(spec, "order"), "independent order")
        seeds = replace(other.seeds, order=order)
        found.append(replace(other, seeds=seeds))
    return found


def with_seed(lineage: Sequence[RunSpec], seed: int) -> list[RunSpec]:
    """Return the same recipes with another run seed, each starting from the one before it."""
    found: list[RunSpec] = []
    for spec in lineage:
        other = replace(spec, seed=seed)
        found.append(started_from(other, run_id(found[-1])) if found else other)
    return found


def first_weight(parameters: Sequence[Parameter], unreachable: Sequence[str] = ()) -> str:
    """Return a glob for the parameter in which a rounding twin moves one value.

    It is the weight of the first convolution or linear layer all of whose values get gradients: a
    value that never gets one can move nothing.

    Args:
        parameters: The run's parameter table, in the model's order.
        unreachable: Names of parameters of which some values never get a gradient.
    """
    trainable = [row for row in parameters if row.trainable] or list(parameters)
    weights = [row for row in trainable if row.kind in ("conv", "linear")] or trainable
    reachable = [row for row in weights if row.name not in unreachable] or weights
    return reachable[0].name.replace("[", "[[]") if reachable else "*.weight"


def seed_of(spec: RunSpec, stream: str) -> int:
    """Return the seed of one stream: its own, or the run's."""
    own: int | None = getattr(spec.seeds, stream)
    return spec.seed if own is None else own


def another_seed(seed: int, purpose: str) -> int:
    """Return a seed from 1 to 999,999 that depends on both and differs from ``seed``.

    It is derived by a hash, so that the controls of seeds 0, 1, 2, ... do not meet each other.
    """
    digest = hashlib.sha256(f"{purpose}\x1f{seed}".encode()).digest()
    derived = 1 + int.from_bytes(digest[:8], "little") % 999_999
    return derived if derived != seed else derived % 999_999 + 1


def _independent_arms(child: RunSpec, lineage: Sequence[RunSpec], first: int) -> list[Arm]:
    plain, parent = twin(child), lineage[-1]
    start = start_of(child)
    at_initialization = start is not None and start.step in AT_INITIALIZATION
    ancestors = list(lineage[:-1] if at_initialization else lineage)
    parents = independent_lineage(ancestors)
    arms = [
        Arm(
            name=INDEPENDENT_PARENT,
            spec=spec,
            about=_about_parent(old, spec, root=depth == 0),
            starts_from=first + depth - 1 if depth else None,
        )
        for depth, (old, spec) in enumerate(zip(ancestors, parents, strict=True))
    ]
    about = "the child's recipe, not perturbed, from the independent parent"
    if at_initialization:
        plain = _from_initialization_of(parent, plain)
        about = "the child's recipe, not perturbed, from another draw of the first values"
        if not parents:
            plain = _drawn_again(plain)
    if parents:
        plain = started_from(plain, run_id(parents[-1]))
    last = first + len(parents) - 1 if parents else None
    return [*arms, Arm(name=INDEPENDENT, spec=plain, about=about, starts_from=last)]


def _about_parent(old: RunSpec, spec: RunSpec, *, root: bool) -> str:
    order = f"order seed {spec.seeds.order}"
    if not root:
        return f"the recipe of a parent from an independent start, {order}"
    text = f"the first parent's recipe, initialization seed {spec.seeds.initialization}, {order}"
    if old.initializer.name in LOADED:
        return f"{text}; '{old.initializer.name}' cannot be drawn again, so it starts from default"
    return text


def _from_initialization_of(parent: RunSpec, plain: RunSpec) -> RunSpec:
    """Return ``plain`` started as the parent was, for a child of the parent's first values."""
    seed = seed_of(parent, "perturbation")
    own = seed if parent.perturbations and seed != plain.seed else None
    return replace(
        plain,
        initializer=parent.initializer,
        perturbations=parent.perturbations,
        seeds=replace(plain.seeds, perturbation=own),
    )


def _drawn_again(spec: RunSpec) -> RunSpec:
    """Return ``spec`` with another draw of the first values."""
    seed = another_seed(seed_of(spec, "initialization"), "independent initialization")
    loaded = spec.initializer.name in LOADED
    return replace(
        spec,
        initializer=InitializerSpec() if loaded else spec.initializer,
        seeds=replace(spec.seeds, initialization=seed),
    )


def _order_seed(spec: RunSpec) -> int:
    return another_seed(seed_of(spec, "order"), "other order")
