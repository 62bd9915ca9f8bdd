"""What every data set must be, whatever it is made from.

Real ones need their files: set ``PARAMDYN_TEST_DATA`` to a folder that has them.
"""

import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from paramdyn.catalogues import DATASETS
from paramdyn.datasets import EvaluationBatches, TrainingBatches, load_dataset
from paramdyn.specs.run_spec import DatasetSpec

REAL = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "cifar-10-batches-py"}
ARCHIVE = "CIFAR10-folder.tar.gz"


@pytest.fixture
def load(tmp_path):
    """Load a data set with a small limit, its own files made here or real."""

    def load_named(name, split_seed=0, **spec):
        if name == "folder":
            name = f"folder:{tmp_path / 'pictures'}"
            write_pictures(tmp_path / "pictures")
        data_folder = tmp_path
        if name in REAL or name.startswith("archive"):
            real = os.environ.get("PARAMDYN_TEST_DATA", "")
            needed = Path(real) / REAL.get(name, ARCHIVE)
            if not real or not needed.exists():
                pytest.skip(f"PARAMDYN_TEST_DATA does not lead to {REAL.get(name, ARCHIVE)}")
            data_folder = Path(real)
            name = f"folder:{needed}" if name.startswith("archive") else name
        spec = {"image_size": 32, "train_limit": 150, "test_limit": 60} | spec
        return load_dataset(
            DatasetSpec(name=name, **spec), data_folder=data_folder, split_seed=split_seed
        )

    return load_named


def write_pictures(root):
    if root.exists():
        return
    for split, count in (("train", 80), ("test", 35)):
        for label in range(2):
            folder = root / split / str(label)
            folder.mkdir(parents=True)
            for index in range(count):
                value = (40 * label + index, index, 7)
                Image.new("RGB", (20, 20), value).save(folder / f"{index:03}.png")


@pytest.mark.parametrize("name", [*DATASETS.names(), "archive of cifar10"])
def test_every_data_set(name, load):
    data = load(name, validation=0.2)
    again = load(name, validation=0.2)
    other = load(name, validation=0.2, split_seed=1)
    classes = len(data.class_names)
    assert classes >= 2
    assert (120, 30, 60) == (len(data.train), len(data.validation), len(data.test))
    for split, repeated in (
        (data.train, again.train),
        (data.validation, again.validation),
        (data.test, again.test),
    ):
        assert (data.channels, 32, 32) == tuple(split.images.shape[1:])
        assert (torch.uint8, torch.int64) == (split.images.dtype, split.labels.dtype)
        assert 0 <= int(split.labels.min()) <= int(split.labels.max()) < classes
        assert len(split.images.flatten(1).unique(dim=0)) > 1
        assert torch.equal(split.images, repeated.images)
        assert torch.equal(split.labels, repeated.labels)
    assert torch.equal(data.test.images, other.test.images)
    assert not torch.equal(data.validation.images, other.validation.images)


@pytest.mark.parametrize("name", [*DATASETS.names(), "archive of cifar10"])
def test_every_data_set_makes_batches(name, load):
    data = load(name, normalization="dataset")
    settings = {"batch_size": 64, "mean": data.mean, "deviation": data.deviation}
    batches = TrainingBatches(
        data.train, order_seed=0, augmentation_seed=0, device="cpu", **settings
    )
    batches.start_epoch(1)
    images = torch.cat([batches.get(index)[0] for index in range(batches.steps_per_epoch)])
    assert (150, 3, 32, 32) == tuple(images.shape)
    assert images.double().mean((0, 2, 3)).abs().max() < 1e-5
    assert (images.double().std((0, 2, 3), correction=0) - 1).abs().max() < 1e-5
    for images, labels in EvaluationBatches(data.test, device="cpu", **settings):
        assert (len(labels), 3, 32, 32) == tuple(images.shape)
        assert images.isfinite().all()


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("mnist", (0.1307,) * 3, (0.3081,) * 3),
        ("fashion-mnist", (0.2860,) * 3, (0.3530,) * 3),
        ("archive of cifar10", (0.4913, 0.4821, 0.4465), (0.2452, 0.2428, 0.2606)),
    ],
)
@pytest.mark.slow
def test_published_statistics_of_the_whole_training_images(name, mean, deviation, load):
    size = 32 if name.startswith("archive") else 28
    data = load(name, image_size=size, train_limit=0, test_limit=0, normalization="dataset")
    assert 10000 == len(data.test)
    assert [len(data.train) / 10] * 10 == pytest.approx(
        torch.bincount(data.train.labels).tolist(), rel=0.15
    )
    assert mean == pytest.approx(data.mean, abs=6e-5)
    assert deviation == pytest.approx(data.deviation, abs=6e-5)
