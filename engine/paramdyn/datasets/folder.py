"""``folder:PATH``: a user's own images, in PATH/train/CLASS and PATH/test/CLASS.

PATH may also be a .tar, .tar.gz or .tgz of such a folder. It is read from, never extracted, so
nothing in it can be written anywhere.
"""

from __future__ import annotations

import lzma
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import torch

from paramdyn.datasets.cache import cached
from paramdyn.datasets.decoding import ImageFile, decode_images
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset
from paramdyn.errors import DatasetError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
_SPLITS = ("train", "test")
_LAYOUT = "PATH/train/CLASS/*.png and PATH/test/CLASS/*.png"
_Tree = dict[str, dict[str, list[ImageFile]]]
"""Split, then class, then its files."""


def folder(request: DatasetRequest) -> ImageDataset:
    """Return the images below a path, or in a tar archive; classes are numbered by sorted name.

    Decoded images are kept in the cache folder until a file's name, size or time changes.

    Raises:
        DatasetError: The path is absent or laid out otherwise, classes of training and test
            differ, images differ in size, or a file is corrupt.
    """
    if not request.path:
        raise DatasetError(
            f"data set 'folder': it names no path. 'folder:PATH' with {_LAYOUT} was expected. Add"
            " the path."
        )
    path = Path(request.path).expanduser().resolve()
    if path.is_dir():
        tree = _sorted(_walk(path))
        return cached(path, _stat(tree), lambda: _decode(request, path, tree))
    if path.is_file():
        stat = path.stat()
        fingerprint = [stat.st_size, stat.st_mtime_ns]
        return cached(path, fingerprint, lambda: _decode(request, path, _sorted(_unpack(path))))
    raise DatasetError(
        f"{path}: there is no such folder or archive. {_LAYOUT} was expected. Correct the path of"
        " 'folder:PATH'."
    )


def _walk(path: Path) -> _Tree:
    tree: _Tree = {}
    for split in _SPLITS:
        if not (path / split).is_dir():
            continue
        tree[split] = {}
        for class_folder in (path / split).iterdir():
            if class_folder.is_dir() and not class_folder.name.startswith("."):
                tree[split][class_folder.name] = [
                    ImageFile(file.path, Path(file.path))
                    for file in os.scandir(class_folder)
                    if _is_image(file.name)
                ]
    return tree


def _unpack(path: Path) -> _Tree:
    """Return the images of a tar archive, whatever folder they share above ``train``."""
    tree: _Tree = {}
    try:
        for parts, content in _members(path):
            if len(parts) >= 3 and parts[-3] in _SPLITS and _is_image(parts[-1]):
                where = f"{path}: {'/'.join(parts)}"
                tree.setdefault(parts[-3], {}).setdefault(parts[-2], []).append(
                    ImageFile(where, content)
                )
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise DatasetError(
            f"{path}: it cannot be read to its end: {str(error).rstrip('.')}. A whole tar archive"
            f" with {_LAYOUT} was expected. Get it again."
        ) from error
    return tree


def _members(path: Path) -> Iterator[tuple[tuple[str, ...], bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield PurePosixPath(member.name).parts, content.read()


def _is_image(name: str) -> bool:
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".")


def _sorted(tree: _Tree) -> _Tree:
    return {
        split: {
            name: sorted(tree[split][name], key=lambda file: file.where)
            for name in sorted(tree[split])
        }
        for split in tree
    }


def _stat(tree: _Tree) -> list[list[object]]:
    """Return name, size and time of every file: a cached copy is good while they stay."""
    found: list[list[object]] = []
    for split, classes in tree.items():
        for name, files in classes.items():
            found.append([split, name])
            for file in files:
                stat = Path(file.where).stat()
                found.append([Path(file.where).name, stat.st_size, stat.st_mtime_ns])
    return found


def _decode(request: DatasetRequest, path: Path, tree: _Tree) -> ImageDataset:
    class_names = _checked_classes(path, tree)
    labels = {
        split: torch.tensor(
            [index for index, name in enumerate(class_names) for _ in tree[split][name]],
            dtype=torch.int64,
        )
        for split in _SPLITS
    }
    files = [file for split in _SPLITS for name in class_names for file in tree[split][name]]
    images = decode_images(files)
    count = len(labels["train"])
    return ImageDataset(
        name=request.name,
        train_images=images[:count],
        train_labels=labels["train"],
        test_images=images[count:],
        test_labels=labels["test"],
        class_names=class_names,
    )


def _checked_classes(path: Path, tree: _Tree) -> tuple[str, ...]:
    for split in _SPLITS:
        if not tree.get(split):
            raise DatasetError(
                f"{path}: it has no class folders in '{split}/'. {_LAYOUT} was expected. Arrange"
                " the images so."
            )
        for name, files in tree[split].items():
            if not files:
                raise DatasetError(
                    f"{path}: '{split}/{name}' has no images. Files ending in"
                    f" {', '.join(IMAGE_SUFFIXES)} were expected. Add some or delete the folder."
                )
    train, test = set(tree["train"]), set(tree["test"])
    if train != test:
        only = [f"only in train: {', '.join(sorted(train - test))}"] if train - test else []
        only += [f"only in test: {', '.join(sorted(test - train))}"] if test - train else []
        raise DatasetError(
            f"{path}: the classes differ, {'; '.join(only)}. The same folders in 'train/' and"
            " 'test/' were expected. Add, rename or delete them."
        )
    return tuple(sorted(train))
