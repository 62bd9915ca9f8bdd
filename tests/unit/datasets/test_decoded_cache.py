"""Decoded images are kept, used again, and made again when they or their source changed."""

import logging
import os

import pytest
import torch
from PIL import Image

from paramdyn.datasets import decoding
from paramdyn.datasets.folder import folder


@pytest.fixture
def decoded(monkeypatch):
    """Count the images that are decoded."""
    count = []
    original = decoding._decode

    def counting(file):
        count.append(file)
        return original(file)

    monkeypatch.setattr(decoding, "_decode", counting)
    return count


def kept(own_cache):
    return list((own_cache / "datasets").iterdir())


def test_the_second_time_nothing_is_decoded(request_for, image_folder, own_cache, decoded):
    first = folder(request_for("folder", image_folder))
    second = folder(request_for("folder", image_folder))
    assert 10 == len(decoded)
    assert torch.equal(first.train_images, second.train_images)
    assert torch.equal(first.train_labels, second.train_labels)
    assert torch.equal(first.test_images, second.test_images)
    assert torch.equal(first.test_labels, second.test_labels)
    assert (first.name, first.class_names) == (second.name, second.class_names)
    assert 1 == len(kept(own_cache))


def test_a_changed_source_replaces_its_copy(request_for, image_folder, own_cache, decoded):
    (image_folder / "train" / "cat" / "0.png").unlink()
    file = image_folder / "train" / "cat" / "0.bmp"  # its size does not depend on its pixels
    Image.new("L", (6, 6), 33).save(file)
    assert 33 == folder(request_for("folder", image_folder)).train_images[0, 0, 0, 0]
    before = kept(own_cache)
    Image.new("L", (6, 6), 77).save(file)
    os.utime(file, ns=(1, 1))
    assert 77 == folder(request_for("folder", image_folder)).train_images[0, 0, 0, 0]
    file.rename(file.with_name("7.bmp"))
    assert 77 == folder(request_for("folder", image_folder)).train_images[2, 0, 0, 0]
    assert 30 == len(decoded)
    assert 1 == len(kept(own_cache))
    assert before != kept(own_cache)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[:20],
        lambda _: b"",
    ],
)
def test_a_damaged_copy_is_made_again(
    request_for, image_folder, own_cache, decoded, damage, change, caplog
):
    first = folder(request_for("folder", image_folder))
    damage(kept(own_cache)[0], change)
    with caplog.at_level(logging.WARNING):
        second = folder(request_for("folder", image_folder))
    assert "damaged, made again" in caplog.text
    assert torch.equal(first.train_images, second.train_images)
    assert torch.equal(first.test_labels, second.test_labels)
    folder(request_for("folder", image_folder))
    assert 20 == len(decoded)


def test_a_cache_that_cannot_be_written_costs_only_time(
    request_for, image_folder, own_cache, caplog
):
    own_cache.write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING):
        data = folder(request_for("folder", image_folder))
    assert 6 == len(data.train_labels)
    assert "not cached" in caplog.text
