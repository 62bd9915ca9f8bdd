"""From the sums of recorded rows to the lines of drift.jsonl, along the path that they go.

``native`` makes the lines of one row where a compiler is at hand and every measurement is
arithmetic; ``encode`` makes those of many rows together, for the rest. Both give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramdyn.measurements import kernels
from paramdyn.measurements.measurement import Context, Measurement
from paramdyn.measurements.quantity import COLUMNS, exact_sum
from paramdyn.recording.inputs import MeasurementInputs
from paramdyn.recording.native_rows import open_native_rows
from paramdyn.recording.pending import Row
from paramdyn.store.records import encode_measurement

_CHORD = kernels.COLUMNS.index("squared_chord")


class RowLines:
    """Makes the lines of rows, in step order.

    Args:
        measurements: What to compute, in the order of the lines; none that reads tensors.
        inputs: Where their context comes from.

    Attributes:
        path: Length of each parameter's path so far, and of the whole vector's. Shape: (L + 1,).
        chords: Number of chords in it.
        native: Makes a row's lines in C, and adds its chord to ``path``; None where it cannot be.
    """

    def __init__(self, measurements: Sequence[Measurement], inputs: MeasurementInputs) -> None:
        self._measurements = measurements
        self._inputs = inputs
        columns = inputs.columns()
        self.chords = 0
        self.native = open_native_rows(measurements, columns, inputs.frozen)
        path = columns[COLUMNS.index("path")] if self.native is None else self.native.path
        self.path: NDArray[np.float64] = path

    def encode(self, rows: Sequence[Row]) -> str:
        """Return the lines of R rows, those of a step together."""
        measured = [(row, row.sums.numpy()) for row in rows if row.sums is not None]
        if not measured:
            return ""
        steps = [row.step for row, _ in measured]
        sums = np.stack([each for _, each in measured])
        sums[:, :, _CHORD] = [each[:, row.chord] for row, each in measured]
        self._inputs.fill_frozen(sums)
        context = self.context(np.array(steps), sums)
        results = [(m.name, m.compute(context)) for m in self._measurements]
        return "".join(
            encode_measurement(step, name, values[index].total, values[index].values)
            for index, step in enumerate(steps)
            for name, values in results
        )

    def context(self, steps: NDArray[Any], sums: NDArray[Any] | None) -> Context:
        """Return the context of R rows.

        Args:
            steps: Updates done at each row. Shape: (R,).
            sums: Sums of the drift pass, whose chords are added to the path. Shape:
                (R, L, len(COLUMNS)). None: no step was taken.
        """
        path, fields = self.path[None].copy(), {}
        if sums is not None:
            fields = {name: sums[:, :, k] for k, name in enumerate(kernels.COLUMNS)}
            path = self._walk(fields["squared_chord"])
        return self._inputs.context(
            steps=steps,
            sums=fields,
            path=path[:, :-1],
            path_total=path[:, -1],
            chords=self.chords,
        )

    def _walk(self, squares: NDArray[Any]) -> NDArray[np.float64]:
        """Add R chords to the path, one after another; return the path after each, (R, L + 1)."""
        totals = [[exact_sum(row)] for row in squares.tolist()]
        chords = np.sqrt(np.append(squares, totals, axis=1))
        path = np.cumsum(np.concatenate([self.path[None], chords]), axis=0)[1:]
        self.path[:] = path[-1]
        self.chords += len(chords)
        return path
