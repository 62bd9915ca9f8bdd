"""The training loop, the one place where a network is stepped.

::

    for epoch:
        order of the images            from the order stream of this epoch
        for batch:
            forward, loss, backward    dropout from the dropout stream of this step
            if the step is recorded:   open the drift pass
            optimizer step             shard by shard, measured while in cache
            if the step is recorded:   queue a row
            now and then, or if asked  heartbeat, checkpoint, pause, leave
        score on validation and test   metrics of the epoch's last step
        whole tensors, snapshots       classes, buffers; every, best, final
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import asdict
from typing import Any

from torch import nn

from paramdyn import devices, seeding
from paramdyn.checkpoints import copy_into
from paramdyn.measurements.buffer_checks import invalid_buffers
from paramdyn.recording.recorder import Recorder
from paramdyn.store.state import LIVE
from paramdyn.training.clock import CheckpointTimer, TrainingClock
from paramdyn.training.divergence import why_diverged
from paramdyn.training.evaluation import RunningScore
from paramdyn.training.prepare import Prepared
from paramdyn.training.reporter import Reporter
from paramdyn.training.requests import Requests
from paramdyn.training.run_files import RunFiles
from paramdyn.training.scores import GivenUp, Scorer, told

log = logging.getLogger(__name__)


class TrainingLoop:
    """Trains one prepared run and leaves its files behind.

    Args:
        run: The run in memory.
        files: Its open files.
        recorder: Records its steps.
        reporter: Tells how far it is.
        requests: What others ask of it; looked at after every batch.
    """

    def __init__(
        self,
        run: Prepared,
        files: RunFiles,
        recorder: Recorder,
        reporter: Reporter,
        requests: Requests,
    ) -> None:
        self.run = run
        self.step = 0
        self._rate = math.nan  # of the last update
        self._files = files
        self._recorder = recorder
        self._reporter = reporter
        self._requests = requests
        self._running = RunningScore(run.device)
        self._clock = TrainingClock()
        self._images = 0
        self._best = -math.inf
        self._dropout_seed = run.seed_of("dropout")
        self._checkpoints, self._scorer = CheckpointTimer(), Scorer(run, reporter, requests)

    def train(self) -> str:
        """Train to the end, or until stopped; return the status to report.

        Raises:
            GivenUp: It was asked to stop, during a long evaluation; the last checkpoint counts.
            StoreError: A file cannot be written, or the folder is another's, or gone.
        """
        per_epoch, total = self.run.batches.steps_per_epoch, self.run.total_steps
        if self.step == 0:
            self._begin()
        self.run.model.train()
        self._clock.go()
        while self.step < total:
            epoch, first = divmod(self.step, per_epoch)
            self.run.batches.start_epoch(epoch)
            for index in range(first, min(per_epoch, total - epoch * per_epoch)):
                is_last = index + 1 == per_epoch or self.step + 1 == total
                if is_last and self.step and self._scorer.is_worth(self._checkpoints.cost):
                    self.save()  # during the evaluation none can be: the last row waits for it
                self.train_batch(index)
                if is_last:
                    self._end_epoch()
                if self._recorder.diverged_at is not None:
                    return self._diverge()
                if self.step < total and self._leaves(epoch_ended=is_last):
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
            "seconds": self._clock.seconds(),
            "images": self._images,
            "best": self._best,
            "offsets": self._files.offsets(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken; records made after it are dropped.

        Raises:
            RunIncomplete: Records that it counts on are lost.
            KeyError, TypeError, ValueError, RuntimeError: It is the state of another run.
        """
        run = self.run
        self._files.settle()
        copy_into([run.flat.values], [state["values"]])
        copy_into(run.model.buffers(), state["buffers"])
        run.optimizer.load_state(state["optimizer"], int(state["step"]))
        self._recorder.load_state(state["recorder"])
        self._running.load_state(state["running"])
        self.step, self._rate = int(state["step"]), float(state["rate"])
        self._clock.set(float(state["seconds"]))
        self._images, self._best = int(state["images"]), float(state["best"])
        self._files.truncate(state["offsets"])  # last: what does not fit must cost no record

    def save(self) -> None:
        """Write a checkpoint that counts on everything recorded so far."""
        began = time.monotonic()
        self._clock.stop()
        self._recorder.flush(wait=True)
        self._files.save_checkpoint(self.state)
        self._reporter.saved(self.step)
        self._checkpoints.written(time.monotonic() - began)
        self._clock.go()

    def _begin(self) -> None:
        """Record the untrained network."""
        try:
            scores = self._scorer.scores()  # before anything is written, so that it can be given up
        except GivenUp:
            self.save()
            raise
        for report in self.run.perturbations:
            self._files.event(0, "perturbation", **asdict(report))
        for text in invalid_buffers(self.run.model):
            self._files.event(0, "warning", text=text)
            log.warning("%s", text)
        self._recorder.add_metrics(0, scores, (0, 0.0))
        self._recorder.flush(wait=True)
        if "init" in self.run.spec.recording.snapshots:
            self._files.keep_snapshot("init", self.step)

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
                spent=(self._images, self._clock.seconds()),
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
        self._clock.stop()
        metrics = {"train/epoch_loss": score.loss, "train/epoch_accuracy": score.accuracy}
        metrics |= self._scorer.scores()
        self._running.reset()
        self._recorder.add_metrics(self.step, metrics, (self._images, self._clock.seconds()))
        self._recorder.flush(wait=True)
        if self._recorder.diverged_at is None:
            if self._recorder.is_due(self.step):
                self._recorder.measure_tensors(self.step)
            self._keep_epoch(metrics)
            epoch = self.step / self.run.batches.steps_per_epoch
            log.info("epoch %g, step %d: %s", epoch, self.step, told(metrics))
            self._report("running")
        self._clock.go()

    def _keep_epoch(self, metrics: dict[str, float]) -> None:
        accuracy = metrics.get("validation/accuracy")
        if accuracy is not None and accuracy > self._best:
            self._best = accuracy
            self._files.keep_snapshot("best", self.step)
        every = next((s for s in self.run.spec.recording.snapshots if s.startswith("every:")), None)
        epoch, rest = divmod(self.step, self.run.batches.steps_per_epoch)
        if every and rest == 0 and epoch % int(every.partition(":")[2]) == 0:
            self._files.keep_snapshot("epoch", self.step)

    def _finish(self) -> None:
        if "final" in self.run.spec.recording.snapshots:
            self._files.keep_snapshot("final", self.step)
        self._files.event(self.step, "finished")
        self._files.finish()
        self._report("finished")
        self._files.drop_checkpoint()  # only when nothing can go wrong any more

    def _diverge(self) -> str:
        step = int(self._recorder.diverged_at or 0)
        self._files.event(step, "diverged", text="the loss or a parameter is not a finite number")
        self._files.finish()
        self._report("diverged", reason=why_diverged(self.run, step))
        self._files.drop_checkpoint()
        return "diverged"

    def _leaves(self, *, epoch_ended: bool) -> bool:
        """Do what was asked for; tell whether the run has to leave, which it can."""
        asked = self._requests
        if asked.look():
            self._report("running")
        if asked.pause and not asked.stop:
            self._pause()
        if not asked.stop and not (asked.after_epoch and epoch_ended):
            return False
        if self._reporter.checkpoint_step != self.step:
            self.save()
        return True

    def _pause(self) -> None:
        self.save()
        self._clock.stop()
        log.info("paused at step %d", self.step)
        self._report("paused")
        self._requests.wait_while_paused(self._reporter.beat)
        self._clock.go()
        if not self._requests.stop:
            log.info("going on at step %d", self.step)
            self._report("running")

    def _keep_alive(self) -> None:
        if self._reporter.is_due:
            self._recorder.flush()
            self._report("running")
        if self._checkpoints.is_due and self.step < self.run.total_steps:
            self.save()

    def _report(self, status: str, *, reason: str = "") -> None:
        seconds = self._clock.seconds()
        self._reporter.report(
            status,
            reason=reason,
            request=self._requests.waiting if status in LIVE else "",
            step=self.step,
            epoch=self.step / self.run.batches.steps_per_epoch,
            metrics=self._recorder.newest(),
            images_per_s=self._images / seconds if seconds else 0.0,
        )
