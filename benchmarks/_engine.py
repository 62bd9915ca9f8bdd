"""A training loop of the real engine, for benchmarks that time parts of it."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from paramdyn import devices
from paramdyn.recording import recorder as module
from paramdyn.recording.recorder import Recorder
from paramdyn.specs import DatasetSpec, OptimizerSpec, RecordingSpec, RunSpec, TrainingSpec
from paramdyn.specs import ModelSpec as Model
from paramdyn.specs.validation import validate
from paramdyn.store.layout import Layout
from paramdyn.training.loop import TrainingLoop
from paramdyn.training.prepare import Prepared, prepare
from paramdyn.training.reporter import Reporter, first_state
from paramdyn.training.requests import Requests
from paramdyn.training.run import open_recorder
from paramdyn.training.run_files import RunFiles
from paramdyn.training.snapshots import SnapshotKeeper


class SwitchedRecorder(Recorder):
    """A recorder that is asked at every step and told from outside when to record."""

    wanted: Callable[[int], bool] = staticmethod(lambda _: False)

    def is_due(self, step: int) -> bool:
        """Tell what ``wanted`` says."""
        return self.wanted(step)


def spec_for(model: str, *, optimizer: str, batch: int, images: int, every: int) -> RunSpec:
    """Return a spec on random gray images of MNIST's size."""
    return validate(
        RunSpec(
            model=Model(name=model),
            dataset=DatasetSpec(name="synthetic", options={"train": images, "test": 128}),
            optimizer=OptimizerSpec(name=optimizer),
            training=TrainingSpec(batch_size=batch, epochs=10_000, device="cpu"),
            recording=RecordingSpec(when=f"every:{every}", snapshots=()),
        )
    )


class Engine:
    """One prepared run that is stepped from outside, recording on or off."""

    def __init__(self, spec: RunSpec, folder: Path) -> None:
        devices.keep_freed_memory()  # as the worker does
        self.run: Prepared = prepare(spec, runs=folder, data_folder=folder)
        self.run.record_steps = self.run.record_steps[:100_000]
        layout = Layout(folder)
        self._files = RunFiles(layout, SnapshotKeeper(self.run.flat), {})
        recorder = open_recorder(self.run, self._files, kind=SwitchedRecorder)
        assert isinstance(recorder, SwitchedRecorder)
        self.recorder = recorder
        reporter = Reporter(layout, first_state(total_steps=self.run.total_steps, summary={}))
        requests = Requests(layout, lambda: False)
        self._loop = TrainingLoop(self.run, self._files, self.recorder, reporter, requests)
        self.run.model.train()
        self.run.batches.start_epoch(0)
        self._index = 0

    def steps(self, count: int, *, every: int) -> None:
        """Train ``count`` batches; record each ``every``-th step, none if 0; write the records."""
        self.recorder.wanted = lambda step: bool(every) and step % every == 0
        for _ in range(count):
            if self._index == self.run.batches.steps_per_epoch:
                self._index = 0
            self._loop.train_batch(self._index)
            self._index += 1
        self.recorder.flush(wait=True)

    def timed_step(self, *, recorded: bool) -> float:
        """Train one batch and return its seconds, those of writing its row included if it can."""
        self.recorder.wanted = lambda _: recorded
        if self._index == self.run.batches.steps_per_epoch:
            self._index = 0
        started = time.perf_counter()
        self._loop.train_batch(self._index)
        spent = time.perf_counter() - started
        self._index += 1
        return spent

    def waiting(self) -> int:
        """Return how many rows wait to be written."""
        return len(self.recorder._pending)  # noqa: SLF001 - to time writing apart from the step

    @contextlib.contextmanager
    def rows_held_back(self) -> Iterator[None]:
        """Have no row written but by ``recorder.flush``."""
        kept = module.FLUSH_SECONDS, module.FLUSH_SHARE
        module.FLUSH_SECONDS, module.FLUSH_SHARE = math.inf, 0.0
        try:
            yield
        finally:
            module.FLUSH_SECONDS, module.FLUSH_SHARE = kept

    def close(self) -> None:
        """Close the files."""
        self._files.close()
