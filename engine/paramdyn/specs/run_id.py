"""The identity of a spec: a readable slug and a hash of everything that differs from the defaults.

A field that is added later with a default changes no hash. Names of run folders are for people and
are never parsed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from paramdyn.registry import Entry
from paramdyn.specs.names import entries, optimizer_name, resolved
from paramdyn.specs.options import filled
from paramdyn.specs.run_spec import PerturbationSpec, RunSpec
from paramdyn.specs.writer import to_mapping

LONGEST_PART = 32
LONGEST_SLUG = 200
"""Characters; a disk takes names of 255, and a run that is made again gets a number."""


def run_id(spec: RunSpec) -> str:
    """Return the slug and the hash, ``lenet-digits-kaiming-uniform-sgd-s0-1aa03aa1``."""
    return f"{slug(spec)}-{spec_hash(spec)}"


def slug(spec: RunSpec) -> str:
    """Return model, data set, initializer, perturbations, optimizer and seed, joined by ``-``.

    Lower-case ASCII letters, digits, ``.``, ``_`` and ``-`` only; each part is cut to 32
    characters, all of it to 200. A path gives its last part, ``run:RUN@STEP`` just ``run``.
    """
    base, _, path = spec.dataset.name.partition(":")
    parts = [
        spec.model.name,
        f"{base}-{PurePath(path).name}" if path else base,
        spec.initializer.name.partition(":")[0],
        *(perturbation.name for perturbation in spec.perturbations[:3]),
        optimizer_name(spec.optimizer.name),
        f"s{spec.seed}",
    ]
    return "-".join(_readable(part) for part in parts)[:LONGEST_SLUG].strip("-.")


def spec_hash(spec: RunSpec) -> str:
    """Return 8 hexadecimal digits of the SHA-256 of ``identity(spec)`` as canonical JSON.

    Equal for a spec before and after ``validation.validate``, and for equal numbers written as
    ``1`` and ``1.0``.
    """
    text = json.dumps(_canonical(identity(spec)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def identity(spec: RunSpec) -> dict[str, Any]:
    """Return what decides what a run computes, as nested plain values without the defaults.

    Left out: ``training.device`` and ``training.threads`` (where, not what), options equal to the
    catalogue's defaults, and seeds equal to the run's seed. Plug-ins count by file name.
    """
    plain = to_mapping(resolved(spec))
    for key, entry in entries(spec).items():
        section, _, index = key.rstrip("]").partition("[")
        part = plain[section][int(index)] if index else plain[section]
        part["options"] = _chosen_options(part["options"], entry)
    plain["perturbations"] = [
        {"name": part["name"], **_difference(part, to_mapping(PerturbationSpec()))}
        for part in plain["perturbations"]
    ]
    plain["plugins"] = [PurePath(plugin).name for plugin in spec.plugins]
    plain["seeds"] = {name: seed for name, seed in plain["seeds"].items() if seed != spec.seed}
    del plain["training"]["device"], plain["training"]["threads"]
    return _difference(plain, to_mapping(RunSpec()))


def _chosen_options(options: Mapping[str, Any], entry: Entry | None) -> dict[str, Any]:
    defaults = filled(entry, {})
    return {
        name: value
        for name, value in options.items()
        if name not in defaults or value != defaults[name]
    }


def _difference(plain: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    different: dict[str, Any] = {}
    for key, value in plain.items():
        usual = default.get(key)
        if isinstance(value, dict) and isinstance(usual, dict) and key != "options":
            inner = _difference(value, usual)
            if inner:
                different[key] = inner
        elif value != usual:
            different[key] = value
    return different


def _canonical(value: Any) -> Any:  # noqa: ANN401 - any plain value
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _readable(part: str) -> str:
    text = re.sub(r"[^0-9a-z._-]+", "-", part.lower()).strip("-.")
    return text[:LONGEST_PART].strip("-.") or "other"
