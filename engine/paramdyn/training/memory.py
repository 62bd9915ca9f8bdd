"""What an allocator says when memory runs out, in words that help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from paramdyn.errors import OutOfMemory
from paramdyn.specs import DatasetSpec, RunSpec

# What allocators say; "illegal memory access" and "memory format" are other failures.
_NO_MEMORY = re.compile(r"out of memory|(?:allocate|enough) memory|ALLOC_FAILED", re.IGNORECASE)

_SIZES = ("train", "test")
"""Options of data sets that are made, not read: how many images."""


@contextmanager
def explaining_memory(spec: RunSpec, *, loading: bool = False) -> Iterator[None]:
    """Turn a device's or the system's out-of-memory error into words.

    Args:
        spec: What is run.
        loading: Whether images are being loaded; else they are there already.

    Raises:
        OutOfMemory: Instead of any of them; everything else passes.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        known = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not known and not _NO_MEMORY.search(str(error)):
            raise
        first = str(error).strip().partition("\n")[0]
        raise OutOfMemory(
            f"{_while_loading(spec.dataset, first[:160])}"
            if loading
            else f"training.device '{spec.training.device}': out of memory ({first[:160]}). "
            f"Lower training.batch_size (now {spec.training.batch_size}) or dataset.image_size "
            f"(now {spec.dataset.image_size}), use training.precision = 'bf16', choose a "
            "smaller model, or free the device of other programs."
        ) from error


def _while_loading(dataset: DatasetSpec, said: str) -> str:
    """Return words about the size of a data set, which no batch size makes smaller."""
    sizes = {f"dataset.options.{k}": dataset.options[k] for k in _SIZES if k in dataset.options}
    if not sizes:
        limits = {"train_limit": dataset.train_limit, "test_limit": dataset.test_limit}
        sizes = {f"dataset.{name}": limit or "all images" for name, limit in limits.items()}
    sizes["dataset.image_size"] = dataset.image_size
    now = ", ".join(f"{name} (now {value})" for name, value in sizes.items())
    return (
        f"dataset.name '{dataset.name}': out of memory while its images were loaded ({said}). All "
        f"of them have to fit. Lower one of {now}, or free the memory of other programs."
    )
