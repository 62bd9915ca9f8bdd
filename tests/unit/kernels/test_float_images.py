"""Images made in C have the bits that torch gives them."""

import pytest
import torch

from paramdyn.datasets import EvaluationBatches, Split, TrainingBatches
from paramdyn.native import float_images as module
from paramdyn.native import native_library
from paramdyn.native.float_images import float_images

pytestmark = pytest.mark.skipif(native_library.find_compiler() is None, reason="no C compiler")
ALIKE = {"mean": (0.13, 0.13, 0.13), "deviation": (0.31, 0.31, 0.31)}
APART = {"mean": (0.49, 0.48, 0.44), "deviation": (0.2, 0.21, 0.19)}


def split(channels, count=37, size=9):
    generator = torch.Generator().manual_seed(channels)
    shape = (count, channels, size, size)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    return Split(images, torch.arange(count))


def batches_of(split, **more):
    batches = TrainingBatches(
        split, batch_size=8, order_seed=3, augmentation_seed=4,
        **more,
    )  # fmt: skip
    batches.start_epoch(2)
    made = [batches.get(index) for index in range(batches.steps_per_epoch)]
    more.pop("augmentation", None)
    return made + list(EvaluationBatches(split, batch_size=16, **more))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "more", [{}, ALIKE, APART, {"augmentation": ("flip", "crop:2")}], ids=lambda more: str([*more])
)
def test_batches_have_the_bits_that_torch_gives_them(channels, more, threads, monkeypatch):
    torch.set_num_threads(threads)
    made = batches_of(split(channels), **more)
    monkeypatch.setattr(module, "_native", lambda: None)
    for ours, theirs in zip(made, batches_of(split(channels), **more), strict=True):
        assert torch.equal(ours[0].view(torch.int32), theirs[0].view(torch.int32))
        assert ours[0].stride() == theirs[0].stride()
        assert torch.equal(ours[1], theirs[1])


def test_c_does_it(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "to", None)
    images = torch.zeros(2, 3, 3, 1, dtype=torch.uint8)
    assert float_images(images, torch.full((3, 256), 0.5)).unique().tolist() == [0.5]


def test_each_channel_has_its_table():
    images = torch.tensor([[[[0, 1, 255]]]], dtype=torch.uint8)
    tables = torch.stack([torch.arange(256.0) + 1000 * channel for channel in range(3)])
    assert float_images(images, tables).tolist() == [[[[0.0, 1001.0, 2255.0]]]]
    gray = float_images(images[..., 2:], tables)
    assert gray.tolist() == [[[[255.0, 1255.0, 2255.0]]]]


@pytest.mark.parametrize("chosen", [[-1], [0, 2], [2**40]])
def test_an_image_that_there_is_not_is_refused(chosen):
    images = torch.zeros(2, 3, 3, 1, dtype=torch.uint8)
    with pytest.raises(IndexError, match=str(chosen[-1])):
        float_images(images, torch.zeros(3, 256), torch.tensor(chosen))


def test_no_image_is_no_batch():
    images = torch.zeros(2, 3, 3, 1, dtype=torch.uint8)
    none = torch.zeros(0, dtype=torch.int64)
    assert float_images(images, torch.zeros(3, 256), none).shape == (0, 3, 3, 3)
