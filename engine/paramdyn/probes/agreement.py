"""Whether two models answer alike: disagreement, Jensen-Shannon divergence, and chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from paramdyn.errors import BadRequest, ShapeMismatch
from paramdyn.probes.forward import ProbeBatch


@dataclass(frozen=True, slots=True)
class AgreementResult:
    """How two models answer the same images.

    Attributes:
        images: N.
        classes: K.
        disagreement: Share of images with another predicted class, in [0, 1]; of equal largest
            logits the first counts. None when undefined.
        divergence: Mean Jensen-Shannon divergence of the softmaxes in nats, in [0, ln 2]. None
            when undefined.
        accuracy_first: Share of right answers.
        accuracy_second: Of the second model.
        chance: Expected disagreement of models with these accuracies whose errors are
            independent; None when undefined.
        least: |accuracy_first - accuracy_second|: no pair with these accuracies disagrees less.
        ties: Images for which a model's largest logit occurs twice.
        reason: Why the undefined ones are; empty when none is.
    """

    images: int
    classes: int
    disagreement: float | None
    divergence: float | None
    accuracy_first: float | None
    accuracy_second: float | None
    chance: float | None
    least: float | None
    ties: int
    reason: str = ""


def chance_disagreement(p: float, q: float, classes: int) -> float:
    """Return the expected disagreement of two classifiers whose errors are independent.

    p(1-q) + q(1-p) + (1-p)(1-q)(1 - 1/(K-1)): one is right and the other wrong, or both are wrong
    in different ways, wrong answers being spread evenly over the K - 1 wrong classes.

    Args:
        p: Accuracy of the first, in [0, 1].
        q: Accuracy of the second.
        classes: K, at least 2.

    Raises:
        BadRequest: An accuracy outside [0, 1] or fewer than two classes.
    """
    if not (0 <= p <= 1 and 0 <= q <= 1 and classes >= 2):
        raise BadRequest(
            f"chance disagreement: found accuracies {p} and {q} and {classes} classes. Expected "
            "accuracies in [0, 1] and at least 2 classes."
        )
    both_wrong = (1 - p) * (1 - q) * (1 - 1 / (classes - 1))
    return p * (1 - q) + q * (1 - p) + both_wrong


def divergences(first: Tensor, second: Tensor) -> Tensor:
    """Return the Jensen-Shannon divergence of two softmaxes, image by image, in float64 nats.

    Args:
        first: Logits. Shape: (N, K).
        second: Logits of the same shape.

    Returns:
        Shape: (N,), in [0, ln 2]; NaN where a logit is not finite.

    Reference:
        Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Trans. Inf. Theory, 1991.
    """
    p, q = (torch.log_softmax(_wide(logits), 1) for logits in (first, second))
    # log(p / m) = ln 2 - log(1 + q / p): equal logits give exactly zero
    sides = []
    for x, y in ((p, q), (q, p)):
        ratios = math.log(2.0) - torch.logaddexp(torch.zeros_like(x), y - x)
        sides.append(torch.where(x.exp() > 0, x.exp() * ratios, 0.0).sum(1))
    bad = ~(torch.isfinite(first) & torch.isfinite(second)).all(1).to(p.device)
    return (0.5 * (sides[0] + sides[1])).clamp(0.0, math.log(2.0)).masked_fill(bad, math.nan)


class Agreement:
    """Gathers how two models of a pass agree; a consumer of ``forward_all``.

    Args:
        first: Name of a model.
        second: Name of another, or the same.
    """

    def __init__(self, first: str, second: str) -> None:
        self._names = (first, second)
        self._images = self._classes = self._different = self._ties = self._bad = 0
        self._right = [0, 0]
        self._divergence = 0.0

    def add(self, batch: ProbeBatch) -> None:
        """Count one batch.

        Raises:
            ShapeMismatch: The two have different numbers of classes.
        """
        first, second = (batch.models[name].logits for name in self._names)
        if first.shape != second.shape:
            raise ShapeMismatch(
                f"agreement: '{self._names[0]}' has {first.shape[1]} classes and "
                f"'{self._names[1]}' has {second.shape[1]}. Expected equal numbers."
            )
        self._images += len(first)
        self._classes = first.shape[1]
        self._bad += int((~(torch.isfinite(first) & torch.isfinite(second)).all(1)).sum())
        answers = [logits.argmax(1) for logits in (first, second)]
        self._different += int((answers[0] != answers[1]).sum())
        labels = batch.labels.to(first.device)
        for number, answer in enumerate(answers):
            self._right[number] += int((answer == labels).sum())
        tied = [(x == x.amax(1, keepdim=True)).sum(1) > 1 for x in (first, second)]
        self._ties += int((tied[0] | tied[1]).sum())
        self._divergence += float(divergences(first, second).nansum())

    def result(self) -> AgreementResult:
        """Return the shares so far; undefined without images or with logits that are not finite."""
        n, k = self._images, self._classes
        reason = "no images" if not n else ""
        if self._bad:
            reason = f"logits of {self._bad} of {n} images are not finite"
        if reason:
            return AgreementResult(n, k, None, None, None, None, None, None, self._ties, reason)
        p, q = (right / n for right in self._right)
        return AgreementResult(
            images=n,
            classes=k,
            disagreement=self._different / n,
            divergence=self._divergence / n,
            accuracy_first=p,
            accuracy_second=q,
            chance=chance_disagreement(p, q, k) if k > 1 else None,
            least=abs(p - q),
            ties=self._ties,
            reason="" if k > 1 else "one class: chance is undefined",
        )


def _wide(values: Tensor) -> Tensor:
    return (values.cpu() if values.device.type == "mps" else values).double()
