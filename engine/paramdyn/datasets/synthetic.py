"""Images made up on the spot: something to learn in any number, shape and number of classes."""

from __future__ import annotations

import torch
from torch import Tensor

from paramdyn import seeding
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset
from paramdyn.errors import DatasetError

_SEED = 0
_CELLS = 4
_LEAST = {"train": 1, "test": 1, "classes": 2, "native_size": 1}


def synthetic(request: DatasetRequest) -> ImageDataset:
    """Return a coarse random pattern a class, under uniform noise three times as strong.

    Everything is drawn as integers from a fixed seed, so the pixels are the same on every machine.
    Classes take turns: their counts differ by at most one.

    Raises:
        DatasetError: An option is out of range.
    """
    options = {name: _whole(name, request.options[name]) for name in (*_LEAST, "channels")}
    classes, size = options["classes"], options["native_size"]
    generator = seeding.generator(_SEED, "synthetic", "patterns", classes, options["channels"])
    shape = (classes, options["channels"], _CELLS, _CELLS)
    cells = torch.randint(96, 160, shape, dtype=torch.int16, generator=generator)
    nearest = torch.arange(size) * _CELLS // size
    patterns = cells[:, :, nearest][..., nearest]
    train_images, train_labels = _noisy(patterns, options["train"], "train")
    test_images, test_labels = _noisy(patterns, options["test"], "test")
    return ImageDataset(
        name=request.name,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        class_names=tuple(f"class {index}" for index in range(classes)),
    )


def _noisy(patterns: Tensor, count: int, split: str) -> tuple[Tensor, Tensor]:
    labels = torch.arange(count) % len(patterns)
    images = torch.empty((count, *patterns.shape[1:]), dtype=torch.uint8)
    generator = seeding.generator(_SEED, "synthetic", split)
    for first in range(0, count, 4096):  # keeps the int16 intermediates small
        part = labels[first : first + 4096]
        shape = (len(part), *patterns.shape[1:])
        noise = torch.randint(-96, 97, shape, dtype=torch.int16, generator=generator)
        images[first : first + 4096] = (patterns[part] + noise).clamp_(0, 255)
    return images, labels


def _whole(name: str, value: object) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool)
    if name == "channels":
        expected, fits = "1 or 3", fits and value in (1, 3)
    else:
        expected = f"a whole number of at least {_LEAST[name]}"
        fits = fits and isinstance(value, int) and value >= _LEAST[name]
    if not fits or not isinstance(value, int):
        raise DatasetError(
            f"data set 'synthetic': {name} is {value!r}. {expected} was expected. Change"
            f" dataset.options.{name}."
        )
    return value
