"""The course of one metric in a few values, for a sparkline beside each run of a list."""

from __future__ import annotations

import json
import os
import re

from paramdyn.regular_files import open_descriptor
from paramdyn_tui.formatting import cells_of

DRIFT = "drift/"
"""What the total of a measurement is called among metrics: ``drift/weight_norm``."""
SPEED = "images_per_s"
MOST_VALUES = 32
WHOLE_BYTES = 1 << 20
"""A file up to this size is read whole: no spike of it is lost."""
_PIECE_BYTES = 1 << 14
_LONGEST_SEARCH = 1 << 19  # bytes read at one of the places of a longer file
_NUMBER = rb'(?:"(?:nan|-?inf)"|-?[0-9][^,}\s]*)'


def file_of(metric: str) -> str:
    """Return the file of a run folder in which a metric is recorded."""
    if metric == SPEED:
        return "timing.jsonl"
    return "drift.jsonl" if metric.startswith(DRIFT) else "metrics.jsonl"


def trend_of(file: str, size: int, metric: str) -> tuple[float, ...]:
    """Return at most ``MOST_VALUES`` values of a metric, in the file's order: NaN, infinities too.

    Of a file up to ``WHOLE_BYTES`` each value stands for an equal share of all, and is the one
    farthest from the mean. Of a longer one they are the next ones after equally spaced places, and
    the last one. A file that cannot be read has none.

    Args:
        file: A run's metrics.jsonl, drift.jsonl or timing.jsonl.
        size: Its size.
        metric: Its name; of a total with ``DRIFT`` before it.
    """
    pattern = _pattern_of(metric)
    try:
        descriptor = open_descriptor(file, os.O_RDONLY)
    except OSError:
        return ()
    try:
        if size <= WHOLE_BYTES:
            data = os.pread(descriptor, size, 0)
            found = _numbers(pattern.findall(data, 0, data.rfind(b"\n") + 1))
            return tuple(cells_of(found, MOST_VALUES))
        return tuple(_sampled(descriptor, size, pattern))
    except OSError:
        return ()
    finally:
        os.close(descriptor)


def _pattern_of(metric: str) -> re.Pattern[bytes]:
    """Return what finds the values of a metric in lines of records."""
    before = re.escape(json.dumps(metric).encode())
    if metric.startswith(DRIFT):
        measurement = re.escape(json.dumps(metric.removeprefix(DRIFT)).encode())
        before = rb'"measurement"\s*:\s*' + measurement + rb'\s*,\s*"total"'
    return re.compile(before + rb"\s*:\s*(" + _NUMBER + rb")[,}\s]")


def _sampled(descriptor: int, size: int, pattern: re.Pattern[bytes]) -> list[float]:
    found: dict[int, bytes] = {}
    for place in range(MOST_VALUES - 1):
        start = size * place // (MOST_VALUES - 1)
        if found and start <= max(found):
            continue
        hit = _next(descriptor, start, pattern)
        if hit is not None:
            found[hit[0]] = hit[1]
    last = _last(descriptor, size, pattern)
    if last is not None:
        found[last[0]] = last[1]
    return _numbers([found[place] for place in sorted(found)])


def _next(descriptor: int, start: int, pattern: re.Pattern[bytes]) -> tuple[int, bytes] | None:
    data, length = b"", _PIECE_BYTES
    while len(data) < _LONGEST_SEARCH:
        more = os.pread(descriptor, length, start + len(data))
        if not more:
            return None
        data, length = data + more, length * 2
        hit = pattern.search(data)
        if hit is not None:
            return start + hit.start(1), hit[1]
    return None


def _last(descriptor: int, size: int, pattern: re.Pattern[bytes]) -> tuple[int, bytes] | None:
    length = _PIECE_BYTES
    while True:
        start = max(size - length, 0)
        hits = list(pattern.finditer(os.pread(descriptor, length, start)))
        if hits:
            return start + hits[-1].start(1), hits[-1][1]
        if not start or length >= _LONGEST_SEARCH:
            return None
        length *= 4


def _numbers(texts: list[bytes]) -> list[float]:
    found = []
    for text in texts:
        try:
            found.append(float(text.strip(b'"')))
        except ValueError:  # edited
            continue
    return found
