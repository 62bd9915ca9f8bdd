"""A run, said completely: nested frozen dataclasses that can be written to ``spec.toml``.

Defaults are the protocol of the original study (batch 128, SGD 0.005 with momentum 0.9, 20
epochs, images scaled to [0, 1], nothing else done to them) on a data set that needs no download.
A field that cannot be written to TOML does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 1

DEFAULT_MEASUREMENTS = (
    "weight_norm",
    "displacement",
    "relative_displacement",
    "update_norm",
    "update_ratio",
    "path_length",
    "straightness",
    "direction_change",
    "sign_changes",
    "changed_share",
    "gradient_norm",
    "classes",
    "buffer_displacement",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Which network."""

    name: str = "lenet"
    """A registered name, or ``package.module:factory``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments for the factory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """Which images, and what is done to them."""

    name: str = "digits"
    """A registered name, or ``folder:PATH``."""
    image_size: int = 32
    """Side of the square the network sees. Larger than the images: they are padded with zeros
    (28 -> 32 adds 2 on each side); smaller: refused. 8x8 digits are enlarged instead."""
    train_limit: int = 0
    """Use only so many training images, drawn in a fixed shuffled order; 0: all of them."""
    test_limit: int = 0
    """Use only so many test images; 0: all of them."""
    validation: float = 0.0
    """Share (< 1) or number (>= 1) of training images set aside to choose things with."""
    normalization: str = "none"
    """``none``, or ``dataset``: subtract the training images' mean, divide by their deviation."""
    augmentation: tuple[str, ...] = ()
    """``flip`` and ``crop`` (random shift by up to 4 pixels; ``crop:2`` for another reach)."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the data set itself takes (``synthetic``: train, test, classes, ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitializerSpec:
    """How the parameters get their first values."""

    name: str = "default"
    """A registered name, or ``run:RUN[@STEP]`` (a number, ``final``, ``best`` or ``init``)."""
    weights: str = ""
    """For ``weights`` (and ``pretrained`` without a network): a .safetensors or .pt file."""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerturbationSpec:
    """One change made to the initialized parameters, before step 0 is recorded."""

    name: str = "sign-flip"
    layers: str = "*"
    """Glob over parameter names: ``conv1.*``, ``*.weight``; several separated by ``|``."""
    norms: bool = True
    """Whether the scale and shift of norm layers are perturbed too."""
    buffers: str = "none"
    """``none``; ``means``: the running means of the same layers too, which makes a sign flip of
    convolutions and scales an exact symmetry; ``all``: every running statistic too, as in the
    original study, where negated variances made every output NaN. ``sign-flip`` and ``distort``."""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerSpec:
    """How a gradient becomes a step."""

    name: str = "sgd"
    """``sgd``, ``adam``, ``adamw``, or the name of a class in ``torch.optim``."""
    learning_rate: float = 0.005
    weight_decay: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)
    """``sgd``: momentum, dampening, nesterov. ``adam``, ``adamw``: betas, eps, amsgrad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """How the learning rate changes over the run."""

    name: str = "constant"
    warmup_epochs: float = 0.0
    """Epochs over which the rate grows linearly from 0, before and on top of the schedule."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """``step``: every_epochs, gamma. ``cosine``: final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec:
    """How long, in which batches, and on what."""

    epochs: int = 20
    batch_size: int = 128
    max_steps: int = 0
    """Stop after so many steps even inside an epoch; 0: run all epochs."""
    precision: str = "fp32"
    """``fp32``, ``tf32`` (CUDA), or ``bf16`` (autocast; masters stay fp32)."""
    device: str = "auto"
    """``auto`` (cuda, else mps, else cpu), ``cpu``, ``cuda``, ``cuda:1``, ``mps``."""
    threads: int = 0
    """CPU threads; part of a run's identity, because sums round differently. 0: all cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSpec:
    """Seeds of the separate random streams; None: the run's seed."""

    initialization: int | None = None
    order: int | None = None
    augmentation: int | None = None
    dropout: int | None = None
    perturbation: int | None = None
    split: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSpec:
    """What is measured, when, and what is kept."""

    when: str = "auto"
    """``auto``, ``every:K`` steps, ``epoch``, ``log:N`` (N records a decade), or ``none``. The last
    step is always recorded, and with all but ``none`` every epoch's end."""
    what: tuple[str, ...] = DEFAULT_MEASUREMENTS
    snapshots: tuple[str, ...] = ("final",)
    """``init``, ``final``, ``every:K`` (epochs), or nothing. ``best`` comes by itself with a
    validation split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """Everything that decides what a run computes."""

    schema_version: int = SCHEMA_VERSION
    seed: int = 0
    plugins: tuple[str, ...] = ()
    """Python files that register names, loaded before anything else."""
    model: ModelSpec = field(default_factory=ModelSpec)
    dataset: DatasetSpec = field(default_factory=DatasetSpec)
    initializer: InitializerSpec = field(default_factory=InitializerSpec)
    perturbations: tuple[PerturbationSpec, ...] = ()
    """Applied in this order."""
    optimizer: OptimizerSpec = field(default_factory=OptimizerSpec)
    schedule: ScheduleSpec = field(default_factory=ScheduleSpec)
    training: TrainingSpec = field(default_factory=TrainingSpec)
    seeds: SeedSpec = field(default_factory=SeedSpec)
    recording: RecordingSpec = field(default_factory=RecordingSpec)
