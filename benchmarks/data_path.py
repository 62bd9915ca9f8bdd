"""C6: batches from images that stay in memory, against the usual PIL pipeline, on one core.

Gray: PIL, Pad(2), ToTensor, repeat to 3 channels, stack. Colour: PIL, ToTensor, stack. Both sides
make batches of 128 from arrays in memory, ready for a network; that they are equal is checked.
Target: >= 25 times the images/s of processor time.

    python benchmarks/data_path.py [--images 60000] [--rounds 7]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from _side_by_side import ratio, report, seconds, take_turns
from PIL import Image
from torch import Tensor
from torch.nn import functional

from paramdyn import devices, seeding
from paramdyn.datasets import Split, TrainingBatches
from paramdyn.vision import torchvision

BATCH_SIZE = 128
PIL_BATCHES = 8
"""As many as take about 40 ms."""


def images_per_second(make_batch: Callable[[int], Tensor], batches: int) -> Callable[[], float]:
    """Return a function that measures images a second of processor time."""

    def make_batches() -> None:
        for index in range(batches):
            make_batch(index)

    measure = seconds(make_batches, cpu=True)
    return lambda: batches * BATCH_SIZE / measure()


def pil_pipeline(raw: Tensor, order: Tensor, *, gray: bool) -> Callable[[int], Tensor]:
    """Return a function that makes a batch as the usual script does, image by image."""
    transforms = torchvision().transforms
    steps = [transforms.Pad(2), transforms.ToTensor()] if gray else [transforms.ToTensor()]
    transform = transforms.Compose(steps)

    def batch(index: int) -> Tensor:
        chosen = order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE].tolist()
        images = [transform(Image.fromarray(raw[i].numpy())) for i in chosen]
        return torch.stack([image.repeat(3, 1, 1) if gray else image for image in images])

    return batch


def pipelines(kind: str, count: int) -> tuple[dict[str, Callable[[int], Tensor]], int]:
    """Return both pipelines over the same random images in the same order, and batches an epoch."""
    gray = kind == "gray"
    shape = (count, 28, 28) if gray else (count, 32, 32, 3)
    generator = seeding.generator(0, "images")
    raw = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    images = functional.pad(raw, (2, 2, 2, 2))[:, None] if gray else raw.permute(0, 3, 1, 2)
    batches = TrainingBatches(
        Split(images, torch.zeros(count, dtype=torch.int64)),
        batch_size=BATCH_SIZE,
        order_seed=0,
        augmentation_seed=0,
    )
    batches.start_epoch(1)
    order = torch.randperm(count, generator=seeding.generator(0, "order", 1))
    both = {
        f"{kind}: PIL": pil_pipeline(raw, order, gray=gray),
        f"{kind}: paramdyn": lambda index: batches.get(index)[0],
    }
    return both, batches.steps_per_epoch


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=60000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    devices.keep_freed_memory()  # as the worker does; both sides gain by it
    figures, ratios, equal = {}, {}, {}
    for kind in ("gray", "colour"):
        makers, steps = pipelines(kind, arguments.images)
        theirs, ours = makers
        equal[kind] = torch.equal(makers[theirs](0), makers[ours](0))
        lengths = {theirs: min(PIL_BATCHES, steps), ours: steps}
        figures |= take_turns(
            {name: images_per_second(makers[name], lengths[name]) for name in makers},
            rounds=arguments.rounds,
        )
        ratios[kind] = ratio(figures, ours, theirs)
    report(
        "C6: data path on one core, batches of 128, against PIL + ToTensor",
        figures,
        unit="images/s",
        ratios=ratios,
        target=">= 25",
        images=arguments.images,
        equal_pixels=equal,
    )


if __name__ == "__main__":
    main()
