"""Decoded images kept between runs, so that 60,000 files are decoded once.

A cached copy that is cut or changed is noticed by its checksums and made again. A cache that
cannot be written costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from paramdyn.datasets.image_dataset import ImageDataset
from paramdyn.datasets.locations import cache_folder

_log = logging.getLogger(__name__)
_FORMAT = 1
_TENSORS = ("train_images", "train_labels", "test_images", "test_labels")


def cached(source: Path, fingerprint: object, decode: Callable[[], ImageDataset]) -> ImageDataset:
    """Return what ``decode`` returned the last time, or call it and keep what it returns.

    Args:
        source: What is decoded; one copy is kept for each source.
        fingerprint: Changes when the source does. Plain data that json can write.
        decode: Makes the data set.
    """
    where = _digest(str(source))
    path = cache_folder() / "datasets" / f"{where}-{_digest([_FORMAT, fingerprint])}.safetensors"
    if path.is_file():
        try:
            return _read(path)
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            _log.warning("%s: damaged, made again: %s", path, error)
    dataset = decode()
    try:
        _write(path, dataset)
        for old in path.parent.glob(f"{where}-*.safetensors"):
            if old != path:
                old.unlink(missing_ok=True)
    except (SafetensorError, OSError) as error:
        _log.warning("%s: not cached: %s", path, error)
    return dataset


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]


def _checksum(tensor: Tensor) -> str:
    return str(zlib.crc32(tensor.contiguous().numpy().data))


def _read(path: Path) -> ImageDataset:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in _TENSORS}
    for name, tensor in tensors.items():
        if metadata[name] != _checksum(tensor):
            raise ValueError(f"the checksum of '{name}' does not agree")
    class_names = tuple(json.loads(metadata["class_names"]))
    return ImageDataset(name=metadata["name"], class_names=class_names, **tensors)


def _write(path: Path, dataset: ImageDataset) -> None:
    tensors = {name: getattr(dataset, name).contiguous() for name in _TENSORS}
    metadata = {name: _checksum(tensor) for name, tensor in tensors.items()}
    metadata |= {"name": dataset.name, "class_names": json.dumps(dataset.class_names)}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(tensors, temporary, metadata)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
