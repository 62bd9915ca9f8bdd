"""From a spec to the splits of a run: load, check, limit, split, pad, measure."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from paramdyn import seeding
from paramdyn.catalogues import DATASETS
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset, PreparedDataset, Split
from paramdyn.errors import DatasetError
from paramdyn.registry import nearest_names
from paramdyn.specs.run_spec import DatasetSpec

_log = logging.getLogger(__name__)
_LIMIT_SEED = 0  # one order for all runs: a smaller limit is a subset of a larger one


def load_dataset(spec: DatasetSpec, *, data_folder: Path, split_seed: int) -> PreparedDataset:
    """Load the data set that ``spec`` names and do to it what ``spec`` says.

    The order is: limits, then the validation split out of what is left for training, then padding
    to ``image_size``, then mean and deviation of the remaining training images *as the network
    sees them*, padding included.

    Args:
        spec: Name, size, limits, validation, normalization, options.
        data_folder: Root of the files that torchvision's readers expect.
        split_seed: Decides which training images become validation images.

    Raises:
        UnknownName: No data set has this name.
        DatasetError: Data are absent, corrupt or do not fit the request.
    """
    where = f"data set '{spec.name}'"
    if spec.normalization not in ("none", "dataset"):
        raise DatasetError(
            f"dataset.normalization: unknown '{spec.normalization}'. 'none' or 'dataset' was"
            " expected. Choose one of them."
        )
    dataset = _load(spec, data_folder, where)
    _check(dataset, where)
    train = _limited(dataset.train_images, dataset.train_labels, spec.train_limit, "train", where)
    test = _limited(dataset.test_images, dataset.test_labels, spec.test_limit, "test", where)
    train, validation = _set_aside(train, spec.validation, split_seed, where)
    train, test = (_fitted(split, spec.image_size, where) for split in (train, test))
    if validation is not None:
        validation = _fitted(validation, spec.image_size, where)
    if spec.normalization == "dataset":
        mean, deviation = channel_statistics(train.images)
    else:
        mean, deviation = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return PreparedDataset(
        train=train,
        validation=validation,
        test=test,
        class_names=tuple(dataset.class_names),
        mean=mean,
        deviation=deviation,
        channels=train.images.shape[1],
    )


def channel_statistics(
    images: Tensor,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return mean and standard deviation of each channel of uint8 images scaled to [0, 1].

    Exact counts of the 256 values are averaged in float64; the deviation divides by the number of
    pixels. A channel that is constant has deviation 1, so that normalizing only centres it. Gray
    images get the same numbers three times.

    Args:
        images: uint8. Shape (N, C, H, W), C 1 or 3.
    """
    levels = torch.arange(256, dtype=torch.float64) / 255
    means, deviations = [], []
    for channel in range(images.shape[1]):
        counts = torch.bincount(images[:, channel].flatten(), minlength=256).to(torch.float64)
        mean = float((counts @ levels) / counts.sum())
        variance = float((counts @ (levels - mean).square()) / counts.sum())
        means.append(mean)
        deviations.append(math.sqrt(variance) or 1.0)
    if len(means) == 1:
        means, deviations = means * 3, deviations * 3
    return (means[0], means[1], means[2]), (deviations[0], deviations[1], deviations[2])


def _load(spec: DatasetSpec, data_folder: Path, where: str) -> ImageDataset:
    name, _, path = spec.name.partition(":")
    entry = DATASETS.entry(name)
    if path and entry.owner == "paramdyn" and name != "folder":
        raise DatasetError(
            f"{where}: '{name}' takes no path. Only 'folder:PATH' does. Write '{name}' alone."
        )
    options: dict[str, Any] = dict(spec.options)
    if entry.options is not None:
        for unknown in sorted(set(options) - set(entry.options)):
            known = list(entry.options)
            near = nearest_names(unknown, known)
            hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
            raise DatasetError(
                f"{where}: unknown option '{unknown}'.{hint} It takes: "
                f"{', '.join(known) or 'none'}. Remove or rename the option."
            )
        options = {**entry.options, **options}
    request = DatasetRequest(name, path, data_folder, spec.image_size, options)
    dataset = DATASETS.get(name)(request)
    if not isinstance(dataset, ImageDataset):
        raise DatasetError(
            f"{where}: its function returned {type(dataset).__name__}. An ImageDataset was"
            f" expected. Correct the function that {entry.owner} registered."
        )
    return dataset


def _check(dataset: ImageDataset, where: str) -> None:
    _check_split(dataset.train_images, dataset.train_labels, len(dataset.class_names), where)
    _check_split(dataset.test_images, dataset.test_labels, len(dataset.class_names), where)
    train, test = tuple(dataset.train_images.shape[1:]), tuple(dataset.test_images.shape[1:])
    if train != test:
        raise DatasetError(
            f"{where}: training images have shape {train}, test images {test}. The same"
            " (channels, height, width) was expected. Convert one of them."
        )


def _check_split(images: Tensor, labels: Tensor, num_classes: int, where: str) -> None:
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
        raise DatasetError(
            f"{where}: images are {images.dtype} of shape {tuple(images.shape)}. uint8 of shape"
            " (N, 1 or 3, height, width) was expected. Correct the function that loads them."
        )
    if labels.dtype != torch.int64 or labels.shape != images.shape[:1]:
        raise DatasetError(
            f"{where}: labels are {labels.dtype} of shape {tuple(labels.shape)}. int64 of shape"
            f" ({len(images)},) was expected, one an image. Correct the function that loads them."
        )
    if len(images) == 0:
        raise DatasetError(
            f"{where}: a split has no images. At least one was expected. Add images to it."
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        raise DatasetError(
            f"{where}: labels range from {low} to {high}. 0 to {num_classes - 1} was expected"
            f" for {num_classes} classes. The label file is corrupt or another data set's:"
            " replace it."
        )


def _limited(images: Tensor, labels: Tensor, limit: int, split: str, where: str) -> Split:
    """Return ``limit`` images of a fixed shuffled order, in the order they are stored."""
    count = len(labels)
    if limit < 0:
        raise DatasetError(
            f"{where}: {split}_limit is {limit}. 0 (all) or a positive number was expected."
            " Change it."
        )
    if limit > count:
        _log.warning("%s: %s_limit is %d, there are %d; using all", where, split, limit, count)
    if limit == 0 or limit >= count:
        return Split(images, labels)
    order = torch.randperm(count, generator=seeding.generator(_LIMIT_SEED, "limit", split))
    return _subset(Split(images, labels), order[:limit])


def _set_aside(
    train: Split, validation: float, split_seed: int, where: str
) -> tuple[Split, Split | None]:
    """Return the training images without the validation images, and those."""
    if validation == 0:
        return train, None
    share = 0 < validation < 1
    wanted = validation * len(train) if share else validation
    count = round(wanted) if 0 < wanted < len(train) else 0
    if not 0 < count < len(train) or not (share or count == validation):
        raise DatasetError(
            f"{where}: validation is {validation:g}, there are {len(train)} training images."
            f" A share below 1 that is at least one image, or a whole number from 1 to"
            f" {len(train) - 1}, was expected. Lower validation or raise train_limit."
        )
    order = torch.randperm(len(train), generator=seeding.generator(split_seed, "validation"))
    return _subset(train, order[count:]), _subset(train, order[:count])


def _subset(split: Split, indices: Tensor) -> Split:
    ordered = indices.sort().values
    return Split(split.images[ordered], split.labels[ordered])


def _fitted(split: Split, image_size: int, where: str) -> Split:
    """Pad with zeros around the centre to a square; an odd pixel goes right and below."""
    height, width = split.images.shape[2:]
    down, right = image_size - height, image_size - width
    if down < 0 or right < 0:
        raise DatasetError(
            f"{where}: its images are {height}x{width}, image_size is {image_size}. At least"
            f" {max(height, width)} was expected: images are padded, never shrunk."
            f" Set dataset.image_size to {max(height, width)} or more."
        )
    images = split.images
    if down or right:
        sides = (right // 2, right - right // 2, down // 2, down - down // 2)
        images = functional.pad(images, sides)
    # the memory order that batches are made from: on a CPU they need no copy of their own
    return Split(images.contiguous(memory_format=torch.channels_last), split.labels)
