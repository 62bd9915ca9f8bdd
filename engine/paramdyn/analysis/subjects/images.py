"""The images that all subjects of a question are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from paramdyn.analysis.subjects.subject import Subject
from paramdyn.datasets import EvaluationBatches, PreparedDataset, Split, data_folder, load_dataset
from paramdyn.errors import BadRequest
from paramdyn.probes.forward import Batches
from paramdyn.specs import RunSpec
from paramdyn.specs.controls import seed_of

BATCH = 500
MOST_IMAGES = 10_000


@dataclass(frozen=True, slots=True)
class Images:
    """Test images that are asked about, and training images that statistics are reset on.

    Attributes:
        test: In their stored order, at most as many as were asked for.
        training: The same of the training split, without augmentation.
        count: Test images.
        classes: Class names.
        name: Data set.
        device: Where they are.
    """

    test: EvaluationBatches
    training: EvaluationBatches
    count: int
    classes: tuple[str, ...]
    name: str
    device: torch.device


def load_images(
    subjects: Sequence[Subject],
    *,
    data: str | None = None,
    most: int = MOST_IMAGES,
    device: torch.device | str = "cpu",
) -> Images:
    """Return the images that all subjects were made for.

    Args:
        subjects: At least one.
        data: Where data sets are; None: where the first run found its own.
        most: Test and training images at most.
        device: Where they are kept.

    Raises:
        BadRequest: The subjects were trained on different images, or see them differently.
        DatasetError: The data cannot be read.
    """
    first = subjects[0]
    for other in subjects[1:]:
        if _sees(other.spec) != _sees(first.spec):
            raise BadRequest(
                f"{other.name}: was trained on '{other.spec.dataset.name}' "
                f"({other.spec.dataset.image_size} pixels, normalization "
                f"{other.spec.dataset.normalization}), {first.name} on "
                f"'{first.spec.dataset.name}' ({first.spec.dataset.image_size} pixels, "
                f"{first.spec.dataset.normalization}). Models are compared on the same "
                "images. Name runs of one data set."
            )
    noted = first.manifest.data_folder if first.manifest else ""
    prepared = load_dataset(
        first.spec.dataset,
        data_folder=data_folder(data or noted or None),
        split_seed=seed_of(first.spec, "split"),
    )
    device = torch.device(device)
    return Images(
        test=_batches(prepared, prepared.test, most, device),
        training=_batches(prepared, prepared.train, most, device),
        count=min(most, len(prepared.test.labels)),
        classes=prepared.class_names,
        name=first.spec.dataset.name,
        device=device,
    )


def few(batches: Batches, most: int) -> list[tuple[Tensor, Tensor]]:
    """Return the first batches, with at most so many images in all."""
    found: list[tuple[Tensor, Tensor]] = []
    left = most
    for images, labels in batches:
        if left < 1:
            break
        found.append((images[:left], labels[:left]))
        left -= len(labels)
    return found


def _sees(spec: RunSpec) -> tuple[object, ...]:
    """Return what decides the test images and the numbers they become.

    The training images decide the latter where images are normalized by them; otherwise runs that
    trained on other splits are asked about the same images.
    """
    data = spec.dataset
    training = (data.train_limit, data.validation, seed_of(spec, "split") if data.validation else 0)
    return (
        data.name, data.image_size, data.normalization, dict(data.options), data.test_limit,
        training if data.normalization != "none" else None,
    )  # fmt: skip


def _batches(
    prepared: PreparedDataset, split: Split, most: int, device: torch.device
) -> EvaluationBatches:
    return EvaluationBatches(
        Split(split.images[:most], split.labels[:most]),
        batch_size=BATCH,
        mean=prepared.mean,
        deviation=prepared.deviation,
        device=device,
    )
