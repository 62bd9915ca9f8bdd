"""Which values the listed runs have: the columns of the table are what varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from paramdyn.store.query.groups import PLACES, RECORDING
from paramdyn.store.query.keys import canonical
from paramdyn.store.run_summary import RunSummary

MOST = 64
"""So many values of a field are kept: enough to know that it varies and how wide it is."""

_NAMED = {
    "model": "model", "dataset": "dataset", "init": "initializer", "optimizer": "optimizer",
    "perturb": "perturbations", "arm": "arm", "seed": "seed",
}  # fmt: skip
"""Name of a key -> attribute of a summary."""
_QUIET = (RECORDING, "seeds.", *PLACES)
_CHANCE = ("seed",)


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of runs.

    Attributes:
        values: Name of a key -> its values, at most ``MOST`` of them; None where some have none.
    """

    values: dict[str, set[Any]]

    def varies(self, key: str) -> bool:
        """Tell whether runs differ in a key."""
        return len(self.values.get(key, ())) > 1

    def differing(self) -> list[str]:
        """Return the keys in which runs differ by what was asked of them: seeds are left out."""
        return [key for key in self.values if self.varies(key) and key not in _CHANCE]


def spread_of(runs: Sequence[RunSummary]) -> Spread:
    """Return which values runs have, of the usual keys and of every field of their specs.

    A run that cannot be read has none.
    """
    runs = [run for run in runs if run.problem is None]
    values: dict[str, set[Any]] = {}
    for key, attribute in _NAMED.items():
        values[key] = {getattr(run, attribute) or None for run in runs} if key != "seed" else set()
    values["seed"] = {run.seed for run in runs}
    values["init"] = {_origin(each) for each in values["init"]}
    counts: dict[str, int] = {}
    for run in runs:
        for name, value in (run.spec or {}).items():
            counts[name] = counts.get(name, 0) + 1
            if len(known := values.setdefault(f"spec {name}", set())) < MOST:
                known.add(tuple(value) if isinstance(value, list) else _plain(value))
    fields = {}
    for name, number in counts.items():
        found = values.pop(f"spec {name}")
        if number < len(runs):
            found.add(None)  # the others have the default
        if canonical(name) not in values and not name.startswith(_QUIET):
            fields[canonical(name)] = found
    fields.pop("perturbations", None)
    return Spread(values | fields)


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float, bool)) else repr(value)


def _origin(initializer: object) -> object:
    """Return an initializer; of one that goes on from a run only that it does."""
    if isinstance(initializer, str) and initializer.startswith("run:"):
        return "run"
    return initializer
