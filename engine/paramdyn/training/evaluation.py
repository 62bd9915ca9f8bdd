"""Loss and accuracy over a whole split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn import devices
from paramdyn.datasets import EvaluationBatches


@dataclass(frozen=True, slots=True)
class Score:
    """Mean cross-entropy in nats and share of right answers."""

    loss: float
    accuracy: float


class RunningScore:
    """Sums a loss and hits on the device; reading the mean is the only synchronisation."""

    def __init__(self, device: torch.device) -> None:
        # mps has no float64; its sums are over at most one epoch of batch means
        wide = torch.float32 if device.type == "mps" else torch.float64
        self.loss_sum = torch.zeros((), dtype=wide, device=device)
        self.hits = torch.zeros((), dtype=torch.int64, device=device)
        self.seen = 0

    def add(self, loss: Tensor, hits: Tensor, images: int) -> None:
        """Add a batch's mean loss and its number of right answers."""
        self.loss_sum += loss * images
        self.hits += hits
        self.seen += images

    def reset(self) -> None:
        """Start again from nothing."""
        self.loss_sum.zero_()
        self.hits.zero_()
        self.seen = 0

    def score(self) -> Score:
        """Return the means so far.

        Raises:
            ZeroDivisionError: Nothing was added.
        """
        return Score(self.loss_sum.item() / self.seen, self.hits.item() / self.seen)

    def state(self) -> dict[str, Tensor | int]:
        """Return what ``load_state`` needs."""
        return {"loss_sum": self.loss_sum, "hits": self.hits, "seen": self.seen}

    def load_state(self, state: dict[str, Tensor | int]) -> None:
        """Go on where ``state`` was taken."""
        self.loss_sum.copy_(torch.as_tensor(state["loss_sum"]))
        self.hits.copy_(torch.as_tensor(state["hits"]))
        self.seen = int(state["seen"])


@torch.no_grad()
def evaluate(
    model: nn.Module,
    batches: EvaluationBatches,
    *,
    device: torch.device,
    precision: str,
    between: Callable[[], None] = lambda: None,
) -> Score:
    """Return the score of ``model`` in evaluation mode; its mode is restored.

    An image with a logit that is NaN has no prediction and counts as wrong: argmax would give it
    the class of the first NaN, and a network whose outputs are all NaN the share of class 0.

    Args:
        model: Gives logits of shape (B, C).
        batches: The split, in order.
        device: Where both are.
        precision: As in ``TrainingSpec``.
        between: Called before each batch; what it raises ends the evaluation.
    """
    was_training = model.training
    model.eval()
    running = RunningScore(device)
    try:
        for images, labels in batches:
            between()
            with devices.autocast(device, precision):
                logits = model(images)
            logits = logits.float()
            loss = nn.functional.cross_entropy(logits, labels)
            right = (logits.argmax(1) == labels) & ~logits.isnan().any(1)
            running.add(loss, right.sum(), len(labels))
    finally:
        model.train(was_training)
    return running.score()
