"""Start or resume a run, from its spec or its folder to its last byte."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import torch

from paramdyn.errors import OutOfMemory, ParamdynError, RunIncomplete
from paramdyn.measurements.measurement import DecayInfo
from paramdyn.optimizers import decay_ratio
from paramdyn.plugins import load_plugins
from paramdyn.recording.inputs import MeasurementInputs
from paramdyn.recording.recorder import Recorder
from paramdyn.specs import RunSpec
from paramdyn.specs.reader import read_spec
from paramdyn.specs.run_id import run_id
from paramdyn.specs.validation import validate
from paramdyn.specs.writer import to_toml
from paramdyn.store.manifest import Manifest, read_manifest, write_manifest
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.summary import summary_of
from paramdyn.training.checkpoint import load_checkpoint
from paramdyn.training.loop import TrainingLoop
from paramdyn.training.manifest_of import Request, manifest_of
from paramdyn.training.prepare import Prepared, prepare
from paramdyn.training.reporter import Reporter
from paramdyn.training.run_files import RunFiles
from paramdyn.training.snapshots import SnapshotKeeper

log = logging.getLogger(__name__)

# What allocators say; "illegal memory access" and "memory format" are other failures.
_NO_MEMORY = re.compile(r"out of memory|(?:allocate|enough) memory|ALLOC_FAILED", re.IGNORECASE)


def _never() -> bool:
    return False


def _ignore(_: RunFolder) -> None:
    return None


def train_run(  # noqa: PLR0913 - what a run needs to know, each by its name
    spec: RunSpec,
    *,
    runs: Path,
    data_folder: Path,
    command: Sequence[str] = (),
    arm: str = "",
    control_of: str = "",
    into: Path | None = None,
    on_start: Callable[[RunFolder], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
) -> RunFolder:
    """Run ``spec`` in a new folder under ``runs`` and return the folder.

    Args:
        spec: What to run; plug-in paths must exist.
        runs: Where the run folder is made.
        data_folder: Where data sets are looked for.
        command: The command line, for the record.
        arm: Which arm of a comparison it is, such as ``twin``, for the record.
        control_of: Name of the run that it is a control of, for the record.
        into: The folder that was made for it when it was queued; without, one is made.
        on_start: Called with the folder when training is about to begin.
        should_stop: Asked after every batch; True writes a checkpoint and leaves.

    Raises:
        BadRequest: It cannot be run as asked; no folder was made.
        FailedWork: It failed on the way; the folder says so.
    """
    load_plugins(map(Path, spec.plugins))
    spec = _absolute_paths(validate(spec))
    with _explaining_memory(spec):
        run = prepare(spec, runs=runs, data_folder=data_folder)
    asked = dataclasses.replace(run.spec, plugins=tuple(_kept_plugins(spec)))
    text = to_toml(asked)
    folder = RunFolder.take(into, text) if into else RunFolder.create(runs, run_id(spec), text)
    for plugin in spec.plugins:
        folder.add_plugin(Path(plugin))
    with folder.lock():
        request = Request(
            data_folder=data_folder, command=tuple(command), arm=arm, control_of=control_of
        )
        manifest = manifest_of(folder, run, request)
        write_manifest(folder.layout, manifest)
        on_start(folder)
        _train(folder, run, manifest, should_stop, checkpoint=None)
    return folder


def resume_run(
    folder: RunFolder,
    *,
    data_folder: Path,
    on_start: Callable[[RunFolder], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
) -> None:
    """Go on with a stopped, crashed or failed run; it ends as if it had never stopped.

    Raises:
        RunIncomplete: There is no checkpoint, or the start cannot be made again.
        BadRequest, FailedWork: As ``train_run``.
    """
    with folder.lock():
        manifest = read_manifest(folder.layout)
        checkpoint = load_checkpoint(folder.layout.checkpoint)
        spec = read_spec(folder.layout.spec)
        load_plugins(map(Path, spec.plugins))
        spec = validate(spec)
        with _explaining_memory(spec):
            run = prepare(spec, runs=folder.path.parent, data_folder=data_folder)
        if run.initial_hash != checkpoint["initial_sha256"]:
            raise RunIncomplete(
                f"{folder.name}: the values at step 0 cannot be made again: their hash is "
                f"{run.initial_hash[:12]}, it was {manifest.initial_sha256[:12]}. Something it "
                "starts from has changed (weights file, parent run, plug-in, or the version of "
                "torch; run.json has the versions). Run its spec anew instead."
            )
        on_start(folder)
        _train(folder, run, manifest, should_stop, checkpoint=checkpoint)


def _train(
    folder: RunFolder,
    run: Prepared,
    manifest: Manifest,
    should_stop: Callable[[], bool],
    *,
    checkpoint: dict[str, Any] | None,
) -> None:
    summary = summary_of(
        run.spec,
        created=manifest.created,
        parent=manifest.parent,
        arm=manifest.arm,
        control_of=manifest.control_of,
    )
    reporter = Reporter(folder.layout, total_steps=run.total_steps, summary=summary)
    reporter.report("running", step=checkpoint["step"] if checkpoint else 0)
    try:
        with (
            _explaining_memory(run.spec),
            closing(SnapshotKeeper(run.flat)) as keeper,
            closing(RunFiles(folder.layout, keeper, {"model": run.spec.model.name})) as files,
        ):
            loop = TrainingLoop(run, files, open_recorder(run, files), reporter, should_stop)
            if checkpoint is not None:
                loop.load_state(checkpoint)
                log.info("resumed at step %d of %d", loop.step, run.total_steps)
            status = loop.train()
        log.info("%s at step %d", status, loop.step)
        if status == "stopped":
            reporter.report("stopped", reason="asked to stop", step=loop.step)
    except ParamdynError as error:
        reporter.report("failed", reason=str(error))
        raise
    except BaseException as error:
        reporter.report("failed", reason=f"{type(error).__name__}: {error} (see log.txt)")
        raise


def open_recorder(run: Prepared, files: RunFiles, *, kind: type[Recorder] = Recorder) -> Recorder:
    """Return the recorder of a prepared run, writing into its open files."""
    rates: list[float] = []
    weight_decay = run.spec.optimizer.weight_decay

    def decay(step: int) -> DecayInfo | None:
        if not weight_decay:
            return None
        rates.extend(run.rate_at(later) for later in range(len(rates), step))
        return DecayInfo(ratio=decay_ratio(run.spec.optimizer, rates[:step]), steps=step)

    inputs = MeasurementInputs(
        flat=run.flat,
        start=run.start,
        drift=run.drift,
        reach=run.reach,
        buffers=run.buffers(),
        start_buffers=run.start_buffers,
        decay=decay,
    )
    return kind(
        drift=run.drift,
        measurements=run.measurements,
        inputs=inputs,
        steps=run.record_steps,
        steps_per_epoch=run.batches.steps_per_epoch,
        metrics=files.metrics,
        lines=files.drift,
        timing=files.timing,
    )


def _absolute_paths(spec: RunSpec) -> RunSpec:
    """Return the spec with the files it names written so that it runs from any directory."""
    replace = dataclasses.replace
    kind, _, path = spec.dataset.name.partition(":")
    if kind == "folder":
        name = f"folder:{Path(path).expanduser().absolute()}"
        spec = replace(spec, dataset=replace(spec.dataset, name=name))
    if spec.initializer.weights:
        weights = str(Path(spec.initializer.weights).expanduser().absolute())
        spec = replace(spec, initializer=replace(spec.initializer, weights=weights))
    return spec


def _kept_plugins(spec: RunSpec) -> Iterator[str]:
    """Yield the plug-ins as the folder's spec.toml names them: copies beside it."""
    for plugin in spec.plugins:
        yield f"plugins/{Path(plugin).name}"


@contextmanager
def _explaining_memory(spec: RunSpec) -> Iterator[None]:
    """Turn a device's or the system's out-of-memory error into words."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        known = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not known and not _NO_MEMORY.search(str(error)):
            raise
        first = str(error).strip().partition("\n")[0]
        raise OutOfMemory(
            f"training.device '{spec.training.device}': out of memory ({first[:160]}). "
            f"Lower training.batch_size (now {spec.training.batch_size}) or dataset.image_size "
            f"(now {spec.dataset.image_size}), use training.precision = 'bf16', choose a "
            "smaller model, or free the device of other programs."
        ) from error
