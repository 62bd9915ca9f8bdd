"""Read a spec from TOML or from plain values, and change fields of one by dotted keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

from paramdyn.errors import SpecError
from paramdyn.regular_files import read_regular
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.specs.plain_values import from_plain
from paramdyn.specs.problem import Problem, shown, spec_error
from paramdyn.specs.run_spec import SCHEMA_VERSION, RunSpec
from paramdyn.specs.validation import further_problems
from paramdyn.specs.writer import to_mapping

_NAMED = ("model", "dataset", "initializer", "optimizer", "schedule")


def read_spec(path: Path) -> RunSpec:
    """Return the spec in a TOML file. Plug-in paths in it are relative to its folder.

    Names are not looked up, because the plug-ins that may register them are not loaded yet:
    ``validation.validate`` does that. Paths of weights and data are kept as written.

    Raises:
        SpecError: The file cannot be read or is not TOML, or what it says has problems.
    """
    return spec_from_mapping(_toml(path), where=str(path), base=path.parent)


def spec_from_mapping(
    data: Mapping[str, Any], *, where: str = "spec", base: Path | None = None
) -> RunSpec:
    """Return the spec that nested plain values describe; what is left out keeps its default.

    A perturbation may be a table or a text, as ``parse_perturbation`` reads it.

    Args:
        data: Keys and values as in ``spec.toml``.
        where: What every message begins with.
        base: Folder to which plug-in paths are relative; None leaves them as they are.

    Raises:
        SpecError: Unknown keys, wrong types, values out of range. If there are any and the spec has
            no plug-ins, unknown names and options are listed with them.
    """
    found: list[Problem] = []
    newer = _newer_schema(data)
    if newer is not None:
        raise spec_error([newer], where)
    spec = from_plain(RunSpec, _with_texts_parsed(data, found), "", found)
    if found or further_problems(spec, [], names=False):
        raise spec_error(further_problems(spec, found, names=not spec.plugins), where)
    if base is None or not spec.plugins:
        return spec
    return replace(spec, plugins=tuple(str(base / plugin) for plugin in spec.plugins))


def with_overrides(spec: RunSpec, overrides: Mapping[str, Any], *, where: str = "") -> RunSpec:
    """Return the spec with fields replaced by dotted keys: ``{"optimizer.learning_rate": 0.1}``.

    Options belong to a name: when ``optimizer.name`` (or that of another section) changes, the
    options of the old name are dropped. ``optimizer.options.momentum`` sets one option.

    Args:
        spec: The spec to start from; it is not changed.
        overrides: New values. Names are applied before everything else, the rest in order.
        where: What every message begins with.

    Raises:
        SpecError: As ``spec_from_mapping``; a key that does not exist is one of the problems.
    """
    data = to_mapping(spec)
    for section in _NAMED:
        name = overrides.get(f"{section}.name")
        if name is not None and name != data[section]["name"]:
            data[section]["options"] = {}
    for key, value in overrides.items():
        _set(data, key, value, where)
    return spec_from_mapping(data, where=where)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_regular(path).decode())
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise SpecError(f"{path}: {reason}. Expected a spec in TOML. Correct the path.") from error
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path}: byte {error.start} is not UTF-8. A spec is TOML text. Save it as UTF-8."
        ) from error
    except RecursionError as error:
        raise SpecError(f"{path}: nested too deeply to be a spec. Make it flatter.") from error
    except ValueError as error:
        raise SpecError(f"{path}: not valid TOML: {error}. Correct that place.") from error


def _newer_schema(data: object) -> Problem | None:
    version = data.get("schema_version") if isinstance(data, Mapping) else None
    if not isinstance(version, int) or version <= SCHEMA_VERSION:
        return None
    text = (
        f"found {shown(version)}, but this paramdyn reads specs up to version {SCHEMA_VERSION}. "
        "Upgrade paramdyn."
    )
    return Problem("schema_version", text)


def _with_texts_parsed(data: Any, found: list[Problem]) -> Any:  # noqa: ANN401 - unchecked input
    """Replace perturbations given as text, and parts given as dataclasses, by plain values."""
    if not isinstance(data, Mapping):
        return data
    plain = {key: _unwrapped(value) for key, value in data.items()}
    listed = plain.get("perturbations")
    if isinstance(listed, (list, tuple)):
        plain["perturbations"] = [
            _parsed(item, f"perturbations[{i}]", found) if isinstance(item, str) else item
            for i, item in enumerate(map(_unwrapped, listed))
        ]
    return plain


def _unwrapped(value: Any) -> Any:  # noqa: ANN401 - unchecked input
    return to_mapping(value) if is_dataclass(value) and not isinstance(value, type) else value


def _parsed(text: str, key: str, found: list[Problem]) -> dict[str, Any]:
    try:
        return to_mapping(parse_perturbation(text))
    except SpecError as error:
        found.extend(Problem(key, problem) for problem in error.problems)
        return {}


def _set(data: dict[str, Any], key: str, value: Any, where: str) -> None:  # noqa: ANN401
    *sections, last = key.split(".")
    for depth, section in enumerate(sections, 1):
        inner = data.setdefault(section, {})
        if not isinstance(inner, dict):
            text = f"'{'.'.join(sections[:depth])}' has no keys of its own. Correct the key."
            raise spec_error([Problem(key, text)], where)
        data = inner
    data[last] = value
