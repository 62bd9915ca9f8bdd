"""MNIST's files: read by torchvision when whole, explained when not."""

import gzip
import shutil
import socket

import pytest
import torch

from paramdyn.datasets.mnist import fashion_mnist, mnist
from paramdyn.errors import DatasetError
from paramdyn.vision import torchvision


def test_reads_what_torchvision_reads(request_for, idx_files):
    data = mnist(request_for("mnist"))
    for train, images, labels in (
        (True, data.train_images, data.train_labels),
        (False, data.test_images, data.test_labels),
    ):
        expected = torchvision().datasets.MNIST(idx_files.parents[1], train=train)
        assert torch.equal(expected.data[:, None], images)
        assert torch.equal(expected.targets, labels)
    assert tuple("0123456789") == data.class_names
    assert (torch.uint8, torch.int64) == (data.train_images.dtype, data.train_labels.dtype)


def test_fashion_mnist_lies_in_its_own_folder(request_for, idx_files):
    shutil.copytree(idx_files, idx_files.parents[1] / "FashionMNIST" / "raw")
    data = fashion_mnist(request_for("fashion-mnist"))
    assert (7, 3) == (len(data.train_labels), len(data.test_labels))
    assert "Ankle boot" == data.class_names[9]


def test_packed_files_are_unpacked(request_for, idx_files):
    expected = mnist(request_for("mnist"))
    for file in list(idx_files.iterdir()):
        (idx_files / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    data = mnist(request_for("mnist"))
    assert torch.equal(expected.train_images, data.train_images)
    assert 8 == len(list(idx_files.iterdir()))


def test_a_damaged_packed_file_is_named(request_for, idx_files):
    file = idx_files / "t10k-images-idx3-ubyte"
    packed = idx_files / f"{file.name}.gz"
    packed.write_bytes(gzip.compress(file.read_bytes())[:-20])
    file.unlink()
    with pytest.raises(DatasetError, match=r"t10k-images-idx3-ubyte\.gz: it cannot be unpacked"):
        mnist(request_for("mnist"))
    assert not file.exists()


def test_absent_files_are_listed_with_what_to_do(request_for, tmp_path):
    with pytest.raises(DatasetError) as error:
        mnist(request_for("mnist"))
    message = str(error.value)
    assert "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k" in message
    assert f"not found in {tmp_path / 'data' / 'MNIST' / 'raw'}" in message
    assert "there is no network in tests" in message
    assert (
        "Run once where there is a network, or copy them there; --data or $PARAMDYN_DATA" in message
    )
    assert not (tmp_path / "data").exists()


def test_the_one_absent_file_is_named_and_the_others_stay(request_for, idx_files):
    (idx_files / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DatasetError, match="'mnist': t10k-labels-idx1-ubyte not found in"):
        mnist(request_for("mnist"))
    assert 3 == len(list(idx_files.iterdir()))


def test_the_time_limit_of_sockets_is_put_back(request_for):
    before = socket.getdefaulttimeout()
    with pytest.raises(DatasetError):
        mnist(request_for("mnist"))
    assert before == socket.getdefaulttimeout()


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (IMAGES, lambda data: data[:-1], "has 5503 bytes and is cut short. 5504 were expected"),
        (IMAGES, lambda data: data + b"x", "has 5505 bytes and is not what its header says"),
        (IMAGES, lambda data: data[:10], "has 10 bytes. A header of 16 bytes was expected"),
        (IMAGES, lambda _: b"", "starts with the bytes ''"),
        (IMAGES, lambda _: b"<html>404</html>", "'3c 68 74 6d'. '00 00 08 03' was expected"),
        (IMAGES, lambda data: b"\0\0\x0d\x03" + data[4:], "'00 00 0d 03'"),
        (IMAGES, lambda data: data[:4] + b"\xff" * 12, "has 16 bytes and is cut short"),
        (IMAGES, lambda data: data[:4] + bytes(12), "not what its header says"),
        (LABELS, lambda data: data[:-1], "14 bytes and is cut short. 15 were expected"),
        (LABELS, lambda data: data[:-1] + b"\x0a", "label 6 is 10. 0 to 9 was expected"),
        (
            LABELS,
            lambda data: data[:4] + b"\0\0\0\x06" + data[8:-1],
            f"has 6 labels. 7 were expected, one for each image of '{IMAGES}'",
        ),
    ],
)
def test_damage_is_named_and_explained(request_for, idx_files, damage, name, change, message):
    damage(idx_files / name, change)
    with pytest.raises(DatasetError) as error:
        mnist(request_for("mnist"))
    assert str(idx_files / name) in str(error.value)
    assert message in str(error.value)
    assert f"Delete '{name}' and get it again" in str(error.value)


def test_test_files_are_checked_too(request_for, idx_files, damage):
    damage(idx_files / "t10k-images-idx3-ubyte", lambda data: data[:100])
    with pytest.raises(DatasetError, match="t10k-images-idx3-ubyte: it has 100 bytes"):
        mnist(request_for("mnist"))
