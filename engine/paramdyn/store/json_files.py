"""JSON files read back into dataclasses, with the file and the field named when that fails."""

from __future__ import annotations

import dataclasses
import errno
import functools
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from paramdyn.errors import RunIncomplete, SchemaTooNew
from paramdyn.regular_files import read_regular
from paramdyn.store.atomic import store_error
from paramdyn.store.layout import SCHEMA_VERSION, Layout
from paramdyn.store.non_finite import restore

T = TypeVar("T")

_LARGEST_INT = 2**1000  # a float holds it, and not much more


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``.

    Raises:
        RunIncomplete: The file is missing, cut, or no JSON object.
        SchemaTooNew: A newer paramdyn wrote it.
        StoreError: It cannot be read.
    """
    try:
        data = json.loads(read_regular(path))
    except FileNotFoundError as error:
        raise RunIncomplete(
            f"{path}: is missing. A run writes it when it starts. {_advice(path)}"
        ) from error
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise RunIncomplete(
                f"{path}: is a pipe, a socket or a device. A file was expected. Remove it, or run "
                "the folder's spec.toml again."
            ) from error
        raise store_error(path, "read", error) from error
    except (ValueError, RecursionError) as error:
        raise RunIncomplete(
            f"{path}: is no JSON ({error}). Was it edited or cut? {_advice(path)}"
        ) from error
    if not isinstance(data, dict):
        raise RunIncomplete(
            f"{path}: holds {type(data).__name__}, a JSON object was expected. Restore it, or run "
            "the folder's spec.toml again."
        )
    version = data.get("schema_version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"{path}: has schema version {version!r}, this paramdyn reads up to {SCHEMA_VERSION}. "
            "Install a newer paramdyn to read this run."
        )
    return data


def _advice(path: Path) -> str:
    if path == Layout(path.parent).state:
        return f"Let paramdyn write it again: paramdyn resume {path.parent.name}."
    return "Restore it, or run the folder's spec.toml again."


def build(cls: type[T], data: Mapping[str, Any], path: Path) -> T:
    """Return ``cls(**data)`` with words made numbers where numbers belong; unknown keys ignored.

    Args:
        cls: A dataclass of plain fields.
        data: Its fields as JSON gave them.
        path: Where they come from, for messages.

    Raises:
        RunIncomplete: Fields are missing or of another type; all are named.
    """
    values: dict[str, Any] = {}
    problems = []
    for name, (expected, types_, required) in _fields(cast("Any", cls)).items():
        if name not in data:
            problems += [f"'{name}' is missing"] if required else []
            continue
        value = data[name] if types_ == (str,) else restore(data[name])
        if float in types_ and type(value) is int and abs(value) < _LARGEST_INT:
            value = float(value)
        if not isinstance(value, types_) or (isinstance(value, bool) and bool not in types_):
            problems.append(f"'{name}' is {value!r}, {expected} was expected")
        values[name] = value
    if problems:
        raise RunIncomplete(
            f"{path}: {'; '.join(problems)}. Was it edited? Restore it, or run the folder's "
            "spec.toml again."
        )
    return cls(**values)


@functools.cache
def _fields(cls: type[Any]) -> dict[str, tuple[str, tuple[type, ...], bool]]:
    """Return for each field what is expected in words, its accepted types, and if it is needed."""
    hints = typing.get_type_hints(cls)
    described = {}
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        accepted = tuple(typing.get_origin(choice) or choice for choice in choices)
        required = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        words = " or ".join(kind.__name__.replace("NoneType", "null") for kind in accepted)
        described[field.name] = (words, accepted, required)
    return described
