"""What an allocator says when memory runs out, in words that help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from paramdyn.errors import OutOfMemory
from paramdyn.specs import RunSpec

# What allocators say; "illegal memory access" and "memory format" are other failures.
_NO_MEMORY = re.compile(r"out of memory|(?:allocate|enough) memory|ALLOC_FAILED", re.IGNORECASE)


@contextmanager
def explaining_memory(spec: RunSpec) -> Iterator[None]:
    """Turn a device's or the system's out-of-memory error into words.

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
            f"training.device '{spec.training.device}': out of memory ({first[:160]}). "
            f"Lower training.batch_size (now {spec.training.batch_size}) or dataset.image_size "
            f"(now {spec.dataset.image_size}), use training.precision = 'bf16', choose a "
            "smaller model, or free the device of other programs."
        ) from error
