"""What values an option or argument takes: names from catalogues, runs, steps, filters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import ParamdynError
from paramdyn_tui.completing.place import ONLY_FILES, Candidate, Place

if TYPE_CHECKING:
    from paramdyn.registry import Registry

DESCRIBED = 40
"""So many runs are described; reading more would be felt."""

_FIXED: dict[str, tuple[str, ...]] = {
    "precision": ("fp32", "tf32", "bf16"),
    "device": ("auto", "cpu", "cuda", "mps"),
    "record": ("auto", "every:", "epoch", "log:", "none"),
    "shell": ("bash", "zsh", "fish"),
    "x": ("epoch", "step", "images", "time", "relative"),
}
_GROUPING = ("perturb", "arm", "model", "dataset", "init", "optimizer", "lr", "batch", "epochs")
_FIXED_LISTS: dict[str, tuple[str, ...]] = {
    "augment": ("flip", "crop", "none"),
    "snapshots": ("final", "init", "every:", "none"),
    "metric": (
        "test.acc",
        "test.loss",
        "train.acc",
        "train.loss",
        "val.acc",
        "val.loss",
        "lr",
        "speed",
    ),
}


def values_at(place: Place) -> list[Candidate]:
    """Return the values that start with what is typed; file names where a path is meant.

    A file that cannot be read offers nothing: completion never fails.
    """
    try:
        return _values(place)
    except (ParamdynError, OSError):
        return []


def _values(place: Place) -> list[Candidate]:
    name = place.parameter
    if name in _FIXED:
        return _matching([Candidate(value) for value in _FIXED[name]], place.text)
    if name in _FIXED_LISTS:
        return _in_list([Candidate(value) for value in _FIXED_LISTS[name]], place.text)
    if name in _MAKERS:
        return _MAKERS[name](place)
    if "RUN" in place.metavar:
        return _runs(place)
    if "FILTER" in place.metavar:
        return _filters(place)
    return ONLY_FILES if place.metavar in ("FILE", "DIR", "SPEC") else []


def _matching(found: Iterable[Candidate], text: str) -> list[Candidate]:
    return [each for each in found if each.value.startswith(text)]


def _in_list(found: Iterable[Candidate], text: str) -> list[Candidate]:
    """Complete the last name of ``a,b``; those that stand there already are left out."""
    head, comma, last = text.rpartition(",")
    taken = set(head.split(","))
    return [
        Candidate(f"{head}{comma}{each.value}", each.help)
        for each in found
        if each.value.startswith(last) and each.value not in taken
    ]


def _names(registry: Registry) -> list[Candidate]:
    return [Candidate(entry.name, entry.summary) for entry in registry.entries()]


def _catalogue(attribute: str) -> Callable[[Place], list[Candidate]]:
    def complete(place: Place) -> list[Candidate]:
        from paramdyn import catalogues

        return _matching(_names(getattr(catalogues, attribute)), place.text)

    return complete


def _optimizers(place: Place) -> list[Candidate]:
    from paramdyn.catalogues import OPTIMIZERS, TORCH_OPTIMIZERS

    further = [Candidate(name, f"torch.optim.{name}") for name in TORCH_OPTIMIZERS]
    return _matching([*_names(OPTIMIZERS), *further], place.text)


def _measurements(place: Place) -> list[Candidate]:
    from paramdyn.catalogues import MEASUREMENTS

    if place.command == "plot":
        return _matching(_names(MEASUREMENTS), place.text)
    return _in_list(_names(MEASUREMENTS), place.text)


def _controls(place: Place) -> list[Candidate]:
    from paramdyn.specs.controls import CONTROLS

    return _in_list([Candidate(name) for name in CONTROLS], place.text)


def _kinds(place: Place) -> list[Candidate]:
    from paramdyn.catalogues import REGISTRIES

    return _matching([Candidate(registry.plural) for registry in REGISTRIES], place.text)


def _fields(place: Place) -> list[Candidate]:
    from paramdyn.specs.flat import flat_fields
    from paramdyn.specs.run_spec import RunSpec

    found = [
        Candidate(f"{name}=", f"default {value}") for name, value in flat_fields(RunSpec()).items()
    ]
    return _matching(found, place.text)


def _questions(place: Place) -> list[Candidate]:
    from paramdyn.catalogues import QUESTIONS

    return _matching([*_names(QUESTIONS), Candidate("all", "every question")], place.text)


def _formats(place: Place) -> list[Candidate]:
    from paramdyn_tui.cli.export import FORMATS

    return _matching([Candidate(name) for name in FORMATS], place.text)


def _parts(place: Place) -> list[Candidate]:
    if place.command == "plot":
        from paramdyn_tui.plotting.request import PARTS

        return _in_list([Candidate(name) for name in PARTS], place.text)
    from paramdyn.store.export.names import TABLES

    return _in_list([Candidate(name, text) for name, text in TABLES.items()], place.text)


def _keys(place: Place) -> list[Candidate]:
    """Complete the keys of lists; a sign before one to sort by stays."""
    if place.command == "plot":
        return _matching([Candidate(name) for name in _GROUPING], place.text)
    from paramdyn.store.query.keys import Vocabulary
    from paramdyn.store.run_folder import runs_folder
    from paramdyn.store.run_index import list_runs

    last = place.text.rpartition(",")[2]
    sign = "-" if place.parameter == "sort" and last.startswith("-") else ""
    names = Vocabulary(list_runs(runs_folder(place.runs))).names()
    return _in_list([Candidate(f"{sign}{name}") for name in names], place.text)


def _topics(place: Place) -> list[Candidate]:
    from paramdyn_tui.cli.app import COMMANDS
    from paramdyn_tui.cli.help import topics

    found = [Candidate(name, about) for name, about in topics().items()]
    found += [Candidate(name, text) for name, text in COMMANDS.items() if name not in topics()]
    return _matching(found, place.text)


def _runs(place: Place) -> list[Candidate]:
    folder = Path(place.runs or os.environ.get("PARAMDYN_RUNS") or "runs").expanduser()
    name, at, step = place.text.rpartition("@")
    if at and (folder / name).is_dir() and "@" in (place.metavar or "@"):
        return [
            Candidate(f"{name}@{each.value}", each.help)
            for each in _steps(folder / name)
            if each.value.startswith(step)
        ]
    if not folder.is_dir():
        return []
    found = sorted(
        entry.name
        for entry in os.scandir(folder)
        if entry.name.startswith(place.text) and entry.name[0] != "." and entry.is_dir()
    )
    free = [each for each in found if each not in place.before] or found
    if len(free) > DESCRIBED:
        return [Candidate(each) for each in free]
    return [Candidate(each, _status(folder / each)) for each in free]


def _status(path: Path) -> str:
    from paramdyn.store.layout import Layout
    from paramdyn.store.present import present_state
    from paramdyn.store.state import effective_status

    try:
        state = present_state(Layout(path))
    except ParamdynError:
        return "broken"
    perturbed = state.summary.get("perturbations")
    return f"{effective_status(state)}{f', {perturbed}' if perturbed else ''}"


def _steps(path: Path) -> list[Candidate]:
    from paramdyn.store.layout import Layout
    from paramdyn.store.records import read

    names: dict[str, str] = {}
    for event in read(Layout(path).events)[0]:
        if event.get("event") == "snapshot":
            step, name = str(event.get("step")), str(event.get("name"))
            if name in ("init", "final", "best"):
                names[name] = f"step {step}"
            if name != "best":
                names.setdefault(step, name)
    return [Candidate(name, about) for name, about in names.items()]


def _filters(place: Place) -> list[Candidate]:
    from paramdyn.store.query.completion import complete_query
    from paramdyn.store.run_folder import runs_folder
    from paramdyn.store.run_index import list_runs

    head = place.text[: len(place.text) - len(_last_word(place.text))]
    found = complete_query(place.text, list_runs(runs_folder(place.runs)))
    return [Candidate(head + text) for text in found]


def _last_word(text: str) -> str:
    return "" if not text or text[-1].isspace() else text.rsplit(maxsplit=1)[-1]


_MAKERS: dict[str, Callable[[Place], list[Candidate]]] = {
    "model": _catalogue("MODELS"),
    "dataset": _catalogue("DATASETS"),
    "init": _catalogue("INITIALIZERS"),
    "schedule": _catalogue("SCHEDULES"),
    "perturb": _catalogue("PERTURBATIONS"),
    "optimizer": _optimizers,
    "measure": _measurements,
    "kind": _kinds,
    "assign": _fields,
    "to": _formats,
    "what": _parts,
    "sort": _keys,
    "group": _keys,
    "columns": _keys,
    "topic": _topics,
    "question": _questions,
    "controls": _controls,
    "where": _filters,
    "filter": _filters,
    "start": _runs,
    "diff": _runs,
}
