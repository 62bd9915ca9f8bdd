"""Start or resume a run, from its spec or its folder to its last byte."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from paramdyn.checkpoints import fitting, load_checkpoint
from paramdyn.errors import ParamdynError, RunBusy, RunIncomplete, RunNotFound, StoreError
from paramdyn.plugins import load_plugins
from paramdyn.recording.inputs import MeasurementInputs
from paramdyn.recording.recorder import Recorder
from paramdyn.specs import RunSpec
from paramdyn.specs.paths import with_absolute_paths
from paramdyn.specs.reader import read_spec
from paramdyn.specs.run_id import run_id
from paramdyn.specs.validation import validate
from paramdyn.specs.writer import to_toml
from paramdyn.store import control
from paramdyn.store.manifest import Manifest, read_manifest, write_manifest
from paramdyn.store.reserve import keep_reserve
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state, write_state
from paramdyn.store.summary import summary_of
from paramdyn.training.expected_decay import ExpectedDecay
from paramdyn.training.loop import TrainingLoop
from paramdyn.training.manifest_of import Request, manifest_of
from paramdyn.training.memory import explaining_memory
from paramdyn.training.prepare import Prepared, prepare
from paramdyn.training.reporter import Reporter, first_state
from paramdyn.training.requests import Requests
from paramdyn.training.run_files import RunFiles
from paramdyn.training.scores import GivenUp
from paramdyn.training.snapshots import SnapshotKeeper

log = logging.getLogger(__name__)


def _never() -> bool:
    return False


def _ignore(_: RunFolder) -> None:
    return None


def train_run(  # noqa: PLR0913 - each is a plain fact of one run
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
        should_stop: Asked after every batch, and now and then in a long evaluation; True leaves,
            with a checkpoint. The folder's ``control`` file can ask for the same, and for more.

    Raises:
        BadRequest: It cannot be run as asked; no folder was made.
        FailedWork: It failed on the way; the folder says so.
    """
    load_plugins(map(Path, spec.plugins))
    spec = with_absolute_paths(validate(spec))
    with explaining_memory(spec):
        run = prepare(spec, runs=runs, data_folder=data_folder)
    request = Request(
        data_folder=data_folder, command=tuple(command), arm=arm, control_of=control_of
    )
    manifest = manifest_of(run, request, name=into.name if into else run_id(spec))
    state = first_state(total_steps=run.total_steps, summary=_summary(run, manifest))
    text = to_toml(dataclasses.replace(run.spec, plugins=tuple(_kept_plugins(spec))))

    def fill(folder: RunFolder) -> None:
        _keep_plugins(folder, spec)
        keep_reserve(folder.layout)
        write_manifest(folder.layout, manifest)
        write_state(folder.layout, state)

    folder = RunFolder.open(into) if into else RunFolder.create(runs, manifest.id, text, fill)
    reporter = Reporter(folder.layout, state)
    with _telling(reporter), folder.lock(), reporter, _telling(reporter):
        if into:
            _check_unbegun(folder)
            _keep_plugins(folder, spec)  # before its spec.toml names the copies
            fill(RunFolder.take(into, text))
        elif folder.name != manifest.id:
            write_manifest(folder.layout, dataclasses.replace(manifest, id=folder.name))
        on_start(folder)
        _train(folder, run, reporter, should_stop, checkpoint=None)
    return folder


def resume_run(
    folder: RunFolder,
    *,
    data_folder: Path,
    on_start: Callable[[RunFolder], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
) -> None:
    """Go on with a stopped, crashed or failed run; it ends as if it had never stopped.

    One that has not written a checkpoint yet starts again, in the same folder.

    Raises:
        RunIncomplete: It is finished, its checkpoint is lost or another's, or its start cannot be
            made again.
        RunBusy: A living process trains it.
        BadRequest, FailedWork: As ``train_run``.
    """
    with folder.lock():
        with contextlib.suppress(StoreError):
            control.take(folder.layout)  # for the worker before
        manifest = read_manifest(folder.layout)
        checkpoint = _checkpoint(folder)
        spec = read_spec(folder.layout.spec)
        load_plugins(map(Path, spec.plugins))
        spec = validate(spec)
        with explaining_memory(spec), _needing_its_parent(folder):
            run = prepare(spec, runs=folder.path.parent, data_folder=data_folder)
        if run.initial_hash != manifest.initial_sha256:
            raise RunIncomplete(
                f"{folder.name}: the values at step 0 cannot be made again: their hash is "
                f"{run.initial_hash[:12]}, it was {manifest.initial_sha256[:12]}. Something it "
                "starts from has changed (weights file, parent run, plug-in, or the version of "
                "torch; run.json has the versions). Run its spec anew instead."
            )
        state = first_state(total_steps=run.total_steps, summary=_summary(run, manifest))
        if checkpoint is not None:
            step = checkpoint["step"]
            epoch = step / run.batches.steps_per_epoch
            state = dataclasses.replace(state, step=step, epoch=epoch, checkpoint_step=step)
        reporter = Reporter(folder.layout, state)
        with reporter, _telling(reporter):
            keep_reserve(folder.layout)
            on_start(folder)
            _train(folder, run, reporter, should_stop, checkpoint=checkpoint)


@contextmanager
def _needing_its_parent(folder: RunFolder) -> Iterator[None]:
    """Say that it is the parent that is not there, and what for."""
    try:
        yield
    except RunNotFound as error:
        raise RunIncomplete(
            f"{folder.name}: starts from a run that is not there ({error}) Its values at step 0 "
            "are needed: every measurement compares with them. Put that run back, or run another "
            "spec."
        ) from error


def _checkpoint(folder: RunFolder) -> dict[str, Any] | None:
    """Return what a run goes on from; None when it dies before its first checkpoint."""
    layout = folder.layout
    try:
        state = read_state(layout)
    except RunIncomplete:
        return load_checkpoint(layout.checkpoint)
    if state.status in ("finished", "diverged"):
        raise RunIncomplete(
            f"{folder.name}: is {state.status} and has no checkpoint. Only a run that was stopped, "
            f"crashed or failed can be resumed; to run its spec again: paramdyn run {layout.spec}."
        )
    if state.checkpoint_step < 0 and not layout.checkpoint.exists():
        return None
    return load_checkpoint(layout.checkpoint)


def _train(
    folder: RunFolder,
    run: Prepared,
    reporter: Reporter,
    should_stop: Callable[[], bool],
    *,
    checkpoint: dict[str, Any] | None,
) -> None:
    reporter.report("running")
    with (
        explaining_memory(run.spec),
        closing(SnapshotKeeper(run.flat)) as keeper,
        closing(RunFiles(folder.layout, keeper, {"model": run.spec.model.name})) as files,
    ):
        requests = Requests(folder.layout, should_stop)
        loop = TrainingLoop(run, files, open_recorder(run, files), reporter, requests)
        if checkpoint is None:
            files.truncate({})
        else:
            with fitting(folder.layout.checkpoint):
                loop.load_state(checkpoint)
            log.info("resumed at step %d of %d", loop.step, run.total_steps)
        try:
            status = loop.train()
        except GivenUp:
            status = "stopped"
    log.info("%s at step %d", status, loop.step)
    if status == "stopped":
        reporter.report("stopped", reason="asked to stop", request="", step=loop.step)


def _summary(run: Prepared, manifest: Manifest) -> dict[str, Any]:
    return summary_of(
        run.spec,
        created=manifest.created,
        parent=manifest.parent,
        arm=manifest.arm,
        control_of=manifest.control_of,
    )


@contextmanager
def _telling(reporter: Reporter) -> Iterator[None]:
    """Leave the reason of a failure in the run's state, unless the run is another's."""
    try:
        yield
    except RunBusy:
        raise
    except ParamdynError as error:
        reporter.fail(str(error))
        raise
    except BaseException as error:
        reporter.fail(f"{type(error).__name__}: {error} (see log.txt)")
        raise


def open_recorder(run: Prepared, files: RunFiles, *, kind: type[Recorder] = Recorder) -> Recorder:
    """Return the recorder of a prepared run, writing into its open files."""
    inputs = MeasurementInputs(
        flat=run.flat,
        start=run.start,
        drift=run.drift,
        reach=run.reach,
        buffers=run.buffers(),
        start_buffers=run.start_buffers,
        decay=ExpectedDecay(
            run.spec.optimizer, run.rate_at, run.optimizer.missed, run.record_steps
        ),
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


def _check_unbegun(folder: RunFolder) -> None:
    if folder.layout.manifest.exists():
        raise RunBusy(
            f"{folder.path}: another process has begun this run meanwhile. A queued one was "
            f"expected. Look how it is: paramdyn show {folder.name}."
        )


def _keep_plugins(folder: RunFolder, spec: RunSpec) -> None:
    for plugin in spec.plugins:
        folder.add_plugin(Path(plugin))


def _kept_plugins(spec: RunSpec) -> Iterator[str]:
    """Yield the plug-ins as the folder's spec.toml names them: copies beside it."""
    for plugin in spec.plugins:
        yield f"plugins/{Path(plugin).name}"
