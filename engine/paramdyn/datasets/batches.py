"""Float batches from uint8 images that live on the device.

Nothing here waits for the device: the order of an epoch is drawn on the CPU and copied without
blocking; everything else is queued. A batch depends on the epoch and its index alone, so a
resumed run starts the epoch again and asks for the batch it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from paramdyn import seeding
from paramdyn.datasets.augmentation import augment, draw_epoch, parse_augmentation
from paramdyn.datasets.image_dataset import Split
from paramdyn.native.float_images import float_images


class TrainingBatches:
    """Shuffled, possibly augmented batches; the last one of an epoch may be short.

    The same seeds give the same batches, bit for bit, on every device.

    Args:
        split: What to train on.
        batch_size: Images a batch.
        order_seed: Seed of the epochs' permutations.
        augmentation_seed: Seed of the flips and shifts.
        augmentation: ``flip``, ``crop``, ``crop:PIXELS``.
        mean: Subtracted from each of the 3 channels after scaling to [0, 1].
        deviation: What they are divided by then.
        device: Where images are kept and batches are made.

    Raises:
        SpecError: An augmentation is unknown.
    """

    def __init__(
        self,
        split: Split,
        *,
        batch_size: int,
        order_seed: int,
        augmentation_seed: int,
        augmentation: tuple[str, ...] = (),
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        deviation: Sequence[float] = (1.0, 1.0, 1.0),
        device: torch.device | str = "cpu",
    ) -> None:
        device = torch.device(device)
        count = len(split)
        self.batch_sizes = tuple(
            min(batch_size, count - first) for first in range(0, count, batch_size)
        )
        self._batch_size = batch_size
        self._order_seed = order_seed
        self._augmentation_seed = augmentation_seed
        self._augmentation = parse_augmentation(augmentation)
        self._images, self._labels = _resident(split, device)
        self._to_batch = _ToBatch(split.images.shape[1], mean, deviation, device)
        self._order = torch.empty(count, dtype=torch.int64, device=device)
        self._table = torch.zeros(3, count, dtype=torch.int64, device=device)
        self._epoch: int | None = None

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch, the short one included."""
        return len(self.batch_sizes)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order, the flips and the shifts of ``epoch``; :meth:`get` is about it now."""
        count = len(self._order)
        order = torch.randperm(count, generator=seeding.generator(self._order_seed, "order", epoch))
        _copy_without_waiting(order, self._order)
        if self._augmentation:
            table = draw_epoch(self._augmentation, count, seed=self._augmentation_seed, epoch=epoch)
            _copy_without_waiting(table, self._table)
        self._epoch = epoch

    def get(self, index: int) -> tuple[Tensor, Tensor]:
        """Return batch ``index`` of the epoch that was started last.

        Returns:
            Images, float32 of shape (B, 3, S, S) in channels_last memory, and labels, int64 of
            shape (B,).

        Raises:
            RuntimeError: No epoch was started.
            IndexError: The epoch has no such batch.
        """
        if self._epoch is None:
            raise RuntimeError("start_epoch comes before get")
        if not 0 <= index < len(self.batch_sizes):
            raise IndexError(f"batch {index} of {len(self.batch_sizes)}")
        first = index * self._batch_size
        last = first + self.batch_sizes[index]
        chosen = self._order[first:last]
        labels = self._labels.index_select(0, chosen)
        if not self._augmentation:
            return self._to_batch(self._images, chosen), labels
        images = self._images.index_select(0, chosen)
        images = augment(images, self._table[:, first:last], reach=self._augmentation.reach)
        return self._to_batch(images), labels


class EvaluationBatches:
    """All images of a split in their stored order, unchanged; can be iterated over again.

    Args:
        split: What to evaluate on.
        batch_size: Images a batch; the last may be short.
        mean: As for :class:`TrainingBatches`.
        deviation: As for :class:`TrainingBatches`.
        device: Where images are kept and batches are made.
    """

    def __init__(
        self,
        split: Split,
        *,
        batch_size: int,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        deviation: Sequence[float] = (1.0, 1.0, 1.0),
        device: torch.device | str = "cpu",
    ) -> None:
        device = torch.device(device)
        self._batch_size = batch_size
        self._images, self._labels = _resident(split, device)
        self._to_batch = _ToBatch(split.images.shape[1], mean, deviation, device)

    def __len__(self) -> int:
        """Return the number of batches."""
        return (len(self._labels) + self._batch_size - 1) // self._batch_size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Iterate over (images, labels), shaped as :meth:`TrainingBatches.get` returns them."""
        for first in range(0, len(self._labels), self._batch_size):
            last = first + self._batch_size
            yield self._to_batch(self._images[first:last]), self._labels[first:last]


class _ToBatch:
    """From uint8 (B, S, S, C) to float32 (B, 3, S, S) in channels_last memory.

    Scaling divides by 255 as torchvision's ToTensor does, to the bit. The divisor is a tensor
    because CUDA multiplies by the reciprocal of a Python number, which rounds otherwise.
    """

    def __init__(
        self,
        channels: int,
        mean: Sequence[float],
        deviation: Sequence[float],
        device: torch.device,
    ) -> None:
        self._full = torch.tensor([255.0], device=device)
        self._normalizes = any(m != 0 for m in mean) or any(d != 1 for d in deviation)
        alike = len(set(mean)) == len(set(deviation)) == 1
        kept = 1 if channels == 1 and alike else 3
        self._mean = torch.tensor(list(mean)[:kept], dtype=torch.float32, device=device)
        self._deviation = torch.tensor(list(deviation)[:kept], dtype=torch.float32, device=device)
        self._tables: Tensor | None = None
        if device.type == "cpu":
            every_byte = torch.arange(256, dtype=torch.uint8).view(1, 256, 1, 1)
            self._tables = self._scaled(every_byte.expand(1, 256, 1, channels))[
                0, :, 0
            ].T.contiguous()

    def __call__(self, images: Tensor, chosen: Tensor | None = None) -> Tensor:
        """Return a batch of ``images``: of all, or of those that are ``chosen``. Shape (B,)."""
        found = None if self._tables is None else float_images(images, self._tables, chosen)
        if found is None:
            found = self._scaled(images if chosen is None else images.index_select(0, chosen))
        return found.permute(0, 3, 1, 2)

    def _scaled(self, images: Tensor) -> Tensor:
        scaled = images.to(torch.float32).div_(self._full)
        if self._normalizes:
            scaled = (scaled - self._mean) / self._deviation
        return _three_channels(scaled)


def _three_channels(images: Tensor) -> Tensor:
    """Return (B, S, S, 3), contiguous, with a single channel repeated."""
    if images.shape[3] == 3:
        return images
    if images.device.type != "cpu":
        return images.expand(-1, -1, -1, 3).contiguous()
    repeated = images.new_empty((*images.shape[:3], 3))
    for channel in range(3):  # half the time of expand().contiguous() on a CPU
        repeated[..., channel] = images[..., 0]
    return repeated


def _resident(split: Split, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return images with the channels last, (N, S, S, C), and labels, both on the device."""
    images = split.images.to(device).permute(0, 2, 3, 1).contiguous()
    return images, split.labels.to(device)


def _copy_without_waiting(source: Tensor, target: Tensor) -> None:
    if target.device.type == "cuda":
        source = source.pin_memory()
    target.copy_(source, non_blocking=True)
