"""The training loop, the one place where a network is stepped.

::

    for epoch:
        order of the images            from the order stream of this epoch
        for batch:
            forward, loss, backward    dropout from the dropout stream of this step
            if the step is recorded:   open the drift pass
            optimizer step             shard by shard, measured while in cache
            if the step is recorded:   queue a row
            now and then               heartbeat, checkpoint
            if asked to stop:          checkpoint, leave
        score on validation and test   metrics of the epoch's last step
        measurements of whole tensors  classes, buffers
        snapshots                      every, best, final
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from torch import nn

from paramdyn import devices, seeding
from paramdyn.measurements.buffer_checks import invalid_buffers
from paramdyn.recording.recorder import Recorder
from paramdyn.training.evaluation import RunningScore, evaluate
from paramdyn.training.prepare import Prepared, seed_for
from paramdyn.training.reporter import Reporter
from paramdyn.training.run_files import RunFiles

log = logging.getLogger(__name__)

FIRST_CHECKPOINT_SECONDS = 5.0
"""A run that dies young can be resumed, and one that ends before needs no checkpoint."""
CHECKPOINT_SECONDS = 30.0
CHECKPOINT_SHARE = 0.05
"""At most this share of the time goes into checkpoints."""


class TrainingLoop:
    """Trains one prepared run and leaves its files behind.

    Args:
        run: The run in memory.
        files: Its open files.
        recorder: Records its steps.
        reporter: Tells how far it is.
        should_stop: Asked after every batch.
    """

    def __init__(
        self,
        run: Prepared,
        files: RunFiles,
        recorder: Recorder,
        reporter: Reporter,
        should_stop: Callable[[], bool],
    ) -> None:
        self.run = run
        self.step = 0
        self._rate = math.nan  # of the last update
        self._files = files
        self._recorder = recorder
        self._reporter = reporter
        self._should_stop = should_stop
        self._running = RunningScore(run.device)
        self._seconds = 0.0
        self._resumed_at = time.perf_counter()
        self._images = 0
        self._best = -math.inf
        self._dropout_seed = seed_for(run.spec, "dropout")
        self._next_checkpoint = time.monotonic() + FIRST_CHECKPOINT_SECONDS

    def train(self) -> str:
        """Train to the end, or until stopped; return the status to report."""
        per_epoch = self.run.batches.steps_per_epoch
        if self.step == 0:
            self._begin()
        self.run.model.train()
        self._resumed_at = time.perf_counter()
        while self.step < self.run.total_steps:
            epoch, first = divmod(self.step, per_epoch)
            self.run.batches.start_epoch(epoch)
            for index in range(first, min(per_epoch, self.run.total_steps - epoch * per_epoch)):
                self.train_batch(index)
                if index + 1 == per_epoch or self.step == self.run.total_steps:
                    self._end_epoch()
                if self._recorder.diverged_at is not None:
                    return self._diverge()
                if self.step < self.run.total_steps and self._should_stop():
                    self.save()
                    return "stopped"
                self._keep_alive()
        self._finish()
        return "finished"

    def state(self) -> dict[str, Any]:
        """Return what ``load_state`` needs."""
        run = self.run
        return {
            "step": self.step,
            "initial_sha256": run.initial_hash,
            "values": run.flat.values,
            "buffers": list(run.model.buffers()),  # those that are not persistent, too
            "optimizer": run.optimizer.state(),
            "recorder": self._recorder.state(),
            "running": self._running.state(),
            "rate": self._rate,
            "seconds": self._seconds,
            "images": self._images,
            "best": self._best,
            "offsets": self._files.offsets(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken; records made after it are dropped."""
        run = self.run
        self._files.truncate(state["offsets"])
        self._files.settle()
        run.flat.values.copy_(state["values"])
        for buffer, kept in zip(run.model.buffers(), state["buffers"], strict=True):
            buffer.copy_(kept)
        run.optimizer.load_state(state["optimizer"])
        self._recorder.load_state(state["recorder"])
        self._running.load_state(state["running"])
        self.step, self._rate = state["step"], state["rate"]
        self._seconds, self._images = state["seconds"], state["images"]
        self._best = state["best"]

    def save(self) -> None:
        """Write a checkpoint that counts on everything recorded so far."""
        began = time.monotonic()
        self._pause_clock()
        self._recorder.flush(wait=True)
        self._files.save_checkpoint(self.state)
        spent = time.monotonic() - began
        wait = max(CHECKPOINT_SECONDS, spent / CHECKPOINT_SHARE)
        self._next_checkpoint = time.monotonic() + wait
        self._resume_clock()

    def _begin(self) -> None:
        """Record the untrained network."""
        for report in self.run.perturbations:
            self._files.event(0, "perturbation", **asdict(report))
        for text in invalid_buffers(self.run.model):
            self._files.event(0, "warning", text=text)
            log.warning("%s", text)
        self._recorder.add_metrics(0, self._scores(), (0, 0.0))
        self._recorder.flush(wait=True)
        if "init" in self.run.spec.recording.snapshots:
            self._keep("init")

    def train_batch(self, index: int) -> None:
        """Take one step on batch ``index`` of the present epoch, recorded if it is due."""
        run = self.run
        images, labels = run.batches.get(index)
        run.optimizer.drop_gradients()
        seeding.seed_global(run.device, self._dropout_seed, "dropout", self.step)
        with devices.autocast(run.device, run.spec.training.precision):
            logits = run.model(images)
        logits = logits.float()
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        rate = self._set_rate()
        self.step += 1
        recorded = self._recorder.is_due(self.step)
        self._files.settle()
        run.optimizer.step(self._recorder.open(self.step) if recorded else None)
        loss = loss.detach()
        hits = (logits.detach().argmax(1) == labels).sum()
        self._running.add(loss, hits, len(labels))
        self._images += len(labels)
        if recorded:
            self._recorder.close(
                self.step,
                loss=loss,
                hits=hits,
                images=len(labels),
                rate=rate,
                spent=(self._images, self._clock()),
            )

    def _set_rate(self) -> float:
        rate = self.run.rate_at(self.step)
        if rate != self._rate:
            self.run.optimizer.set_learning_rate(rate)
            if self.step and self.run.spec.schedule.name == "step":
                # A run that diverged ends there, however late its rows are read.
                self._recorder.flush(wait=True)
                if self._recorder.diverged_at is None:
                    self._files.event(self.step, "learning-rate", rate=rate)
            self._rate = rate
        return rate

    def _end_epoch(self) -> None:
        score = self._running.score()
        self._pause_clock()
        metrics = {"train/epoch_loss": score.loss, "train/epoch_accuracy": score.accuracy}
        metrics |= self._scores()
        self._running.reset()
        self._recorder.add_metrics(self.step, metrics, (self._images, self._seconds))
        self._recorder.flush(wait=True)
        if self._recorder.diverged_at is None:
            if self._recorder.is_due(self.step):
                self._recorder.measure_tensors(self.step)
            self._keep_epoch(metrics)
            self._report("running")
        self._resume_clock()

    def _scores(self) -> dict[str, float]:
        run, scores = self.run, {}
        for split, batches in run.evaluations.items():
            score = evaluate(
                run.model, batches, device=run.device, precision=run.spec.training.precision
            )
            scores[f"{split}/loss"], scores[f"{split}/accuracy"] = score.loss, score.accuracy
        return scores

    def _keep_epoch(self, metrics: dict[str, float]) -> None:
        accuracy = metrics.get("validation/accuracy")
        if accuracy is not None and accuracy > self._best:
            self._best = accuracy
            self._keep("best")
        every = next((s for s in self.run.spec.recording.snapshots if s.startswith("every:")), None)
        epoch, rest = divmod(self.step, self.run.batches.steps_per_epoch)
        if every and rest == 0 and epoch % int(every.partition(":")[2]) == 0:
            self._keep("epoch")

    def _keep(self, name: str) -> None:
        self._files.keep_snapshot(name, self.step)

    def _finish(self) -> None:
        if "final" in self.run.spec.recording.snapshots:
            self._keep("final")
        self._files.event(self.step, "finished")
        self._files.finish()
        self._report("finished")

    def _diverge(self) -> str:
        step = self._recorder.diverged_at
        self._files.event(
            int(step or 0), "diverged", text="the loss or a parameter is not a finite number"
        )
        self._files.finish()
        reason = (
            f"the loss or a parameter was not finite at step {step}. Everything recorded until "
            "then is kept. Lower optimizer.learning_rate "
            f"(now {self.run.spec.optimizer.learning_rate:g}) or warm it "
            "up with schedule.warmup_epochs."
        )
        self._report("diverged", reason=reason)
        return "diverged"

    def _keep_alive(self) -> None:
        if self._reporter.is_due:
            self._recorder.flush()
            self._report("running")
        if time.monotonic() > self._next_checkpoint and self.step < self.run.total_steps:
            self.save()

    def _report(self, status: str, *, reason: str = "") -> None:
        seconds = self._clock()
        self._reporter.report(
            status,
            reason=reason,
            step=self.step,
            epoch=self.step / self.run.batches.steps_per_epoch,
            metrics=self._recorder.latest,
            images_per_s=self._images / seconds if seconds else 0.0,
        )

    def _clock(self) -> float:
        """Return the seconds spent in training batches, recording included."""
        if self._resumed_at == 0.0:
            return self._seconds
        return self._seconds + time.perf_counter() - self._resumed_at

    def _pause_clock(self) -> None:
        self._seconds = self._clock()
        self._resumed_at = 0.0

    def _resume_clock(self) -> None:
        self._resumed_at = time.perf_counter()
