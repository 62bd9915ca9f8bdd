"""Short names for runs that are shown together: what differs between their specs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from paramdyn.errors import UnknownName
from paramdyn.registry import unknown_name
from paramdyn.regular_files import read_regular
from paramdyn.specs.controls import CONTROLS
from paramdyn.specs.flat import completed
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import summarize
from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.safe_text import printable

LONGEST = 28
SHORT = {
    "init": "initializer.name",
    "data": "dataset.name",
    "opt": "optimizer.name",
    "wd": "optimizer.weight_decay",
    "limit": "dataset.train_limit",
}
QUIET = ("training.device", "training.threads", "recording.", "seeds.", "plugins")
"""Fields that name a run only when nothing else tells two apart."""
WORDS = {
    "optimizer.learning_rate": "lr",
    "training.batch_size": "batch",
    "training.epochs": "epochs",
    "training.max_steps": "steps",
    "dataset.train_limit": "images",
}
BARE = ("model.name", "dataset.name", "initializer.name", "optimizer.name", "schedule.name")
"""Fields whose value says enough without their name."""

Fields = Mapping[str, Any]


def spec_fields(folder: RunFolder) -> dict[str, Any]:
    """Return the flat fields of a run's spec, as state.json keeps them, else from spec.toml.

    ``arm`` is the word that lists have for what the run is. What cannot be read is left out.
    """
    run = summarize(folder.path)
    flat = completed(run.spec) if run.spec is not None else _from_toml(folder)
    return with_arm(flat, run)


def with_arm(flat: dict[str, Any], run: RunSummary) -> dict[str, Any]:
    """Return the fields of a run's spec, with its arm among them where that is known."""
    return flat | {"arm": run.arm} if run.arm else flat


def control_in(fields: Fields) -> str:
    """Return which control of another run a run is, from its fields; empty when it is none."""
    arm = str(fields.get("arm", ""))
    return arm if arm in CONTROLS else ""


def short_names(folders: Sequence[RunFolder], fields: Sequence[Fields]) -> list[str]:
    """Return a name for each run that no other one has.

    Which control, or what differs between the specs (``seed 0``, ``sign-flip``, ``lr 0.01``); where
    that does not tell runs apart, the end of the folder's name too. One run keeps its own name.
    """
    if len(folders) == 1:
        return [printable(folders[0].name)]
    names = described(fields)
    unclear = [not name or names.count(name) > 1 for name in names]
    for index, folder in enumerate(folders):
        if unclear[index]:
            tail = folder.name.rpartition("-")[2]
            if tail.isdecimal() and len(tail) < 3:  # of a spec that was run again
                tail = "-".join(folder.name.rsplit("-", 2)[1:])
            names[index] = f"{names[index]} {tail}".strip()
    clashing = [name for name in names if names.count(name) > 1]
    return [
        printable(folder.name if name in clashing else name)
        for folder, name in zip(folders, names, strict=True)
    ]


def described(fields: Sequence[Fields]) -> list[str]:
    """Return what differs, in words, one text for each; empty where nothing does.

    Controls are called by their arm. The arm of any other run follows from its other fields.
    """
    fields = [each if control_in(each) else {**each, "arm": ""} for each in fields]
    differing = differing_fields(fields)
    loud = [key for key in differing if not key.startswith(QUIET)]
    arms = [each["arm"] for each in fields]
    if any(arms):
        roles = [_role(each, seeds="seed" in loud) for each in fields]
        if all(roles) and len(set(roles)) == len(roles):
            return [shorten(role, LONGEST) for role in roles]
    if all(arms) and len(set(arms)) > 1:
        loud = [key for key in loud if key in {"arm", "seed"}]
    shown = loud or differing
    texts = [_text(shown, each) for each in fields]
    usual = [
        _text([k for k in shown if k != "perturbations" or each.get(k)], each) for each in fields
    ]
    if len(set(usual)) == len(set(texts)) and all(usual):
        texts = usual
    each_its_own = len(set(texts)) == len(texts)
    return [shorten(text, LONGEST) if each_its_own else text for text in texts]


def _role(fields: Fields, *, seeds: bool) -> str:
    """Return what a run is among a child and its controls; empty for neither."""
    keys = (
        ["arm"] if fields.get("arm") else ["perturbations"] if fields.get("perturbations") else []
    )
    return _text([*keys, "seed"] if seeds and keys else keys, fields)


def differing_fields(fields: Sequence[Fields]) -> list[str]:
    """Return the fields that are not equal in all, the telling ones first, the seed last."""
    keys = dict.fromkeys(key for each in fields for key in each)
    differing = [key for key in keys if _differs([each.get(key) for each in fields])]
    order = {"arm": 0, "perturbations": 1, "seed": 3}
    return sorted(differing, key=lambda key: order.get(key, 2))


def _differs(values: Sequence[Any]) -> bool:
    """Tell whether values are written differently; most are the very same default."""
    first, text = values[0], repr(values[0])
    return any(value is not first and repr(value) != text for value in values)


def field_of(fields: Sequence[Fields], key: str) -> str:
    """Return the full name of a field from its name, its last part or a usual word.

    Raises:
        UnknownName: There is no such field, or several.
    """
    usual = {word: name for name, word in WORDS.items()} | {"perturb": "perturbations"}
    usual |= {name.partition(".")[0]: name for name in BARE} | SHORT
    known = list(dict.fromkeys(name for each in fields for name in each))
    name = usual.get(key, key)
    ending = [each for each in known if each.rpartition(".")[2] == name]
    if name in known or len(ending) == 1:
        return name if name in known else ending[0]
    raise UnknownName(
        unknown_name("field", key, [*known, *usual], where="--group", listing="paramdyn show RUN")
    )


def shown_field(key: str, value: object) -> str:
    """Return a field and its value as a legend shows it."""
    if key == "perturbations":
        return str(value) if value else "unperturbed"
    if key == "arm":
        return str(value) if value else ""
    if key == "initializer.name" and str(value).startswith("run:"):
        return "continued"
    if key in BARE:
        return str(value)
    if value is None:
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{WORDS.get(key, key.rpartition('.')[2].replace('_', ' '))} {text}"


def _text(keys: Sequence[str], fields: Fields) -> str:
    return ", ".join(filter(None, (shown_field(key, fields.get(key)) for key in keys)))


def _from_toml(folder: RunFolder) -> dict[str, Any]:
    try:
        spec = tomllib.loads(read_regular(folder.layout.spec).decode())
    except (OSError, ValueError):
        return {}
    flat: dict[str, Any] = {}
    for name, value in spec.items():
        if name == "perturbations" and isinstance(value, list):
            flat[name] = " + ".join(_perturbation(each) for each in value)
        elif isinstance(value, dict):
            flat |= _flattened(name, value)
        elif name != "schema_version":
            flat[name] = value
    return flat


def _flattened(prefix: str, table: Fields) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        flat |= _flattened(key, value) if isinstance(value, dict) else {key: value}
    return flat


def _perturbation(table: object) -> str:
    if not isinstance(table, dict):
        return str(table)
    options = table.get("options")
    values = [f"{value:g}" if isinstance(value, float) else str(value)
              for value in (options.values() if isinstance(options, dict) else ())]  # fmt: skip
    return ":".join([str(table.get("name", "")), ",".join(values)]).rstrip(":")
