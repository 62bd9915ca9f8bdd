"""Runs put together by what their specs share, with means and intervals over their seeds."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paramdyn.store.query.keys import Key, canonical
from paramdyn.store.run_summary import LARGEST_INT, RunSummary

REPEATED = "repeated"
RECORDING = "recording."
PLACES = ("training.device", "training.threads")

_EXACT_UP_TO = 200  # degrees of freedom


@dataclass(frozen=True, slots=True)
class Statistic:
    """A figure of several runs.

    Attributes:
        n: How many runs have it.
        mean: Its arithmetic mean; not finite when one of them is not.
        deviation: Its standard deviation (n - 1); None for fewer than two runs.
        halfwidth: Half the width of the 95 % interval of the mean, from Student's t; None likewise.
    """

    n: int
    mean: float
    deviation: float | None = None
    halfwidth: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Runs with equal values of some keys.

    Attributes:
        values: The keys' values; None where the runs have none.
        runs: All its runs, in the order given.
        counted: Those that the figures are of: finished, and no repetition of another.
        apart: How many runs are in no figure, by status; ``repeated`` for repetitions.
        figures: Name of a key to its statistic; keys that no counted run has are left out.
        varying: What else differs within the group, seeds apart: then it is no group of seeds.
    """

    values: tuple[Any, ...]
    runs: list[RunSummary]
    counted: list[RunSummary]
    apart: dict[str, int]
    figures: dict[str, Statistic] = field(default_factory=dict)
    varying: list[str] = field(default_factory=list)


def group_runs(
    runs: Iterable[RunSummary], keys: Sequence[Key], figures: Sequence[Key]
) -> list[Group]:
    """Return the groups of runs with equal values of ``keys``, ordered by these.

    Failed, diverged, stopped and unfinished runs are counted apart: the mean of networks at
    different steps means nothing. So are repetitions, the same experiment with the same seed: they
    are no further sample, whatever they recorded and wherever they ran.

    Args:
        runs: The runs.
        keys: What a group has in common, at least one key.
        figures: Keys with numbers, of which each group gets mean and interval.
    """
    getters = [key.get for key in keys]
    parted: dict[tuple[Any, ...], tuple[tuple[Any, ...], list[RunSummary]]] = {}
    for run in runs:
        values = tuple([get(run) for get in getters])
        parted.setdefault(_hashable(values), (values, []))[1].append(run)
    ordered = sorted(parted.values(), key=lambda part: [order_of(value) for value in part[0]])
    names = {key.name for key in keys}
    return [_group(values, members, figures, names) for values, members in ordered]


def statistic(values: Sequence[float]) -> Statistic | None:
    """Return mean, standard deviation and 95 % interval; None for no values."""
    n = len(values)
    if n == 0:
        return None
    if not all(map(math.isfinite, values)):
        return Statistic(n, sum(values))  # nan or an infinity, as it should be
    mean = math.fsum(values) / n
    if n == 1:
        return Statistic(n, mean)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return Statistic(n, mean, deviation, t_quantile(n - 1) * deviation / math.sqrt(n))


def experiment_of(fields: Mapping[str, Any]) -> str:
    """Return what two runs share that are the same experiment with the same seed.

    What is recorded and when, the device and the threads are no part of it: they change nothing
    that an experiment is about, and at most how its sums round.

    Args:
        fields: The dotted fields of a spec.
    """
    kept = [
        (name, value)
        for name, value in fields.items()
        if not name.startswith(RECORDING) and name not in PLACES
    ]
    return repr(sorted(kept))


@functools.cache
def t_quantile(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t for at least one degree of freedom.

    scipy has it too, and takes longer to import than a list of ten thousand runs may take.
    """
    if degrees > _EXACT_UP_TO:  # Abramowitz and Stegun 26.7.5; below 1e-9 off
        z = 1.959963984540054
        terms = (
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        )
        return z + sum(term / degrees ** (i + 1) for i, term in enumerate(terms))
    low, high = 0.0, math.pi / 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _inside(middle, degrees) < 0.95 else (low, middle)
    return math.sqrt(degrees) * math.tan(middle)


def order_of(value: Any) -> tuple[int, float, str]:  # noqa: ANN401 - any plain value
    """Return what to sort a value by: numbers, then texts, then what is missing or no number."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return (2, 0.0, "")
    if isinstance(value, (int, float)):
        return (0, value, "")
    return (1, 0.0, str(value))


def _inside(angle: float, degrees: int) -> float:
    """Return the probability of |t| < sqrt(degrees) tan(angle): Abramowitz and Stegun 26.7.3."""
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(2 + odd, degrees - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return (angle + sine * total) * 2 / math.pi if odd else sine * total


def _group(
    values: tuple[Any, ...], runs: list[RunSummary], figures: Sequence[Key], names: set[str]
) -> Group:
    apart: Counter[str] = Counter()
    counted: list[RunSummary] = []
    seen: set[str] = set()
    for run in runs:
        if run.status != "finished":
            apart[run.status] += 1
            continue
        if run.spec is not None:
            identity = experiment_of(run.spec)
            if identity in seen:
                apart[REPEATED] += 1
                continue
            seen.add(identity)
        counted.append(run)
    found: dict[str, Statistic] = {}
    for key in figures:
        numbers = [value for run in counted if _is_number(value := key.get(run))]
        if (summed := statistic(numbers)) is not None:
            found[key.name] = summed
    varying = [name for name in _varying(runs) if name not in PLACES]
    varying += [name for name in _varying(counted) if name in PLACES]
    varying = sorted({canonical(name) for name in varying} - names)
    return Group(values, runs, counted, dict(sorted(apart.items())), found, varying)


def _varying(runs: list[RunSummary]) -> set[str]:
    """Return the fields that differ among ``runs``, but for seeds and what is recorded."""
    if not runs:
        return set()
    first, *others = runs
    base = first.spec or {}
    found: set[str] = set()
    for run in others:
        spec = run.spec or {}
        if spec != base:
            found.update(name for name in spec if name not in found and _differ(name, spec, base))
            found.update(name for name in base if name not in found and _differ(name, spec, base))
        if run.arm != first.arm:
            found.add("arm")
    return {name for name in found if not name.startswith(("seed", RECORDING))}


def _differ(name: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    a, b = one.get(name), other.get(name)
    if name == "initializer.name":  # each seed's child starts from its own parent
        return _without_run(a) != _without_run(b)
    return bool(a != b)


def _without_run(initializer: object) -> object:
    if isinstance(initializer, str) and initializer.startswith("run:"):
        return f"run:@{initializer.rpartition('@')[2] if '@' in initializer else ''}"
    return initializer


def _is_number(value: object) -> bool:
    """Tell whether a value can be averaged; a whole number that no float can hold cannot."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < LARGEST_INT
    return isinstance(value, float)


def _hashable(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        ("json", repr(value)) if isinstance(value, (list, dict)) else value for value in values
    )
