"""Write a spec as plain values and as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import tomli_w

from paramdyn.specs.run_spec import RunSpec

HEADER = "# What one run of paramdyn computes. Repeat it: paramdyn run spec.toml\n\n"


def to_mapping(spec: object) -> dict[str, Any]:
    """Return a spec, or a part of one, as nested dicts and lists, without fields that are None.

    ``reader.spec_from_mapping`` is the inverse.
    """
    return {
        field.name: _plain(getattr(spec, field.name))
        for field in fields(spec)  # type: ignore[arg-type]
        if getattr(spec, field.name) is not None
    }


def to_toml(spec: RunSpec) -> str:
    """Return the text of ``spec.toml``: every field, defaults included; empty tables left out.

    ``spec`` should come from ``validation.validate``, so that its options are all written too.
    """
    return HEADER + tomli_w.dumps(_without_empty_tables(to_mapping(spec)))


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a spec can hold
    if is_dataclass(value):
        return to_mapping(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _without_empty_tables(section: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out sections and ``options`` without a key; what is inside options is not touched."""
    kept: dict[str, Any] = {}
    for key, value in section.items():
        if isinstance(value, dict) and key != "options":
            written: Any = _without_empty_tables(value)
        elif isinstance(value, list):
            written = [_without_empty_tables(i) if isinstance(i, dict) else i for i in value]
        else:
            written = value
        if written != {}:
            kept[key] = written
    return kept
