"""Batches: the pixels of torchvision's transforms, in an order that only seeds decide."""

import pytest
import torch
from PIL import Image

from paramdyn import seeding
from paramdyn.datasets import EvaluationBatches, Split, TrainingBatches
from paramdyn.datasets.augmentation import Augmentation, augment, draw_epoch
from paramdyn.vision import torchvision

SIZE = 8


def random_split(count, channels, generator):
    shape = (count, channels, SIZE, SIZE)
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    return Split(images, torch.arange(count))


def training(split, **changes):
    options = {"batch_size": 4, "order_seed": 0, "augmentation_seed": 0, "device": "cpu"}
    return TrainingBatches(split, **(options | changes))


def epoch_of(batches, epoch):
    batches.start_epoch(epoch)
    return [batches.get(index) for index in range(batches.steps_per_epoch)]


def by_torchvision(image, mean=None, deviation=None):
    transforms = torchvision().transforms
    array = image[0].numpy() if len(image) == 1 else image.permute(1, 2, 0).numpy()
    tensor = transforms.ToTensor()(Image.fromarray(array))
    if mean is not None:
        count = len(tensor)
        tensor = transforms.Normalize(mean[:count], deviation[:count])(tensor)
    return tensor if len(tensor) == 3 else tensor.repeat(3, 1, 1)


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_those_of_to_tensor_to_the_bit(channels, torch_generator):
    values = torch.arange(256, dtype=torch.uint8).view(4, 1, SIZE, SIZE)
    split = Split(values.expand(-1, channels, -1, -1).contiguous(), torch.arange(4))
    ((images, _),) = EvaluationBatches(split, batch_size=4)
    expected = torch.stack([by_torchvision(image) for image in split.images])
    assert torch.equal(expected.view(torch.int32), images.contiguous().view(torch.int32))
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert (torch.float32, (4, 3, SIZE, SIZE)) == (images.dtype, tuple(images.shape))
    random = random_split(4, channels, torch_generator)
    images, labels = epoch_of(training(random), 0)[0]
    assert torch.equal(by_torchvision(random.images[labels[0]]), images[0])
    assert images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("channels", "mean", "deviation"),
    [
        (1, (0.25, 0.25, 0.25), (0.5, 0.5, 0.5)),
        (1, (0.0, 0.0, 0.0), (0.5, 0.5, 0.5)),
        (3, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6)),
    ],
)
def test_normalization_is_torchvisions(channels, mean, deviation, torch_generator):
    split = random_split(5, channels, torch_generator)
    batches = EvaluationBatches(split, batch_size=5, mean=mean, deviation=deviation)
    ((images, _),) = batches
    expected = torch.stack([by_torchvision(image, mean, deviation) for image in split.images])
    assert torch.equal(expected, images)


def test_gray_images_take_a_mean_of_each_channel(torch_generator):
    split = random_split(2, 1, torch_generator)
    ((plain, _),) = EvaluationBatches(split, batch_size=2)
    mean, deviation = (0.1, 0.2, 0.3), (1.0, 2.0, 4.0)
    ((images, _),) = EvaluationBatches(split, batch_size=2, mean=mean, deviation=deviation)
    for channel in range(3):
        expected = (plain[:, channel] - mean[channel]) / deviation[channel]
        assert torch.equal(expected, images[:, channel])


def test_every_image_comes_once_an_epoch_and_the_last_batch_is_short(torch_generator):
    split = random_split(10, 3, torch_generator)
    batches = training(split)
    assert ((4, 4, 2), 3) == (batches.batch_sizes, batches.steps_per_epoch)
    labels = [labels for _, labels in epoch_of(batches, 1)]
    assert [4, 4, 2] == [len(part) for part in labels]
    assert list(range(10)) == sorted(torch.cat(labels).tolist())


def test_the_order_is_the_named_stream_of_the_epoch(torch_generator):
    split = random_split(10, 1, torch_generator)
    for epoch in (1, 2):
        labels = torch.cat([y for _, y in epoch_of(training(split, order_seed=7), epoch)])
        expected = torch.randperm(10, generator=seeding.generator(7, "order", epoch))
        assert torch.equal(expected, labels)


def test_images_keep_their_labels(torch_generator):
    split = random_split(9, 1, torch_generator)
    for images, labels in epoch_of(training(split), 3):
        expected = torch.stack([by_torchvision(split.images[i]) for i in labels.tolist()])
        assert torch.equal(expected, images)


def test_augmentation_is_drawn_for_positions_of_the_epoch(torch_generator):
    split = random_split(10, 3, torch_generator)
    batches = training(split, augmentation=("flip", "crop:2"), augmentation_seed=3)
    images, labels = map(torch.cat, zip(*epoch_of(batches, 6), strict=True))
    table = draw_epoch(Augmentation(flip=True, reach=2), 10, seed=3, epoch=6)
    ordered = split.images[labels].permute(0, 2, 3, 1).contiguous()
    expected = augment(ordered, table, reach=2).permute(0, 3, 1, 2).float() / 255
    assert torch.equal(expected, images)


def test_a_resumed_epoch_continues_with_the_same_batches(torch_generator):
    split = random_split(11, 3, torch_generator)
    options = {"augmentation": ("flip", "crop:2")}
    whole = epoch_of(training(split, **options), 5)
    resumed = training(split, **options)
    resumed.start_epoch(5)
    for index in (2, 1):
        images, labels = resumed.get(index)
        assert torch.equal(whole[index][0], images)
        assert torch.equal(whole[index][1], labels)


def test_a_wrong_index_and_a_missing_epoch_are_refused(torch_generator):
    batches = training(random_split(4, 1, torch_generator))
    with pytest.raises(RuntimeError, match="start_epoch"):
        batches.get(0)
    batches.start_epoch(0)
    for index in (-1, 1):
        with pytest.raises(IndexError, match="of 1"):
            batches.get(index)


def test_evaluation_is_in_order_and_repeatable(torch_generator):
    split = random_split(10, 3, torch_generator)
    batches = EvaluationBatches(split, batch_size=4)
    for _ in range(2):
        assert [4, 4, 2] == [len(labels) for _, labels in batches]
        assert list(range(10)) == torch.cat([labels for _, labels in batches]).tolist()
    assert 3 == len(batches)


def test_training_does_not_change_the_resident_images(torch_generator):
    split = random_split(6, 3, torch_generator)
    before = split.images.clone()
    epoch_of(training(split, augmentation=("flip", "crop"), mean=(0.5,) * 3), 0)
    assert torch.equal(before, split.images)


@pytest.mark.gpu
@pytest.mark.parametrize("channels", [1, 3])
def test_cuda_makes_the_same_batches_without_waiting(channels, torch_generator):
    split = random_split(300, channels, torch_generator)
    options = {
        "batch_size": 128,
        "augmentation": ("flip", "crop"),
        "mean": (0.3, 0.3, 0.3),
        "deviation": (0.7, 0.7, 0.7),
    }
    expected = epoch_of(training(split, **options), 1)
    on_device = training(split, **options, device="cuda")
    try:
        torch.cuda.set_sync_debug_mode("error")
        found = epoch_of(on_device, 1)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for (images, labels), (device_images, device_labels) in zip(expected, found, strict=True):
        assert torch.equal(labels, device_labels.cpu())
        assert torch.equal(images, device_images.cpu())
        assert device_images.is_contiguous(memory_format=torch.channels_last)
