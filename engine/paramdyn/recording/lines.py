"""Many lines of drift.jsonl at once: the same bytes as one ``encode_measurement`` each."""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Sequence
from itertools import accumulate
from json.encoder import encode_basestring_ascii
from typing import Any

from paramdyn.measurements.kernels import native_library
from paramdyn.measurements.measurement import Values
from paramdyn.store.records import encode_measurement

_LINE, _NUMBER = 48, 18  # most bytes of a line without its name and numbers, and of a number


class LineEncoder:
    """Encodes what a list of measurements gave at several steps.

    Args:
        names: Of the measurements, in the order of the lines.
        parameters: How many values a line has, beside the total.
    """

    def __init__(self, names: Sequence[str], parameters: int) -> None:
        self._names = names
        self._parameters = parameters
        heads = [f',"measurement":{encode_basestring_ascii(n)},"total":'.encode() for n in names]
        self._heads = b"".join(heads)
        self._ends = (ctypes.c_int64 * len(heads))(*accumulate(map(len, heads)))
        self._row_bytes = len(self._heads) + len(heads) * (_LINE + _NUMBER * (parameters + 1))
        library = native_library.load()
        self._function: Any = None if library is None else library.paramdyn_lines
        if self._function is not None:
            self._function.restype = ctypes.c_int64

    def encode(self, steps: Sequence[int], results: Sequence[Sequence[Values]]) -> str:
        """Return the lines of R steps, those of a step together.

        Args:
            steps: Updates done. Shape: (R,).
            results: What each measurement gave at each step. Shape: (measurements, R).
        """
        return self._quickly(steps, results) or "".join(
            encode_measurement(step, name, values[index].total, values[index].values)
            for index, step in enumerate(steps)
            for name, values in zip(self._names, results, strict=True)
        )

    def _quickly(self, steps: Sequence[int], results: Sequence[Sequence[Values]]) -> str:
        """Return the lines, or "" where there is no compiler or something is no usual number."""
        numbers, undefined = array("d"), bytearray()
        if self._function is None or not all(
            self._add(numbers, undefined, row[index])
            for index in range(len(steps))
            for row in results
        ):
            return ""
        text = ctypes.create_string_buffer(len(steps) * self._row_bytes)
        length = self._function(
            text,
            ctypes.c_int64(len(steps)),
            ctypes.c_int64(len(results)),
            ctypes.c_int64(self._parameters + 1),
            (ctypes.c_int64 * len(steps))(*steps),
            ctypes.c_void_p(numbers.buffer_info()[0]),
            ctypes.c_char_p(bytes(undefined)),
            ctypes.c_char_p(self._heads),
            self._ends,
        )
        return ctypes.string_at(text, length).decode("ascii") if length > 0 else ""

    def _add(self, numbers: array[float], undefined: bytearray, measured: Values) -> bool:
        """Append a line's values and total; tell whether they are that many numbers or None."""
        values, total = measured.values, measured.total
        if type(values) is not list or len(values) != self._parameters:
            return False
        if type(total) is float:
            try:
                numbers.fromlist(values)  # changes nothing when it fails
            except TypeError:
                pass
            else:
                numbers.append(total)
                undefined.append(False)
                return True
        line = [*values, total]
        if not all(v is None or (type(v) is float and math.isfinite(v)) for v in line):
            return False
        numbers.fromlist([math.nan if value is None else value for value in line])
        undefined.append(True)
        return True
