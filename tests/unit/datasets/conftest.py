"""Small data files in the published layouts, and no way to download the real ones."""

import struct
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch
from PIL import Image

from paramdyn.datasets import DatasetRequest


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("there is no network in tests")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("PARAMDYN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def request_for(tmp_path):
    """Make a request whose data folder is ``tmp_path / "data"``."""

    def make(name, path="", image_size=32, **options):
        return DatasetRequest(name, str(path), tmp_path / "data", image_size, options)

    return make


@pytest.fixture
def idx_files(tmp_path):
    """Write 7 training and 3 test images of MNIST; return the folder."""
    folder = tmp_path / "data" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name, count in (("train", 7), ("t10k", 3)):
        pixels = bytes((7 * i + count) % 256 for i in range(count * 28 * 28))
        header = bytes((0, 0, 8, 3)) + struct.pack(">3I", count, 28, 28)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(header + pixels)
        header = bytes((0, 0, 8, 1)) + struct.pack(">I", count)
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(header + bytes(range(count)))
    return folder


@pytest.fixture
def image_folder(tmp_path):
    """Write gray 6x6 images: 3 a class for training, 2 for testing; return the folder.

    Image ``i`` of class ``c`` has the value ``100 * c + i`` everywhere.
    """
    root = tmp_path / "pictures"
    for split, count in (("train", 3), ("test", 2)):
        for label, name in enumerate(("cat", "dog")):
            (root / split / name).mkdir(parents=True)
            for index in range(count):
                image = Image.new("L", (6, 6), 100 * label + index)
                image.save(root / split / name / f"{index}.png")
    return root


@pytest.fixture
def torch_generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def damage():
    """Replace a file's bytes by a function of them."""

    def apply(path: Path, change):
        path.write_bytes(change(path.read_bytes()))

    return apply
