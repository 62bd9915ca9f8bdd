"""Runs as TensorBoard event files: scalars, histograms, texts, and the HParams tab.

TensorBoard keeps scalars as float32. One folder a run; in TensorBoard it is a run of that name.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import BadRequest
from paramdyn_tui.export.tensorboard_sessions import hyperparameter_names, start_time
from paramdyn_tui.export.written import Written

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder

PREFIX = "events.out.tfevents"


def write_tensorboard(
    folders: Sequence[RunFolder], out: Path, *, what: Sequence[str], overwrite: bool = False
) -> list[Written]:
    """Write ``OUT/RUN/events.out.tfevents...`` for each run; a folder appears whole or not at all.

    Args:
        folders: The runs.
        out: Where to write; its folder must exist.
        what: Names of tables, as for the other formats: ``metrics``, ``drift_totals``, ``drift``
            (one scalar a parameter), ``events``, ``spec`` (a text and the HParams tab),
            ``snapshots`` (histograms). Others have no place in event files.
        overwrite: Whether to replace event files of these runs.

    Raises:
        StoreError: A run cannot be read, or a file cannot be written.
        BadRequest: A folder to be replaced holds other things than event files.
    """
    from paramdyn.store.atomic import store_error

    columns = hyperparameter_names(folders)
    written = []
    for folder in folders:
        place = out / folder.name
        if place.exists() and overwrite:
            _check_only_events(place)
        temporary = out / f".{folder.name}.{secrets.token_hex(4)}.tmp"
        try:
            temporary.mkdir()
            file = temporary / f"{PREFIX}.{int(start_time(folder)):010d}.paramdyn"
            count = _write_events(folder, file, what=what, columns=columns)
            size = file.stat().st_size
            if place.exists():
                shutil.rmtree(place)
            temporary.rename(place)
        except OSError as error:
            raise store_error(place, "written", error) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        written.append(Written(place, "", folder.name, count, size))
    return written


def _check_only_events(place: Path) -> None:
    other = [entry.name for entry in place.iterdir() if not entry.name.startswith(PREFIX)]
    if other:
        raise BadRequest(
            f"export: {place} holds '{other[0]}', which is no event file, so it is not replaced. "
            "Choose another --out."
        )


def _write_events(
    folder: RunFolder, file: Path, *, what: Sequence[str], columns: dict[str, list[str]]
) -> int:
    """Write one event file; return the number of values in it."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    from paramdyn.store.export.records import Clock
    from paramdyn_tui.export.tensorboard_values import run_summaries

    start = start_time(folder)
    clock = Clock.of(folder)
    count = 0
    with file.open("wb") as stream:
        writer = RecordWriter(stream)
        writer.write(Event(wall_time=start, file_version="brain.Event:2").SerializeToString())
        for step, summary in run_summaries(folder, what=what, columns=columns, start=start):
            seconds = float(clock.near(step))
            event = Event(wall_time=start + seconds, step=step, summary=summary)
            writer.write(event.SerializeToString())
            count += len(summary.value)
    return count
