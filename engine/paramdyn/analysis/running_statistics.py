"""Whether weights no longer answer, or only the running statistics that stand beside them.

In evaluation mode batch normalisation uses statistics that training only remembers: an update
replaces a share m (the momentum) of them, so after n updates (1 - m)^n of what they began with is
left. A young network may be at chance because of that, and learn well. Ioffe & Szegedy 2015,
arXiv:1502.03167, section 3.1; the control is that of Jordan et al. 2022, arXiv:2211.08403: the
statistics that the weights themselves produce.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from paramdyn.analysis.subjects import END, Images, Moment, Subject
from paramdyn.analysis.subjects.images import few
from paramdyn.probes.collapse import Collapse, CollapseFlags
from paramdyn.probes.forward import forward_all
from paramdyn.probes.interpolation import reset_statistics, tracked_norms

RESET_IMAGES = 2_000
"""Training images that statistics are reset on, and test images that are asked about, at most."""
YOUNG = 0.01
"""Share of what they began with from which on running statistics count as young."""


@dataclass(frozen=True, slots=True)
class Youth:
    """How much of what running statistics began with is left in them.

    Attributes:
        share: (1 - m)^n, the largest of all layers, in [0, 1].
        updates: n, of that layer: since the run began, or of weights from elsewhere ever.
        momentum: m, of that layer.
    """

    share: float
    updates: int
    momentum: float

    @property
    def text(self) -> str:
        """The share with what makes it, to stand behind a subject and a verb."""
        times = f"{self.updates} update{'s' * (self.updates != 1)}"
        return f"{self.share:.0%} of what they began with ({times}, momentum {self.momentum:g})"


def youth_of(subject: Subject, moment: Moment = END) -> Youth | None:
    """Return how young the running statistics of a network are.

    Args:
        subject: A run or weights.
        moment: Which values.

    Returns:
        None where nothing is remembered: without running statistics, and of cumulative ones
        (``momentum=None``), whose first update replaces everything.

    Raises:
        RunNotFound, RunIncomplete: The values were not kept.
    """
    since = None if subject.folder is None else subject.step_of(moment)
    norms = tracked_norms(subject.model_at(moment)).values()
    counts = [(norm.momentum, int(norm.num_batches_tracked or 0)) for norm in norms]
    remembering = [(momentum, ever) for momentum, ever in counts if momentum]
    called = [each for each in remembering if each[1]] or remembering  # some are in no pass
    found: Youth | None = None
    for momentum, ever in called:
        updates = ever if since is None else min(ever, since)  # a child of a run goes on counting
        share = (1.0 - momentum) ** updates
        if found is None or share > found.share:
            found = Youth(share, updates, momentum)
    return found


def young_note(subject: Subject, moment: Moment = END) -> str:
    """Return what young running statistics do to a network's answers; empty of settled ones."""
    youth = youth_of(subject, moment)
    if youth is None or youth.share < YOUNG:
        return ""
    return (
        f"{subject.name}: its running statistics still hold {youth.text}. Answers and features in "
        "evaluation mode are partly those of its start; barriers with statistics reset are not."
    )


def blame(model: nn.Module, images: Images, youth: Youth | None) -> str:
    """Return whether a collapsed network's running statistics are the cause; empty without any.

    Args:
        model: In evaluation mode, on the device of the images; its statistics are reset.
        images: Statistics are reset on training images, and test images asked about.
        youth: Of its statistics.
    """
    with torch.no_grad():
        state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        seen = reset_statistics(model, state, few(images.training, RESET_IMAGES))
    if not seen:
        return ""
    flags = _flags(model, images)
    still = f"; they still hold {youth.text}" if youth and youth.share >= YOUNG else ""
    measured = (
        f"with those of {seen:,} training images its accuracy is {flags.accuracy:.4f} on "
        f"{flags.images:,} test images"
    )
    if flags.collapsed:
        return f"its running statistics are not the cause: {measured}{still}"
    return f"its running statistics are the cause, not its weights: {measured}{still}"


def _flags(model: nn.Module, images: Images) -> CollapseFlags:
    consumer = Collapse("reset")
    forward_all({"reset": model}, few(images.test, RESET_IMAGES), [consumer])
    return consumer.result()
