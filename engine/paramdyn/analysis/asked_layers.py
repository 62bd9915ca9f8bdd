"""Whether the globs with which layers are asked for name any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from paramdyn.analysis.subjects import Subject
from paramdyn.errors import SpecError
from paramdyn.perturbations.selection import nearest_parameters


def unmatched_layers(globs: Iterable[str], subjects: Sequence[Subject]) -> list[str]:
    """Return a sentence for each subject of which some globs name no parameter.

    Args:
        globs: As ``Options.layers`` of a bench.
        subjects: Those whose tables are asked for; one that knows no parameters says nothing.

    Raises:
        SpecError: A glob names no parameter of any of them; with every such glob.
    """
    known = {s.name: [info.name for info in s.parameters] for s in subjects if s.parameters}
    lacking = {
        glob: [
            name for name, table in known.items() if not any(fnmatchcase(p, glob) for p in table)
        ]
        for glob in globs
    }
    names = list(dict.fromkeys(name for table in known.values() for name in table))
    problems = [
        _problem(glob, names) for glob, found in lacking.items() if known and found == [*known]
    ]
    if problems:
        raise SpecError(problems)
    return [
        f"{name}: has no parameter that --layers '{glob}' names."
        for glob, found in lacking.items()
        for name in found
    ]


def _problem(glob: str, names: Sequence[str]) -> str:
    near = ", ".join(repr(name) for name in nearest_parameters(glob, names))
    return (
        f"--layers: '{glob}' matches no parameter of what is asked about. Parameters are called, "
        f"for example, {near}. Use a glob over these names, such as 'conv1.*'; 'paramdyn show RUN' "
        "lists all."
    )
