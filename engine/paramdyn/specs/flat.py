"""A spec as one flat table, dotted field to plain value: what lists, filters and diffs look at."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from paramdyn.catalogues import DATASETS, INITIALIZERS, MODELS, OPTIMIZERS, SCHEDULES
from paramdyn.registry import Entry
from paramdyn.specs.names import entries, optimizer_name, resolved
from paramdyn.specs.options import filled
from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.writer import to_mapping

_CATALOGUES = {
    "model": MODELS,
    "dataset": DATASETS,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}


def flat_fields(spec: RunSpec) -> dict[str, Any]:
    """Return every field under its dotted name, in the spec's order.

    An option is ``optimizer.options.momentum``; those not given have the catalogue's defaults.
    ``perturbations`` is one text, ``sign-flip + distort:1e-06``, empty for none. A seed of
    ``seeds`` is None where the run's seed is used. Other values are bool, int, float, str, or
    lists of text. ``schema_version`` is no field of an experiment and is left out.
    """
    spec = resolved(spec)
    flat: dict[str, Any] = {}
    for field in fields(spec):
        value = getattr(spec, field.name)
        if field.name == "perturbations":
            flat[field.name] = " + ".join(format_perturbation(each) for each in value)
        elif is_dataclass(value):
            flat |= _section(field.name, value)
        elif field.name != "schema_version":
            flat[field.name] = list(value) if isinstance(value, tuple) else value
    return flat


def non_default_fields(spec: RunSpec) -> dict[str, Any]:
    """Return those of ``flat_fields`` that are not as ``RunSpec()`` and the catalogues have them.

    An option counts as default when it is the catalogue's for the thing it belongs to, and a seed
    of ``seeds`` when it equals the run's.
    """
    flat = flat_fields(spec)
    usual = _defaults() | _option_defaults(entries(spec))
    usual |= {
        name: spec.seed for name in flat if name.startswith("seeds.") and flat[name] is not None
    }
    return {
        name: value for name, value in flat.items() if name not in usual or value != usual[name]
    }


def completed(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``flat_fields`` of the spec of which ``changed`` is ``non_default_fields``.

    For whoever has only what state.json keeps. Things of a plug-in have only the options given,
    unless the plug-in is loaded.
    """
    flat = _defaults() | dict(changed)
    known: dict[str, Entry | None] = {}
    for section, registry in _CATALOGUES.items():
        name = str(flat[f"{section}.name"]).partition(":")[0]
        name = optimizer_name(name) if section == "optimizer" else name
        known[section] = registry.entry(name) if name in registry else None
    return _defaults() | _option_defaults(known) | dict(changed)


@functools.cache
def _defaults() -> dict[str, Any]:
    """Return the fields of ``RunSpec()`` without options, which depend on names."""
    return {
        name: value for name, value in flat_fields(RunSpec()).items() if ".options." not in name
    }


def _option_defaults(known: Mapping[str, Entry | None]) -> dict[str, Any]:
    return {
        f"{section}.options.{name}": value
        for section, entry in known.items()
        if section in _CATALOGUES
        for name, value in filled(entry, {}).items()
    }


def _section(name: str, part: object) -> dict[str, Any]:
    values = to_mapping(part)
    flat = {f"{name}.{field.name}": values.get(field.name) for field in fields(part)}  # type: ignore[arg-type]
    options = flat.pop(f"{name}.options", None) or {}
    return flat | {f"{name}.options.{option}": value for option, value in options.items()}
