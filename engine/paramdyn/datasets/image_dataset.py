"""What a data set is, before and after it is prepared for training.

Images stay uint8 until they are in a batch: a quarter of the memory, and exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor


@dataclass(frozen=True, slots=True)
class DatasetRequest:
    """What a data set's function is called with.

    Attributes:
        name: The registered name.
        path: What stood behind the colon of ``name:path``; empty without one.
        data_folder: The root that torchvision's readers take.
        image_size: Side of the square the network will see. Smaller images are padded to it
            afterwards, so a data set need not look at it.
        options: The data set's own options, defaults filled in.
    """

    name: str
    path: str
    data_folder: Path
    image_size: int
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ImageDataset:
    """All images of a data set, as it delivers them.

    Attributes:
        name: The registered name.
        train_images: uint8, shape (N, C, H, W), C 1 (gray) or 3.
        train_labels: int64, shape (N,), each an index into ``class_names``.
        test_images: As ``train_images``; C, H and W agree with them.
        test_labels: As ``train_labels``.
        class_names: One name a class, in the order of the labels.
    """

    name: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images that are used together.

    Attributes:
        images: uint8, shape (N, C, S, S), C 1 or 3.
        labels: int64, shape (N,).
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedDataset:
    """A data set as a spec asks for it: limited, split, padded, with its statistics.

    Attributes:
        train: What the network learns from.
        validation: Training images set aside to choose things with; None without.
        test: What never chooses anything.
        class_names: One name a class.
        mean: What to subtract from each of the 3 channels of an image in [0, 1]; 0 without
            normalization.
        deviation: What to divide by then; 1 without normalization.
        channels: 1 for gray images (repeated to 3 in each batch) or 3.
    """

    train: Split
    validation: Split | None
    test: Split
    class_names: tuple[str, ...]
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    channels: int
