"""Random flips and shifts on the device, the same on every device.

What happens to which image is drawn on the CPU for a whole epoch and indexed by the position in
the epoch's order, so batch 7 can be made without batches 0 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from paramdyn import seeding
from paramdyn.errors import SpecError
from paramdyn.registry import nearest_names

DEFAULT_REACH = 4
"""Pixels that ``crop`` shifts by at most: the padding usual for CIFAR-10 (He et al. 2016)."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Which changes are made to training images.

    Attributes:
        flip: Whether half of the images are mirrored left to right.
        reach: Pixels an image is shifted by at most, in each direction; 0: not at all.
    """

    flip: bool = False
    reach: int = 0

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return self.flip or self.reach > 0


def parse_augmentation(texts: tuple[str, ...]) -> Augmentation:
    """Return what ``("flip", "crop:2")`` asks for.

    Raises:
        SpecError: A text is neither ``flip``, ``crop`` nor ``crop:N`` with N of at least 1.
    """
    flip, reach = False, 0
    for text in texts:
        name, colon, argument = text.partition(":")
        if name == "flip" and not colon:
            flip = True
        elif name == "crop" and (not colon or (argument.isdecimal() and int(argument) >= 1)):
            reach = int(argument) if colon else DEFAULT_REACH
        else:
            near = nearest_names(name, ["flip", "crop"])
            hint = f" Did you mean '{near[0]}'?" if near and near[0] != name else ""
            raise SpecError(
                f"dataset.augmentation: unknown '{text}'.{hint} 'flip', 'crop' or 'crop:PIXELS'"
                " was expected. Choose among them."
            )
    return Augmentation(flip, reach)


def draw_epoch(augmentation: Augmentation, count: int, *, seed: int, epoch: int) -> Tensor:
    """Return what happens to each of ``count`` positions of an epoch.

    Returns:
        int64 on the CPU, shape (3, count): whether to flip (0 or 1), and the row and the column,
        0 to 2 * reach, at which the crop of the padded image starts. ``reach`` means no shift.
        Flips do not depend on whether there are crops, nor crops on whether there are flips.
    """
    table = torch.zeros(3, count, dtype=torch.int64)
    if augmentation.flip:
        generator = seeding.generator(seed, "flip", epoch)
        table[0] = torch.randint(0, 2, (count,), generator=generator)
    if augmentation.reach:
        generator = seeding.generator(seed, "crop", epoch)
        high = 2 * augmentation.reach + 1
        table[1:] = torch.randint(0, high, (2, count), generator=generator)
    return table


def augment(images: Tensor, table: Tensor, *, reach: int) -> Tensor:
    """Return the images padded by ``reach`` zeros, cropped, and then mirrored where told.

    Args:
        images: Shape (B, S, S, C), channels last.
        table: As :func:`draw_epoch` returns it, on the images' device. Shape (3, B).
        reach: Pixels of zeros put around each image.
    """
    count, size, _, channels = images.shape
    flip, top, left = table
    side = torch.arange(size, device=images.device)
    if reach:
        padded = size + 2 * reach
        images = functional.pad(images, (0, 0, reach, reach, reach, reach))
        first = torch.arange(count, device=images.device) * padded + top
        rows = (first[:, None] + side).flatten()
        images = images.reshape(count * padded, padded * channels).index_select(0, rows)
        images = images.view(count, size, padded, channels)
    columns = torch.where(flip[:, None] == 1, size - 1 - side, side) + left[:, None]
    index = columns[:, None, :, None].expand(count, size, size, channels)
    return images.gather(2, index)
