"""Reads JSON as the json module does, several times as quickly where orjson reads the same."""

from __future__ import annotations

import json
from typing import Any

import orjson


def loads(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value that ``data`` is the text of.

    Whole numbers keep all of their digits, and 1e400 is infinite, as in the json module.

    Raises:
        ValueError: It is no JSON (in the json module's words), has NaN or Infinity, or no UTF-8.
    """
    if _LONG in data.translate(_DIGITS):  # orjson makes floats of whole numbers over 64 bits
        return _DECODER.decode(data.decode())
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _DECODER.decode(data.decode())


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
