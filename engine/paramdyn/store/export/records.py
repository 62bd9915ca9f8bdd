"""Export tables of what was recorded at each step: metrics, timing, drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from paramdyn.store.export.columns import (
    INTEGER,
    NUMBER,
    ROWS_PER_BATCH,
    TEXT,
    Column,
    Record,
    Table,
    Words,
    bad_record,
    is_number,
    size_now,
    stream,
)
from paramdyn.store.manifest import ParameterInfo, read_manifest
from paramdyn.store.run_folder import RunFolder

BUFFERS = "buffer_displacement"
"""The measurement whose values are of buffers, not of parameters."""


def metrics_table(folders: Sequence[RunFolder]) -> Table:
    """Return one row a record of metrics.jsonl, one column a metric.

    ``time`` is seconds of training, linear between the lines of timing.jsonl, undefined after the
    last one.

    Raises:
        RunIncomplete: A record is not as the recorder writes it.
    """
    ends = [size_now(folder.layout.metrics) for folder in folders]
    keys: dict[str, None] = {}
    for folder, end in zip(folders, ends, strict=True):
        for record in stream(folder.layout.metrics, end):
            _check_numbers(record, folder.layout.metrics)
            keys |= dict.fromkeys(record)
    names = [key for key in keys if key not in ("step", "epoch", "time", "run")]
    numbers = ("epoch", "time", *names)
    columns = {"run": TEXT, "step": INTEGER, **dict.fromkeys(numbers, NUMBER)}

    def batches() -> Iterator[dict[str, Column]]:
        for folder, end in zip(folders, ends, strict=True):
            clock = Clock.of(folder)
            for records in _grouped(stream(folder.layout.metrics, end)):
                steps = np.array([record["step"] for record in records], dtype=np.int64)
                yield {
                    "run": Words.constant(folder.name, len(records)),
                    "step": steps,
                    "epoch": [record.get("epoch") for record in records],
                    "time": clock.at(steps),
                    **{name: [record.get(name) for record in records] for name in names},
                }

    return Table("metrics", columns, batches)


def timing_table(folders: Sequence[RunFolder]) -> Table:
    """Return one row a line of timing.jsonl."""
    columns = {"run": TEXT, "step": INTEGER, "time": NUMBER, "images_per_s": NUMBER}

    def batches() -> Iterator[dict[str, Column]]:
        for folder in folders:
            path = folder.layout.timing
            for records in _grouped(stream(path, size_now(path))):
                for record in records:
                    _check_numbers(record, path)
                yield {
                    "run": Words.constant(folder.name, len(records)),
                    "step": np.array([record["step"] for record in records], dtype=np.int64),
                    "time": [record.get("time") for record in records],
                    "images_per_s": [record.get("images_per_s") for record in records],
                }

    return Table("timing", columns, batches)


def drift_totals_table(folders: Sequence[RunFolder]) -> Table:
    """Return one row a (step, measurement): its value over all parameters.

    The classes of scalars are measurements ``classes/changed``, ... in scalars.
    """
    columns = {"run": TEXT, "step": INTEGER, "measurement": TEXT, "value": NUMBER}

    def batches() -> Iterator[dict[str, Column]]:
        for folder in folders:
            path = folder.layout.drift
            for records in _grouped(stream(path, size_now(path))):
                rows = [row for record in records for row in drift_rows(record, path, "total")]
                words = _Codes()
                yield {
                    "run": Words.constant(folder.name, len(rows)),
                    "step": np.array([step for step, _, _ in rows], dtype=np.int64),
                    "measurement": words.column([words.code(name) for _, name, _ in rows]),
                    "value": [value for _, _, value in rows],
                }

    return Table("drift_totals", columns, batches)


def drift_table(folders: Sequence[RunFolder]) -> Table:
    """Return one row a (step, measurement, parameter), in the order of drift.jsonl.

    ``buffer_displacement`` has buffers in the column ``parameter``, of kind ``buffer``.
    """
    texts = ("measurement", "parameter", "layer", "kind")
    columns = {"run": TEXT, "step": INTEGER, **dict.fromkeys(texts, TEXT), "value": NUMBER}

    def batches() -> Iterator[dict[str, Column]]:
        for folder in folders:
            yield from _drift_batches(folder)

    return Table("drift", columns, batches)


def drift_rows(record: Record, path: Path, part: str) -> Iterator[tuple[int, str, Any]]:
    """Yield (step, measurement, value or values) of a drift record, each class apart.

    Args:
        record: A line of drift.jsonl.
        path: Where it stands, for messages.
        part: ``total`` or ``values``.

    Raises:
        RunIncomplete: The record is not as the recorder writes it.
    """
    name, content = record.get("measurement"), record.get(part)
    if not isinstance(name, str):
        raise bad_record(path, record, "a name as 'measurement'")
    pairs = [(name, content)]
    if isinstance(content, dict):
        pairs = [(f"{name}/{key}", value) for key, value in content.items()]
    for full, value in pairs:
        sound = is_number(value) if part == "total" else _are_numbers(value)
        if not sound:
            raise bad_record(path, record, f"numbers in '{part}'")
        yield record["step"], full, value


@dataclass(frozen=True, slots=True)
class Clock:
    """Training time at each step of a run, from timing.jsonl.

    Attributes:
        steps: Steps with a line, increasing; 0 comes first.
        seconds: Training time at them.
    """

    steps: np.ndarray[Any, Any]
    seconds: np.ndarray[Any, Any]

    @classmethod
    def of(cls, folder: RunFolder) -> Clock:
        """Return the clock of a run; one without timing.jsonl knows only step 0."""
        path = folder.layout.timing
        known = {0: 0.0}
        for record in stream(path, size_now(path)):
            _check_numbers(record, path)
            if record.get("time") is not None:
                known[record["step"]] = record["time"]
        order = sorted(known)
        return cls(np.array(order), np.array([known[step] for step in order]))

    def at(self, steps: np.ndarray[Any, Any]) -> list[float | None]:
        """Return the seconds of training at steps, linear in between, None after the last line."""
        seconds = np.interp(steps, self.steps, self.seconds)
        last = self.steps[-1]
        return [
            s if step <= last else None for s, step in zip(seconds.tolist(), steps, strict=True)
        ]

    def near(self, step: int) -> float:
        """Return the seconds at a step, those of the last line after it."""
        return float(np.interp(step, self.steps, self.seconds))


@dataclass(slots=True)
class _Codes:
    """Texts numbered in order of appearance."""

    numbers: dict[str, int] = field(default_factory=dict)

    def code(self, word: str) -> int:
        return self.numbers.setdefault(word, len(self.numbers))

    def column(self, codes: Sequence[int]) -> Words:
        return Words(list(self.numbers), np.array(codes, dtype=np.int32))


def _drift_batches(folder: RunFolder) -> Iterator[dict[str, Column]]:
    path = folder.layout.drift
    end = size_now(path)
    if not end:
        return
    manifest = read_manifest(folder.layout)
    parameters, buffers = list(manifest.parameters), list(manifest.buffers)
    batch = _DriftBatch(folder.name, [*parameters, *buffers])
    for record in stream(path, end):
        first = len(parameters) if record.get("measurement") == BUFFERS else 0
        expected = len(buffers) if first else len(parameters)
        for step, name, values in drift_rows(record, path, "values"):
            if len(values) != expected:
                text = f"{expected} values, one a row of the table in run.json"
                raise bad_record(path, record, text)
            batch.add(step, name, first, values)
        if len(batch.values) >= ROWS_PER_BATCH:
            yield batch.columns()
            batch.clear()
    if batch.values:
        yield batch.columns()


class _DriftBatch:
    """Rows of the long table, kept a record at a time until they are asked for."""

    def __init__(self, run: str, rows: Sequence[ParameterInfo]) -> None:
        self._run = run
        self._names = [row.name for row in rows]
        self._layers, self._kinds = _Codes(), _Codes()
        self._layer_of = np.array([self._layers.code(row.layer) for row in rows], dtype=np.int32)
        self._kind_of = np.array([self._kinds.code(row.kind) for row in rows], dtype=np.int32)
        self._measurements = _Codes()
        self.clear()

    def clear(self) -> None:
        self.values: list[float | None] = []
        self._heads: list[tuple[int, int, int, int]] = []

    def add(self, step: int, measurement: str, first: int, values: Sequence[float | None]) -> None:
        self._heads.append((step, self._measurements.code(measurement), first, len(values)))
        self.values += values

    def columns(self) -> dict[str, Column]:
        steps, codes, firsts, counts = np.array(self._heads, dtype=np.int64).T
        before = np.cumsum(counts) - counts  # rows of the records before each one
        index = np.arange(counts.sum()) + np.repeat(firsts - before, counts)
        index = index.astype(np.int32)
        return {
            "run": Words.constant(self._run, len(index)),
            "step": np.repeat(steps, counts),
            "measurement": self._measurements.column(np.repeat(codes, counts)),  # type: ignore[arg-type]
            "parameter": Words(self._names, index),
            "layer": Words(list(self._layers.numbers), self._layer_of[index]),
            "kind": Words(list(self._kinds.numbers), self._kind_of[index]),
            "value": self.values,
        }


def _grouped(records: Iterator[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    for record in records:
        group.append(record)
        if len(group) >= ROWS_PER_BATCH // 10:
            yield group
            group = []
    if group:
        yield group


def _check_numbers(record: Mapping[str, Any], path: Path) -> None:
    if not all(map(is_number, record.values())):
        raise bad_record(path, record, "numbers")


def _are_numbers(values: object) -> bool:
    # a set of types: this runs for every single value of the largest file
    return isinstance(values, list) and set(map(type, values)) <= _NUMBERS


_NUMBERS = {float, int, type(None)}
