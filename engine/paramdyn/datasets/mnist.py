"""MNIST and Fashion-MNIST, read by torchvision from idx files that were checked before."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from paramdyn.datasets.downloads import DOWNLOAD_ERRORS, download
from paramdyn.datasets.idx import check_idx_pair
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset
from paramdyn.errors import DatasetError
from paramdyn.vision import torchvision

_FILES = {True: "train", False: "t10k"}


def mnist(request: DatasetRequest) -> ImageDataset:
    """Return the 60,000 training and 10,000 test digits, 28x28.

    Raises:
        DatasetError: A file is absent and cannot be downloaded, or it is corrupt.

    Reference:
        LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document
        Recognition", 1998.
    """
    return _load(request, torchvision().datasets.MNIST, [str(digit) for digit in range(10)])


def fashion_mnist(request: DatasetRequest) -> ImageDataset:
    """Return the 60,000 training and 10,000 test pictures of clothes, 28x28.

    Raises:
        DatasetError: A file is absent and cannot be downloaded, or it is corrupt.

    Reference:
        Xiao, Rasul & Vollgraf, "Fashion-MNIST", arXiv:1708.07747.
    """
    reader = torchvision().datasets.FashionMNIST
    return _load(request, reader, list(reader.classes))


def _load(request: DatasetRequest, reader: Any, class_names: list[str]) -> ImageDataset:  # noqa: ANN401 - torchvision has no types
    folder = request.data_folder / reader.__name__ / "raw"
    missing = _unpack_what_is_there(folder)
    if missing:
        download(
            lambda: reader(root=str(request.data_folder), train=True, download=True),
            name=request.name,
            folder=folder,
            missing=missing,
        )
    train_images, train_labels = _read(request, reader, folder, train=True)
    test_images, test_labels = _read(request, reader, folder, train=False)
    return ImageDataset(
        name=request.name,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        class_names=tuple(class_names),
    )


def _read(
    request: DatasetRequest,
    reader: Any,  # noqa: ANN401 - torchvision has no types
    folder: Path,
    *,
    train: bool,
) -> tuple[Tensor, Tensor]:
    images = folder / f"{_FILES[train]}-images-idx3-ubyte"
    labels = folder / f"{_FILES[train]}-labels-idx1-ubyte"
    check_idx_pair(images, labels)
    split = reader(root=str(request.data_folder), train=train, download=False)
    highest = int(split.targets.max())
    if highest > 9:
        position = int((split.targets > 9).nonzero()[0, 0])
        raise DatasetError(
            f"{labels}: label {position} is {int(split.targets[position])}. 0 to 9 was expected."
            f" Delete '{labels.name}' and get it again, or copy it from a machine that has it"
            " whole."
        )
    return split.data.unsqueeze(1), split.targets.to(torch.int64)


def _unpack_what_is_there(folder: Path) -> list[str]:
    """Unpack .gz files whose content is not there; return the names that are still missing."""
    missing = []
    for split in _FILES.values():
        for name in (f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte"):
            packed = folder / f"{name}.gz"
            if (folder / name).is_file():
                continue
            if packed.is_file():
                _unpack(packed)
            else:
                missing.append(name)
    return missing


def _unpack(packed: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=packed.parent) as temporary:
            whole = torchvision().datasets.utils.extract_archive(str(packed), temporary)
            Path(whole).replace(packed.with_suffix(""))
    except DOWNLOAD_ERRORS as error:
        raise DatasetError(
            f"{packed}: it cannot be unpacked: {error}. A whole gzip file in a writable folder was"
            f" expected. Delete it and get it again, or put '{packed.stem}' beside it."
        ) from error
