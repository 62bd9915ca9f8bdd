"""Find everything that is wrong with a spec, and complete a sound one.

Validation asks the catalogues, so plug-ins must have been loaded (``paramdyn.plugins``) before.
It opens no file: whether data, weights and runs exist is found out by those who read them.
"""

from __future__ import annotations

from dataclasses import fields

from paramdyn.catalogues import TORCHVISION_CLASSIFIERS
from paramdyn.specs.names import entries, name_problems, resolved
from paramdyn.specs.plain_values import from_plain
from paramdyn.specs.problem import Problem, spec_error
from paramdyn.specs.ranges import range_problems
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.writer import to_mapping


def problems(spec: RunSpec) -> list[str]:
    """Return everything that is wrong with a spec, one sentence or two each, in the spec's order.

    Checked are the types of all fields, names and their options, ranges, and contradictions. Each
    text begins with the dotted key it is about.
    """
    return [str(problem) for problem in _checked(spec)[1]]


def validate(spec: RunSpec, *, where: str = "") -> RunSpec:
    """Return the spec fully resolved: names as the catalogues spell them, every option written.

    Args:
        spec: The spec; names that its plug-ins register must be known already.
        where: What the messages begin with, usually the spec's file name.

    Raises:
        SpecError: The spec has problems; it lists all of them.
    """
    plain, found = _checked(spec)
    if found:
        raise spec_error(found, where)
    return resolved(plain)


def further_problems(spec: RunSpec, found: list[Problem], *, names: bool) -> list[Problem]:
    """Return ``found`` and what else is wrong with ``spec``, in the spec's order.

    What is about a key in ``found``, or depends on one, is left out: that field holds a default
    which nobody wrote.

    Args:
        spec: The spec as far as it could be read.
        found: What could not be read.
        names: Whether to ask the catalogues too; False while plug-ins are not loaded.
    """
    more = range_problems(spec)
    if names:
        more += [*name_problems(spec), *_pretrained_problems(spec)]
    broken = [problem.key for problem in found]
    sound = [
        problem
        for problem in more
        if not any(_within(key, name) for key in (problem.key, *problem.also) for name in broken)
    ]
    order = [field.name for field in fields(RunSpec)]
    return sorted([*found, *_first_of_each(sound)], key=lambda problem: _place(problem, order))


def _checked(spec: RunSpec) -> tuple[RunSpec, list[Problem]]:
    found: list[Problem] = []
    plain = from_plain(RunSpec, to_mapping(spec), "", found)
    return plain, further_problems(plain, found, names=True)


def _within(key: str, broken: str) -> bool:
    return key == broken or key.startswith((f"{broken}.", f"{broken}["))


def _first_of_each(found: list[Problem]) -> list[Problem]:
    """Keep one problem a key: an option that is out of range may be of the wrong type too."""
    return list({problem.key: problem for problem in reversed(found)}.values())[::-1]


def _place(problem: Problem, order: list[str]) -> int:
    section = problem.key.partition(".")[0].partition("[")[0]
    return order.index(section) if section in order else len(order)


def _pretrained_problems(spec: RunSpec) -> list[Problem]:
    asked = spec.initializer.name == "pretrained" and not spec.initializer.weights
    if not asked or spec.model.name in TORCHVISION_CLASSIFIERS or not _is_known_model(spec):
        return []
    text = (
        f"torchvision has no pretrained weights for '{spec.model.name}'. Choose one of its models, "
        "or 'weights' with a file of your own."
    )
    return [Problem("initializer.name", text, ("model.name", "initializer.weights"))]


def _is_known_model(spec: RunSpec) -> bool:
    return ":" in spec.model.name or entries(spec)["model"] is not None
