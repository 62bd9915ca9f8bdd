"""CIFAR-10, read by torchvision from its Python batches.

The batches are pickles, which can run any code: they are opened only when their checksums are
those of the published files.
"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from paramdyn.datasets.downloads import download
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset
from paramdyn.errors import DatasetError
from paramdyn.vision import torchvision

_FOLDER_HINT = "Or convert the images to PATH/train/CLASS/*.png and use 'folder:PATH'."


def cifar10(request: DatasetRequest) -> ImageDataset:
    """Return the 50,000 training and 10,000 test photos, 32x32 in colour.

    Raises:
        DatasetError: A file is absent and cannot be downloaded, or is not the published one.

    Reference:
        Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """
    reader = torchvision().datasets.CIFAR10
    folder = request.data_folder / reader.base_folder
    published = dict(reader.train_list + reader.test_list)
    published[reader.meta["filename"]] = reader.meta["md5"]
    missing = [name for name in published if not (folder / name).is_file()]
    _refuse_changed(folder, {name: published[name] for name in published if name not in missing})
    if missing:
        download(
            lambda: reader(root=str(request.data_folder), train=True, download=True),
            name=request.name,
            folder=folder,
            missing=missing,
            hint=f"The archive '{reader.filename}' beside that folder will do too. {_FOLDER_HINT}",
        )
        _refuse_changed(folder, published)
    train_images, train_labels, class_names = _read(reader, request.data_folder, train=True)
    test_images, test_labels, _ = _read(reader, request.data_folder, train=False)
    return ImageDataset(
        name=request.name,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        class_names=class_names,
    )


def _refuse_changed(folder: Path, published: dict[str, str]) -> None:
    for name, expected in published.items():
        path = folder / name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(
                    file, lambda: hashlib.md5(usedforsecurity=False)
                ).hexdigest()
        except OSError as error:
            raise DatasetError(
                f"{path}: it cannot be read: {error.strerror}. A file of the published archive was"
                " expected. Check that it is there and its permissions."
            ) from error
        if found != expected:
            raise DatasetError(
                f"{path}: its md5 is {found}; it is cut, corrupt or another file. {expected} was"
                " expected, and other files are never opened, because they are pickles. Delete it"
                f" and get it again. {_FOLDER_HINT}"
            )


def _read(
    reader: Any,  # noqa: ANN401 - torchvision has no types
    root: Path,
    *,
    train: bool,
) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    with warnings.catch_warnings():
        # numpy objects to how numpy of 2009 pickled its types
        warnings.simplefilter("ignore")
        split = reader(root=str(root), train=train, download=False)
    images = torch.from_numpy(split.data).permute(0, 3, 1, 2)
    return images, torch.tensor(split.targets, dtype=torch.int64), tuple(split.classes)
