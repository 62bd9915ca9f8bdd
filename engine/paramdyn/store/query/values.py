"""The values in a filter: what a text means for a key, and which values of runs answer to it."""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import math
import re
from collections.abc import Callable
from typing import Any

from paramdyn.errors import ParamdynError
from paramdyn.registry import nearest_names
from paramdyn.specs.perturbation_text import format_perturbation, parse_perturbation
from paramdyn.store.query.keys import ANY, DATE, DURATION, FLAG, LIST, NUMBER, STATUS, Key
from paramdyn.store.run_summary import LARGEST_INT, STATUSES

Test = Callable[[Any], bool]
"""Tells whether a value of a run answers; None is the value of a run that has none."""

NONE = "none"
GROUPS = {
    "live": frozenset({"queued", "starting", "running", "paused", "suspended", "stale"}),
    "ended": frozenset({"finished", "stopped", "failed", "diverged", "crashed"}),
}
"""Words for several statuses."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?[kmg%]?"
_UNITS = {"k": 1e3, "m": 1e6, "g": 1e9, "%": 0.01}
_DURATION = r"(?:\d+(?:\.\d*)?|\.\d+)[smhdw]"
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([t ]\d\d(:\d\d(:\d\d)?)?)?)?)?", re.ASCII | re.IGNORECASE)
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_COMPOSED = ("perturb", "parent", "init", "dataset")
_EXPECTED = {
    NUMBER: "a number such as 0.5, 1e-3, 80% or 2k, or a range such as 0-3, ..5 or 0.1..0.5",
    DURATION: "a time such as 45s, 20m, 3h, 2d or 1w",
    DATE: "a date such as 2026-11 or 2026-11-23T18:00",
    FLAG: "true or false",
}


class BadValue(ValueError):
    """A value does not fit its key; the message completes "found ..."."""


def equals(key: Key, text: str) -> Test:
    """Return the test for ``key=text``, of one value without commas.

    Raises:
        BadValue: The text means nothing for this key.
    """
    if text.lower() == NONE:
        return lambda value: value is None or value == NONE
    if key.kind in (NUMBER, DURATION):
        return _in_range(*_range(key.kind, text))
    special = {DATE: _on_date, FLAG: _flag, STATUS: _status, ANY: _anything}
    return special[key.kind](text) if key.kind in special else _text(key, text)


def compares(key: Key, operator: str, text: str) -> Test:
    """Return the test for ``key<text`` and its like.

    Raises:
        BadValue: The key has no order, or the text is no number, time or date.
    """
    compare = _COMPARE[operator]
    if key.kind == DATE:
        day = _date(text)
        return lambda value: value is not None and compare(value[: len(day)], day)
    if key.kind not in (NUMBER, DURATION, ANY):
        raise BadValue("has no order. Use =, != or ~")
    bound = _one(DURATION if key.kind == DURATION else NUMBER, text)
    return lambda value: _is_number(value) and compare(value, bound)


def searches(text: str) -> Test:
    """Return the test for ``key~text``.

    Raises:
        BadValue: The text is no regular expression.
    """
    try:
        found = re.compile(text, re.IGNORECASE).search
    except (re.error, RecursionError, OverflowError) as error:
        raise BadValue(f"'{text}' is no regular expression ({error})") from error
    return lambda value: value is not None and found(shown(value)) is not None


def shown(value: Any) -> str:  # noqa: ANN401 - any plain value
    """Return a value as a filter writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, (list, tuple)):
        return ",".join(shown(item) for item in value)
    return str(value)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < LARGEST_INT
    return isinstance(value, float)


def _one(kind: str, text: str) -> float:
    lowered = text.lower()
    if kind == NUMBER:
        if re.fullmatch(_NUMBER, lowered, re.ASCII):
            scale = _UNITS.get(lowered[-1], 1.0)
            # Not a product: 80% must be the very number that 0.8 is.
            digits = float(lowered.rstrip("kmg%"))
            return digits / 100.0 if scale == 0.01 else digits * scale
        if lowered in ("nan", "inf", "-inf"):
            return float(lowered)
    elif re.fullmatch(_DURATION, lowered, re.ASCII):
        return float(lowered[:-1]) * _SECONDS[lowered[-1]]
    raise _misfit(kind, text)


def _range(kind: str, text: str) -> tuple[float, float]:
    one = _NUMBER if kind == NUMBER else _DURATION
    lowered = text.lower()
    ends = re.fullmatch(rf"({one})?\.\.({one})?", lowered, re.ASCII)
    if ends and lowered != "..":
        low, high = ends.groups()
        return (_one(kind, low) if low else -math.inf, _one(kind, high) if high else math.inf)
    dashed = re.fullmatch(rf"({one})-({one})", lowered, re.ASCII)
    if dashed and not re.fullmatch(one, lowered, re.ASCII):
        return _one(kind, dashed[1]), _one(kind, dashed[2])
    value = _one(kind, text)
    return value, value


def _in_range(low: float, high: float) -> Test:
    if math.isnan(low):
        return lambda value: _is_number(value) and math.isnan(value)
    if low != high:
        return lambda value: _is_number(value) and low <= value <= high
    # An age is never a whole number of hours: equal ones are rare, and meant as written.
    return lambda value: (
        _is_number(value) and (value == low or math.isclose(value, low, rel_tol=1e-9))
    )


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise _misfit(DATE, text)
    return text.upper().replace(" ", "T")


def _on_date(text: str) -> Test:
    day = _date(text)
    return lambda value: value is not None and value.startswith(day)


def _flag(text: str) -> Test:
    if text.lower() not in _FLAGS:
        raise _misfit(FLAG, text)
    return lambda value: value is _FLAGS[text.lower()]


def _status(text: str) -> Test:
    lowered = text.lower()
    if lowered in GROUPS:
        return GROUPS[lowered].__contains__
    if _is_glob(text):
        return _glob(text)
    if lowered not in STATUSES:
        words = [*STATUSES, *GROUPS]
        near = nearest_names(text, words)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise BadValue(f"found '{text}', expected one of {', '.join(words)}.{hint}")
    return lambda value: value == lowered


def _anything(text: str) -> Test:
    as_text = _glob(text)
    try:
        as_number = _in_range(*_range(NUMBER, text))
    except BadValue:
        return lambda value: value is not None and as_text(shown(value))
    return lambda value: value is not None and (as_number(value) or as_text(shown(value)))


def _text(key: Key, text: str) -> Test:
    wanted = [text]
    if key.name == "perturb":
        # What cannot be read is a glob, or a mistake that simply matches nothing.
        with contextlib.suppress(ParamdynError, RecursionError):
            wanted += [format_perturbation(parse_perturbation(text))]
    accepts = [_glob(each) for each in dict.fromkeys(wanted)]

    @functools.lru_cache(maxsize=4096)  # ten thousand runs have a handful of models
    def accepted(text: str) -> bool:
        names = _names(text) if key.name in _COMPOSED else (text,)
        return any(accept(name) for name in names for accept in accepts)

    def test(value: Any) -> bool:  # noqa: ANN401 - a text, or a list of them
        if isinstance(value, str):
            return accepted(value)
        if key.kind == LIST and isinstance(value, list):
            return any(accept(shown(each)) for each in value for accept in accepts)
        return value is not None and accepted(shown(value))

    return test


@functools.lru_cache(maxsize=4096)
def _names(text: str) -> tuple[str, ...]:
    """Return what a text answers to: itself, what `` + `` joins in it, and their bare names."""
    parts = [text, *(text.split(" + ") if " + " in text else ())]
    bare = [re.split(r"[:,]", part, maxsplit=1)[0] for part in parts]
    runs = [part.rpartition("@")[0] for part in parts if "@" in part]
    return tuple(dict.fromkeys(name for name in (*parts, *bare, *runs) if name))


def _is_glob(text: str) -> bool:
    return any(mark in text for mark in "*?[")


def _glob(text: str) -> Test:
    if not _is_glob(text):
        lowered = text.lower()
        return lambda value: value.lower() == lowered
    matches = re.compile(fnmatch.translate(text), re.IGNORECASE).match
    return lambda value: matches(value) is not None or value == text


def _misfit(kind: str, text: str) -> BadValue:
    return BadValue(f"found '{text}', expected {_EXPECTED[kind]}")
