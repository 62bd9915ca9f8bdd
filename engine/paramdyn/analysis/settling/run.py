"""Whether one run has converged: its last tenth, its gradients, its validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.settling.slope import slope_interval
from paramdyn.analysis.subjects import END, Subject
from paramdyn.analysis.subjects.images import few
from paramdyn.analysis.verdict.intervals import Interval, undefined
from paramdyn.analysis.verdict.rules.convergence import run_convergence
from paramdyn.errors import ParamdynError, RunNotFound
from paramdyn.probes.gradients import (
    GradientNoise,
    GradientSummary,
    gradient_noise,
    gradient_summary,
)
from paramdyn.store.columns import Columns
from paramdyn.store.quick_json import loads

LAST_PART = 0.1
MOST_IMAGES = 1000
NOISE_IMAGES = 256
GRADIENT_RECORDS = 5
LOSS, EPOCH_LOSS = "train/loss", "train/epoch_loss"
ACCURACY, EPOCH_ACCURACY = "train/accuracy", "train/epoch_accuracy"
VALIDATION = "validation/accuracy"

Found = TypeVar("Found")
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Convergence:
    """What the records of one run say.

    Attributes:
        subject: The run.
        word: One of ``RUN_WORDS``: ``converged``, ``still improving``, ``diverging``,
            ``undecided``, ``collapsed``, ``unknown``; or ``diverged`` for a run that ended so.
        slope: Of the train loss per step over the last tenth of the steps.
        scale: Steps of that tenth over its mean loss: times a slope, the share of its loss that
            the run loses (below 0) or gains in a tenth. 0 where the mean loss is not above 0.
        window: First and last step of the tenth.
        train_accuracy: Of the last epoch, else the mean over the tenth; NaN when unknown.
        gradient_ratio: Mean gradient norm of the last records over that of the first; None when
            undefined.
        best_epoch: Step with the best validation accuracy; None without a validation split.
        gap: Best minus last validation accuracy, in [0, 1]; None without a validation split.
        loss: Steps and train losses.
        accuracy: Steps and train accuracies, of epochs where they were recorded.
        gradients: Of the last values, over training images; None when undefined.
        noise: Of the gradients of single images there; None when undefined.
        collapsed: Why it is no classifier any more, one phrase each.
        reasons: What is undefined -> why.
    """

    subject: Subject
    word: str
    slope: Interval
    scale: float
    window: tuple[int, int]
    train_accuracy: float
    gradient_ratio: float | None
    best_epoch: int | None
    gap: float | None
    loss: Curve
    accuracy: Curve
    gradients: GradientSummary | None = None
    noise: GradientNoise | None = None
    collapsed: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def relative(self) -> tuple[float, float, float] | None:
        """The slope and its 95 % interval as shares of the loss, a tenth; None when undefined."""
        if not (self.slope.defined and self.scale):
            return None
        slope, scale = self.slope, self.scale
        return slope.value * scale, slope.low * scale, slope.high * scale


def convergence(subject: Subject, bench: Bench) -> Convergence:
    """Return whether a run has converged.

    Losses are those of single batches; the slope's interval comes from means of blocks, because
    neighbouring batches are correlated. Gradients at the end and the collapse flags need images
    and the last snapshot; without them they are left out, with the reason.

    Args:
        subject: A run, finished or live.
        bench: Gives the images.

    Raises:
        RunNotFound: The subject has no records.
    """
    columns = subject.columns(LOSS, EPOCH_LOSS, ACCURACY, EPOCH_ACCURACY, VALIDATION)
    if columns is None or not len(columns):
        raise RunNotFound(
            f"{subject.name}: it has no records, so nothing tells whether it converged. Name a run."
        )
    reasons: dict[str, str] = {}

    def attempt(name: str, make: Callable[[], Found]) -> Found | None:
        try:
            return make()
        except (ParamdynError, OSError) as error:
            reasons[name] = str(error)
            return None

    blind = subject.status == "diverged" or attempt("images", lambda: bench.images) is None
    summary = None if blind else attempt("gradients", lambda: _gradients(subject, bench))
    noise = None if blind else attempt("noise", lambda: _noise(subject, bench))
    collapsed = None if blind else attempt("collapse", lambda: _why_collapsed(subject, bench))
    loss = _curve(columns, LOSS) if _known(columns, LOSS) else _curve(columns, EPOCH_LOSS)
    slope, scale, window = last_slope(*loss)
    accuracy = _accuracy(columns)
    at_end = _end_accuracy(accuracy, window[0])
    best, gap = _validation(columns, reasons)
    word = run_convergence(slope, train_accuracy=at_end, collapsed=bool(collapsed), scale=scale)
    return Convergence(
        subject=subject,
        word="diverged" if subject.status == "diverged" else word,
        slope=slope,
        scale=scale,
        window=window,
        train_accuracy=at_end,
        gradient_ratio=_gradient_ratio(subject, reasons),
        best_epoch=best,
        gap=gap,
        loss=loss,
        accuracy=accuracy,
        gradients=summary,
        noise=noise,
        collapsed=collapsed or (),
        reasons=reasons,
    )


def last_slope(
    steps: NDArray[np.float64], losses: NDArray[np.float64]
) -> tuple[Interval, float, tuple[int, int]]:
    """Return the slope of the last tenth of the steps, what makes it a share of the loss, its ends.

    Args:
        steps: Increasing. Shape: (N,).
        losses: Shape: (N,).
    """
    if not len(steps):
        return undefined("no loss was recorded", 0, ""), 0.0, (0, 0)
    last = steps[-1]
    chosen = steps > (1 - LAST_PART) * last
    slope = slope_interval(steps[chosen], losses[chosen])
    mean = float(losses[chosen].mean())
    scale = LAST_PART * float(last) / mean if mean > 0 else 0.0
    return slope, scale, (int(steps[chosen][0]), int(last))


def _known(columns: Columns, key: str) -> bool:
    return key in columns and bool(columns.recorded[key].any())


def _curve(columns: Columns, key: str) -> Curve:
    if not _known(columns, key):
        return np.zeros(0), np.zeros(0)
    return columns.curve(key)


def _accuracy(columns: Columns) -> Curve:
    epochs = _curve(columns, EPOCH_ACCURACY)
    return epochs if len(epochs[0]) else _curve(columns, ACCURACY)


def _end_accuracy(accuracy: Curve, since: int) -> float:
    steps, values = accuracy
    chosen = values[steps >= since]
    return float(chosen.mean()) if len(chosen) else math.nan


def _validation(columns: Columns, reasons: dict[str, str]) -> tuple[int | None, float | None]:
    steps, values = _curve(columns, VALIDATION)
    if not len(steps):
        reasons["validation"] = (
            "the run has no validation split, and the test images must choose nothing: --validation"
        )
        return None, None
    best = int(np.argmax(values))
    return int(steps[best]), float(values[best] - values[-1])


def _gradient_ratio(subject: Subject, reasons: dict[str, str]) -> float | None:
    """Return the mean norm of the last records over that of the first ones."""
    totals = (loads(line).get("total") for line in subject.drift_lines("gradient_norm"))
    norms = [float(total) for total in totals if total is not None]
    if len(norms) < 2 * GRADIENT_RECORDS:
        reasons["gradient ratio"] = f"{len(norms)} gradient norms were recorded, 10 are needed"
        return None
    first, last = norms[:GRADIENT_RECORDS], norms[-max(GRADIENT_RECORDS, len(norms) // 10) :]
    start = math.fsum(first) / len(first)
    found = math.fsum(last) / len(last) / start if start > 0 else math.nan
    if not math.isfinite(found):
        reasons["gradient ratio"] = "a gradient norm is zero or not finite"
        return None
    return found


def _gradients(subject: Subject, bench: Bench) -> GradientSummary:
    most = min(MOST_IMAGES, bench.options.most_images)
    return gradient_summary(
        bench.observations.model(subject, END),
        few(bench.images.training, most),
        progress=lambda done, all_: bench.progress(f"gradients of {subject.name}", done, all_),
    )


def _why_collapsed(subject: Subject, bench: Bench) -> tuple[str, ...]:
    return bench.observations.why_collapsed(subject, END)


def _noise(subject: Subject, bench: Bench) -> GradientNoise:
    most = min(NOISE_IMAGES, bench.options.most_images)
    model = bench.observations.model(subject, END)
    return gradient_noise(model, few(bench.images.training, most))
