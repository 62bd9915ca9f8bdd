"""The lines of one recorded step, made and written in C: a fraction of what Python takes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import accumulate
from json.encoder import encode_basestring_ascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import COLUMNS, OPERATIONS, Quantity
from paramdyn.native import native_library
from paramdyn.recording.inputs import Frozen
from paramdyn.store.records import RecordWriter

METRICS = ("epoch", "learning_rate", "train/loss", "train/accuracy")
"""What the line of a step has, beside the step, where it does not end an epoch."""

_LINE, _NUMBER = 48, 18  # most bytes of a line without its name and numbers, and of a number
_NOT_FINITE, _LINES_LEFT = 1, 4  # as rows.c has them
_POINTER, _INTEGER = ctypes.c_void_p, ctypes.c_int64


class _Plan(ctypes.Structure):
    """``row_plan`` of rows.c: how rows are made."""

    _fields_ = (
        ("parameters", _INTEGER), ("measurements", _INTEGER), ("words", _POINTER),
        ("word_end", _POINTER), ("numbers", _POINTER), ("heads", _POINTER), ("head_end", _POINTER),
        ("columns", _POINTER), ("frozen", _INTEGER), ("frozen_at", _POINTER),
        ("frozen_norm", _POINTER), ("frozen_defined", _POINTER), ("stack", _POINTER),
        ("undefined", _POINTER), ("lines", _POINTER), ("metrics", _POINTER),
        ("metric_heads", _POINTER), ("metric_head_end", _POINTER), ("lines_bytes", _INTEGER),
        ("metrics_bytes", _INTEGER), ("finite", _INTEGER),
    )  # fmt: skip


class NativeRows:
    """Makes the lines of a step in drift.jsonl and metrics.jsonl, one step after another.

    Args:
        library: What ``native_library.load()`` returned.
        names: Of the measurements, in the order of the lines.
        quantities: What they are, in that order.
        columns: The columns that quantities are computed from; those that are alike at each step
            are filled in. Copied. Shape: (len(COLUMNS), L + 1).
        frozen: What is known of parameters that are not measured.

    Attributes:
        path: The column of the path: each row adds its chord. Shape: (L + 1,).
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        names: Sequence[str],
        quantities: Sequence[Quantity],
        columns: NDArray[np.float64],
        frozen: Frozen,
    ) -> None:
        width = columns.shape[1]
        heads = [f',"measurement":{encode_basestring_ascii(n)},"total":'.encode() for n in names]
        metric_heads = [f",{encode_basestring_ascii(name)}:".encode() for name in METRICS]
        words, word_end, numbers = _program(quantities)
        room = sum(map(len, heads)) + len(heads) * (_LINE + _NUMBER * width)
        self._kept = _side_by_side(
            columns=columns,
            stack=np.zeros((max((each.depth for each in quantities), default=1), width)),
            words=words,
            word_end=word_end,
            numbers=numbers,
            head_end=_ends(heads),
            metric_head_end=_ends(metric_heads),
            frozen_at=np.array(frozen.indices, dtype=np.int64),
            frozen_norm=np.array(frozen.squared_norm, dtype=np.float64),
            frozen_defined=np.array(frozen.sign_defined, dtype=np.float64),
            undefined=np.zeros(width, dtype=np.uint8),
            heads=np.frombuffer(b"".join(heads), dtype=np.uint8),
            metric_heads=np.frombuffer(b"".join(metric_heads), dtype=np.uint8),
            metrics=np.zeros(256, dtype=np.uint8),
            lines=np.zeros(room, dtype=np.uint8),
        )
        self.path: NDArray[np.float64] = self._kept["columns"][COLUMNS.index("path")]
        self._plan = _Plan(
            parameters=width - 1,
            measurements=len(heads),
            frozen=len(frozen.indices),
            **{name: array.ctypes.data for name, array in self._kept.items()},
        )
        self._address = ctypes.addressof(self._plan)
        self._lines = self._kept["lines"].data
        self._metrics = self._kept["metrics"].data
        self._function: Any = library.paramdyn_row
        self._function.restype = _INTEGER
        self._function.argtypes = [
            _POINTER, _POINTER, _INTEGER, _INTEGER, *[ctypes.c_double] * len(METRICS),
            _INTEGER, _INTEGER,
        ]  # fmt: skip

    def append(
        self,
        step: int,
        sums: int | None,
        chord: int,
        metrics: tuple[float, float, float, float],
        lines_to: RecordWriter | None = None,
        metrics_to: RecordWriter | None = None,
    ) -> bool:
        """Make the lines of one step and append them to drift.jsonl and metrics.jsonl.

        Args:
            step: Updates done.
            sums: Address of the drift pass's sums, (L, 8) float64; None: no drift was measured.
            chord: Which of the pass's columns is the way from the record before.
            metrics: The numbers of ``METRICS``.
            lines_to: Writes drift.jsonl; None: its lines are made only.
            metrics_to: Writes metrics.jsonl; None: its line is made only.

        Returns:
            Whether the loss and all weights are finite numbers.

        Raises:
            StoreError: The lines could not be written; the file is as it was.
        """
        told: int = self._function(
            self._address, sums, chord, step, *metrics,
            -1 if lines_to is None else lines_to.descriptor,
            -1 if metrics_to is None else metrics_to.descriptor,
        )  # fmt: skip
        if lines_to is not None:
            if told & _LINES_LEFT:
                _append_anew(lines_to, self.made()[0])
            else:
                lines_to.offset += self._plan.lines_bytes
        if metrics_to is not None:
            if told > _NOT_FINITE:
                _append_anew(metrics_to, self.made()[1])
            else:
                metrics_to.offset += self._plan.metrics_bytes
        return not told & _NOT_FINITE

    def made(self) -> tuple[memoryview, memoryview]:
        """Return the lines of the last step for drift.jsonl and metrics.jsonl, until the next."""
        plan = self._plan
        return self._lines[: plan.lines_bytes], self._metrics[: plan.metrics_bytes]


def open_native_rows(
    measurements: Sequence[Measurement], columns: NDArray[np.float64], frozen: Frozen
) -> NativeRows | None:
    """Return what makes the rows of these measurements in C.

    None: there is no compiler, or one of the measurements is no arithmetic.
    """
    quantities = [m.quantity for m in measurements if m.quantity is not None]
    library = native_library.load()
    if library is None or len(quantities) < len(measurements):
        return None
    return NativeRows(library, [m.name for m in measurements], quantities, columns, frozen)


def _program(quantities: Sequence[Quantity]) -> tuple[NDArray[Any], ...]:
    """Return the quantities' words as rows.c reads them, where each ends, and their numbers."""
    words: list[int] = []
    ends: list[int] = []
    numbers: list[float] = []
    for quantity in quantities:
        for word in quantity.words:
            if isinstance(word, float):
                if word not in numbers:
                    numbers.append(word)
                words.append(_code("number", numbers.index(word)))
            elif word in COLUMNS:
                words.append(_code("column", COLUMNS.index(word)))
            else:
                words.append(_code(word, 0))
        ends.append(len(words))
    whole = np.array(words, dtype=np.int64), np.array(ends, dtype=np.int64)
    return *whole, np.array(numbers, dtype=np.float64)


def _side_by_side(**arrays: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return copies in one block of memory.

    Between two rows a step of training empties the caches, and every page that a row touches costs
    as much as a good deal of its arithmetic.
    """
    places = [*accumulate((-(-array.nbytes // 8) * 8 for array in arrays.values()), initial=0)]
    block = np.zeros(places[-1], dtype=np.uint8)
    copies = {}
    for (name, array), place in zip(arrays.items(), places, strict=False):
        copies[name] = block[place : place + array.nbytes].view(array.dtype).reshape(array.shape)
        copies[name][...] = array
    return copies


def _append_anew(writer: RecordWriter, lines: memoryview) -> None:
    """Write what C could not write whole; where that fails again, the writer says why."""
    writer.truncate(writer.offset)
    writer.append_bytes(lines)


def _code(operation: str, which: int) -> int:
    return OPERATIONS.index(operation) * 64 + which


def _ends(texts: Sequence[bytes]) -> NDArray[np.int64]:
    return np.array([*accumulate(map(len, texts))], dtype=np.int64)
