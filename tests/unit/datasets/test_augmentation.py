"""Flips and shifts against one image at a time."""

import pytest
import torch

from paramdyn import seeding
from paramdyn.datasets.augmentation import (
    Augmentation,
    augment,
    draw_epoch,
    parse_augmentation,
)
from paramdyn.errors import SpecError


def one_by_one(images, table, reach):
    """Place each image on a black canvas, cut out the crop, mirror it: pixel by pixel."""
    _, size, _, channels = images.shape
    found = torch.zeros_like(images)
    for number, (flip, top, left) in enumerate(table.T.tolist()):
        canvas = torch.zeros(size + 2 * reach, size + 2 * reach, channels, dtype=torch.uint8)
        canvas[reach : reach + size, reach : reach + size] = images[number]
        for row in range(size):
            for column in range(size):
                target = size - 1 - column if flip else column
                found[number, row, target] = canvas[row + top, column + left]
    return found


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("flip", "reach"), [(True, 0), (False, 2), (True, 3), (True, 6)])
def test_agrees_with_one_image_at_a_time(flip, reach, channels, torch_generator):
    shape = (12, 5, 5, channels)
    images = torch.randint(1, 256, shape, dtype=torch.uint8, generator=torch_generator)
    table = draw_epoch(Augmentation(flip, reach), 12, seed=1, epoch=1)
    assert torch.equal(one_by_one(images, table, reach), augment(images, table, reach=reach))


def test_no_shift_and_no_flip_change_nothing(torch_generator):
    images = torch.randint(0, 256, (2, 5, 5, 3), dtype=torch.uint8, generator=torch_generator)
    table = torch.tensor([[0, 0], [2, 2], [2, 2]])
    assert torch.equal(images, augment(images, table, reach=2))


def test_all_shifts_and_both_sides_are_drawn():
    table = draw_epoch(Augmentation(flip=True, reach=1), 500, seed=0, epoch=0)
    assert [0, 1] == table[0].unique().tolist()
    assert [0, 1, 2] == table[1].unique().tolist()
    assert [0, 1, 2] == table[2].unique().tolist()


def test_draws_depend_on_seed_and_epoch_and_not_on_each_other():
    both = Augmentation(flip=True, reach=4)
    table = draw_epoch(both, 50, seed=0, epoch=0)
    assert torch.equal(table, draw_epoch(both, 50, seed=0, epoch=0))
    assert not torch.equal(table, draw_epoch(both, 50, seed=0, epoch=1))
    assert not torch.equal(table, draw_epoch(both, 50, seed=1, epoch=0))
    assert torch.equal(table[0], draw_epoch(Augmentation(flip=True), 50, seed=0, epoch=0)[0])
    assert torch.equal(table[1:], draw_epoch(Augmentation(reach=4), 50, seed=0, epoch=0)[1:])


def test_flips_and_shifts_are_the_named_streams_of_the_epoch():
    table = draw_epoch(Augmentation(flip=True, reach=2), 30, seed=5, epoch=3)
    flips = torch.randint(0, 2, (30,), generator=seeding.generator(5, "flip", 3))
    shifts = torch.randint(0, 5, (2, 30), generator=seeding.generator(5, "crop", 3))
    assert torch.equal(torch.cat([flips[None], shifts]), table)


def test_flip_row_and_column_of_an_image_are_independent():
    table = draw_epoch(Augmentation(flip=True, reach=4), 2000, seed=0, epoch=0)
    correlations = torch.corrcoef(table.double()) - torch.eye(3)
    assert correlations.abs().max() < 0.1  # four and a half standard errors


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), Augmentation()),
        (("flip",), Augmentation(flip=True)),
        (("crop",), Augmentation(reach=4)),
        (("flip", "crop:2"), Augmentation(flip=True, reach=2)),
    ],
)
def test_parses(texts, expected):
    found = parse_augmentation(texts)
    assert expected == found
    assert bool(texts) == bool(found)


@pytest.mark.parametrize("text", ["flop", "flip:2", "crop:", "crop:0", "crop:-1", "crop:x", ""])
def test_refuses(text):
    with pytest.raises(SpecError, match=f"unknown '{text}'.*'crop:PIXELS' was expected"):
        parse_augmentation((text,))


def test_suggests_the_nearest_name():
    with pytest.raises(SpecError, match="Did you mean 'crop'"):
        parse_augmentation(("crp",))
