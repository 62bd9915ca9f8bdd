"""A perturbed run with its parent and its controls, told by what the runs say of themselves.

That is what marking needs; ``analyze`` finds controls by what runs compute, and tells what lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paramdyn.specs.controls import CONTROLS, INDEPENDENT, INDEPENDENT_PARENT, TWIN
from paramdyn.store.run_summary import RunSummary


@dataclass(frozen=True, slots=True)
class Family:
    """Relatives.

    Attributes:
        child: The run that the others are compared to, or belong to.
        members: It, its parent, its controls; for a parent the runs that started from it.
        twin: What the child is compared with; None when it has not been trained.
    """

    child: RunSummary
    members: tuple[RunSummary, ...]
    twin: RunSummary | None = None


def family_of(run: RunSummary, everything: Sequence[RunSummary]) -> Family:
    """Return a run with its relatives.

    Of a control the family is that of its child. A child without controls of its own has those of
    a sibling: a run of the same recipe from the same snapshot, perturbed in another way. A run
    that continues none has the runs that started from it.

    Args:
        run: A run.
        everything: All runs of its folder.
    """
    by_name = {each.name: each for each in everything}
    child = by_name.get(run.control_of, run) if run.control_of else run
    parent = by_name.get(child.parent_run) if child.parent else None
    if parent is None:
        below = [each for each in everything if each.parent_run == child.name]
        return Family(child, (child, *reversed(below)))
    controls = [each for each in everything if each.control_of == child.name]
    if not any(each.arm in CONTROLS for each in controls):
        siblings = {each.name for each in everything if _is_sibling(each, child)}
        controls = [each for each in everything if each.control_of in siblings]
    order = {arm: place for place, arm in enumerate(CONTROLS)}
    usual = [each for each in controls if each.arm in order and each.arm != INDEPENDENT_PARENT]
    usual.sort(key=lambda each: order[each.arm])
    if any(each.arm == INDEPENDENT for each in usual):  # it stands for its parent
        others: list[RunSummary] = []
    else:
        others = [each for each in controls if each.arm == INDEPENDENT_PARENT]
    twin = next((each for each in usual if each.arm == TWIN), None)
    return Family(child, tuple(dict_of((parent, child, *usual, *others)).values()), twin)


def dict_of(runs: Sequence[RunSummary]) -> dict[str, RunSummary]:
    """Return runs by their names, each once, in their order."""
    return {run.name: run for run in runs}


def _is_sibling(one: RunSummary, child: RunSummary) -> bool:
    """Tell whether two runs differ in their perturbation alone."""
    if one.name == child.name or one.parent != child.parent or one.arm != child.arm:
        return False
    return _recipe(one) == _recipe(child)


def _recipe(run: RunSummary) -> dict[str, object]:
    return {name: value for name, value in (run.spec or {}).items() if name != "perturbations"}
