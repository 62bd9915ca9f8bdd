"""CIFAR-10's batches are pickles: opened only with the published checksums."""

import hashlib
import pickle
import tarfile

import numpy as np
import pytest
import torch

from paramdyn.datasets.cifar10 import cifar10
from paramdyn.errors import DatasetError
from paramdyn.vision import torchvision

NAMES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
CLASSES = ["airplane", "automobile"]


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def batches(tmp_path, monkeypatch):
    """Write two images a batch and have torchvision expect their checksums."""
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    sums = {}
    for number, name in enumerate([*NAMES, "batches.meta"]):
        pixels = np.arange(2 * 3072).reshape(2, 3072) % 251 + number
        content = {"data": pixels.astype(np.uint8), "labels": [number % 2, 1]}
        if name == "batches.meta":
            content = {"label_names": CLASSES}
        data = pickle.dumps(content, protocol=2)
        (folder / name).write_bytes(data)
        sums[name] = md5(data)
    reader = torchvision().datasets.CIFAR10
    monkeypatch.setattr(reader, "train_list", [[name, sums[name]] for name in NAMES[:5]])
    monkeypatch.setattr(reader, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(reader, "meta", {**reader.meta, "md5": sums["batches.meta"]})
    return folder


@pytest.mark.usefixtures("batches")
def test_reads_what_torchvision_reads(request_for):
    data = cifar10(request_for("cifar10"))
    assert ((10, 3, 32, 32), (2, 3, 32, 32)) == (
        tuple(data.train_images.shape),
        tuple(data.test_images.shape),
    )
    expected = torch.arange(2 * 3072).view(2, 3, 32, 32) % 251
    assert torch.equal(expected.to(torch.uint8), data.train_images[:2])
    assert [0, 1, 1, 1, 0, 1, 1, 1, 0, 1] == data.train_labels.tolist()
    assert tuple(CLASSES) == data.class_names


class Explosive:
    def __reduce__(self):
        return pytest.fail, ("the pickle was opened",)


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch", "batches.meta"])
def test_a_changed_file_is_named_and_never_opened(request_for, batches, name):
    data = pickle.dumps(Explosive())
    (batches / name).write_bytes(data)
    with pytest.raises(DatasetError) as error:
        cifar10(request_for("cifar10"))
    assert f"{batches / name}: its md5 is {md5(data)}" in str(error.value)
    assert "folder:PATH" in str(error.value)


def test_a_cut_file_is_named(request_for, batches, damage):
    damage(batches / "data_batch_2", lambda data: data[:-7])
    with pytest.raises(DatasetError, match=r"data_batch_2: its md5 is .* it is cut, corrupt"):
        cifar10(request_for("cifar10"))


def test_absent_files_are_named_with_what_to_do(request_for, batches):
    (batches / "data_batch_5").unlink()
    with pytest.raises(DatasetError) as error:
        cifar10(request_for("cifar10"))
    message = str(error.value)
    assert f"data set 'cifar10': data_batch_5 not found in {batches}" in message
    assert "cifar-10-python.tar.gz" in message
    assert "folder:PATH" in message


def test_the_archive_beside_the_folder_is_enough(request_for, batches, monkeypatch):
    archive = batches.parent / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(batches, batches.name)
    reader = torchvision().datasets.CIFAR10
    monkeypatch.setattr(reader, "tgz_md5", md5(archive.read_bytes()))
    for file in batches.iterdir():
        file.unlink()
    assert 10 == len(cifar10(request_for("cifar10")).train_labels)
