"""Scores of a network on its evaluation splits, given up when they take long and nobody waits."""

from __future__ import annotations

import time
from collections.abc import Mapping

from paramdyn.training.clock import CHECKPOINT_SHARE
from paramdyn.training.evaluation import evaluate
from paramdyn.training.prepare import Prepared
from paramdyn.training.reporter import Reporter
from paramdyn.training.requests import Requests

PATIENCE_SECONDS = 5.0
"""An evaluation that takes longer is given up when the run is asked to stop."""


def told(metrics: Mapping[str, float]) -> str:
    """Return the scores of an epoch for the log: ``train loss 0.47 accuracy 0.861, test loss ...``.

    Args:
        metrics: Split and score, such as ``test/accuracy`` -> value; ``epoch_`` is left out.
    """
    splits: dict[str, list[str]] = {}
    for name, value in metrics.items():
        split, _, score = name.partition("/")
        splits.setdefault(split, []).append(f"{score.removeprefix('epoch_')} {value:.4g}")
    return ", ".join(" ".join((split, *scores)) for split, scores in splits.items())


class GivenUp(Exception):
    """A long evaluation was cut off by a request to stop; the last checkpoint counts."""


class Scorer:
    """Scores one run's network.

    Args:
        run: The run in memory.
        reporter: Notices when the folder is lost meanwhile.
        requests: What others ask of the run.

    Attributes:
        cost: Seconds that the newest scores took.
    """

    def __init__(self, run: Prepared, reporter: Reporter, requests: Requests) -> None:
        self.cost = 0.0
        self._run = run
        self._reporter = reporter
        self._requests = requests
        self._began = 0.0

    def is_worth(self, checkpoint: float) -> bool:
        """Tell whether a checkpoint of so many seconds is cheap beside scores that take long."""
        return self.cost > PATIENCE_SECONDS and checkpoint < CHECKPOINT_SHARE * self.cost

    def scores(self) -> dict[str, float]:
        """Return loss and accuracy of each split, such as ``test/accuracy``.

        Raises:
            GivenUp: It takes long, and the run is asked to stop.
            StoreError: The run's folder is lost, or its disk full.
        """
        run, scores = self._run, {}
        self._began = time.monotonic()
        for split, batches in run.evaluations.items():
            score = evaluate(
                run.model,
                batches,
                device=run.device,
                precision=run.spec.training.precision,
                between=self._look_up,
            )
            scores[f"{split}/loss"], scores[f"{split}/accuracy"] = score.loss, score.accuracy
        self.cost = time.monotonic() - self._began
        return scores

    def _look_up(self) -> None:
        self._reporter.check()
        if time.monotonic() - self._began > PATIENCE_SECONDS:
            self._requests.look()
            if self._requests.stop:
                raise GivenUp
