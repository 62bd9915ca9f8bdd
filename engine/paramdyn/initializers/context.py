"""What an initializer may know about the run it works for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class InitializerContext:
    """What an initializer may know about the run it works for."""

    seed: int = 0
    """Seed of the initialization stream."""
    model_name: str = ""
    """The model's name in its registry; ``pretrained`` looks torchvision's weights up by it."""
    argument: str = ""
    """What follows the colon in the initializer's name: ``RUN@STEP`` of ``run:RUN@STEP``."""
    weights: str = ""
    """Path of a weights file, or nothing."""
    runs: Path = field(default_factory=lambda: Path("runs"))
    """Where run folders lie."""
    origin: Path | None = None
    """The snapshot that ``run:RUN@STEP`` means, where the run may be gone; used if it is there."""
    num_classes: int = 10
    rebuild: Callable[[], nn.Module] | None = None
    """Builds the same model once more, with a new draw from torch's global generator; the
    perturbation ``reinit`` takes its constructor's draw from it."""
