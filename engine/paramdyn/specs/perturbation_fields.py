"""What can be wrong with the fields of a perturbation, apart from its name and options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from paramdyn.catalogues import BUFFER_PERTURBATIONS
from paramdyn.registry import nearest_names
from paramdyn.specs.problem import Problem, shown
from paramdyn.specs.run_spec import PerturbationSpec

BUFFERS = ("none", "means", "all")


def field_problems(perturbations: Sequence[PerturbationSpec]) -> Iterator[Problem]:
    """Yield what is wrong with ``layers`` and ``buffers`` of each perturbation."""
    for i, perturbation in enumerate(perturbations):
        if not all(part.strip() for part in perturbation.layers.split("|")):
            text = (
                f"found {shown(perturbation.layers)}, which has an empty pattern. Write a glob "
                "over parameter names, such as 'conv1.*' or 'conv*|fc1.*'; '*' is all."
            )
            yield Problem(f"perturbations[{i}].layers", text)
        problem = buffers_problem(perturbation)
        if problem is not None:
            yield Problem(f"perturbations[{i}].buffers", problem, (f"perturbations[{i}].name",))


def buffers_problem(perturbation: PerturbationSpec) -> str | None:
    """Return what is wrong with ``buffers``, in words; None when it can be done."""
    if perturbation.buffers not in BUFFERS:
        near = nearest_names(perturbation.buffers, BUFFERS, 1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        listed = ", ".join(f"'{choice}'" for choice in BUFFERS)
        return f"found {shown(perturbation.buffers)}, expected one of {listed}.{hint}"
    if perturbation.buffers == "none" or perturbation.name in BUFFER_PERTURBATIONS:
        return None
    return (
        f"'{perturbation.name}' has no meaning for running statistics. Only "
        f"{' and '.join(repr(name) for name in BUFFER_PERTURBATIONS)} take buffers, as in the "
        "original study. Leave it out."
    )
