"""Perturbations as users type them: ``distort:1e-6,layers=conv*|fc1.*,norms=false``.

The name comes first, then after a colon the option ``amount``, then ``key=value`` parts.
``layers``, ``norms`` and ``buffers`` are the fields of a PerturbationSpec; every other key is an
option. A value is ``true``, ``false``, a number, or text; text that would read as one of the
others, or that contains a comma, is written as in JSON, between double quotes. Lists and tables are
written as in JSON too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from paramdyn.catalogues import PERTURBATIONS
from paramdyn.errors import SpecError
from paramdyn.specs.plain_values import from_plain
from paramdyn.specs.problem import Problem, shown, spec_error
from paramdyn.specs.run_spec import PerturbationSpec

_FIELDS = frozenset({"layers", "norms", "buffers"})
_INTEGER = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|nan)", re.ASCII | re.IGNORECASE)
_BARE_TEXT = re.compile(r"[\w.*?|/@+-]+", re.ASCII)
_MARKS = set('"[]{}=')
_HINT = "Write 'NAME:AMOUNT,key=value', such as 'distort:1e-6,layers=conv*|fc1.*,norms=false'."


def parse_perturbation(text: str) -> PerturbationSpec:
    """Return the perturbation that a text describes; its name and options are not looked up.

    Raises:
        SpecError: The text cannot be read: no name, an unclosed quote or bracket, a part without
            ``=``, a key given twice, ``norms`` other than true or false.
    """
    head, *parts = _split(text)
    name, colon, amount = head.partition(":")
    if not name.strip():
        raise _unreadable(text, "it has no name")
    if set(name) & _MARKS:
        raise _unreadable(text, f"found {shown(name)} where a name was expected")
    given: dict[str, Any] = {"name": name.strip()}
    options: dict[str, Any] = {}
    if colon:
        options["amount"] = _value(amount.strip(), text)
    for part in parts:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not key.isidentifier():
            raise _unreadable(text, f"found {shown(part)} where key=value was expected")
        place = given if key in _FIELDS else options
        if key in place:
            raise _unreadable(text, f"'{key}' is given twice")
        place[key] = value if key == "layers" and value[:1] != '"' else _value(value, text)
    found: list[Problem] = []
    spec = from_plain(PerturbationSpec, {**given, "options": options}, "", found)
    if found:
        raise spec_error(found, f"perturbation {shown(text)}")
    return spec


def format_perturbation(spec: PerturbationSpec) -> str:
    """Return the text from which ``parse_perturbation`` makes an equal spec; defaults left out.

    An ``amount`` is always written, so that a list of runs says how much. The name must be free of
    commas and colons, and option names must be identifiers other than ``layers``, ``norms`` and
    ``buffers``, as validation demands.
    """
    options = _worth_writing(spec)
    head = f"{spec.name}:{_written(options.pop('amount'))}" if "amount" in options else spec.name
    parts = [head]
    if spec.layers != "*":
        parts.append(f"layers={_written_layers(spec.layers)}")
    if not spec.norms:
        parts.append("norms=false")
    if spec.buffers != "none":
        parts.append(f"buffers={_written(spec.buffers)}")
    parts += [f"{key}={_written(value)}" for key, value in options.items()]
    return ",".join(parts)


def _worth_writing(spec: PerturbationSpec) -> dict[str, Any]:
    """Return the options without those that say what the catalogue says anyway."""
    known = PERTURBATIONS.entry(spec.name) if spec.name in PERTURBATIONS else None
    defaults = known.options or {} if known is not None else {}
    return {
        key: value
        for key, value in spec.options.items()
        if key == "amount" or key not in defaults or value != defaults[key]
    }


def _split(text: str) -> list[str]:
    """Split at the commas outside of quotes and brackets."""
    parts, start, depth, quoted, escaped = [], 0, 0, False, False
    for i, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped = character == "\\"
            quoted = character != '"'
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    if quoted or depth:
        raise _unreadable(text, "a quote or a bracket is not closed")
    return [*parts, text[start:]]


def _value(written: str, text: str) -> Any:  # noqa: ANN401 - an option holds any plain value
    if written in {"true", "false"}:
        return written == "true"
    if _INTEGER.fullmatch(written):
        return int(written)
    if _NUMBER.fullmatch(written):
        return float(written)
    if written[:1] in {'"', "[", "{"}:
        try:
            return json.loads(written)
        except (ValueError, RecursionError) as error:
            raise _unreadable(text, f"{shown(written)} is not valid JSON") from error
    if not written:
        raise _unreadable(text, "a value is empty")
    return written


def _written(value: Any) -> str:  # noqa: ANN401 - an option holds any plain value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str) and _is_bare(value):
        return value
    plain = dict(value) if isinstance(value, Mapping) else value
    return json.dumps(plain, ensure_ascii=False)


def _is_bare(value: str) -> bool:
    bare = _BARE_TEXT.fullmatch(value) and value not in {"true", "false"}
    return bool(bare) and not _NUMBER.fullmatch(value)


def _written_layers(layers: str) -> str:
    return layers if _BARE_TEXT.fullmatch(layers) else json.dumps(layers, ensure_ascii=False)


def _unreadable(text: str, reason: str) -> SpecError:
    return SpecError(f"perturbation {shown(text)}: {reason}. {_HINT}")
