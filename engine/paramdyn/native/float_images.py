"""Float images from bytes, in one pass over both."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable

import torch
from torch import Tensor

from paramdyn.native import native_library


def float_images(images: Tensor, tables: Tensor, chosen: Tensor | None = None) -> Tensor | None:
    """Return images whose bytes are looked up in their channel's table.

    Args:
        images: uint8 on the CPU, contiguous. Shape (N, S, S, C) with 1 or 3 channels.
        tables: The number that each byte becomes, float32. Shape (3, 256).
        chosen: Which images, int64. Shape (B,). None: all.

    Returns:
        Shape (B, S, S, 3); None where there is no compiled library.

    Raises:
        IndexError: ``chosen`` names an image that there is not.
    """
    call = _native()
    if call is None:
        return None
    count = len(images) if chosen is None else len(chosen)
    if chosen is not None and count:
        low, high = (int(each) for each in chosen.aminmax())
        if low < 0 or high >= len(images):
            raise IndexError(f"image {low if low < 0 else high} of {len(images)}")
    size, channels = images.shape[1], images.shape[3]
    out = torch.empty((count, size, images.shape[2], 3))
    call(
        images.data_ptr(), None if chosen is None else chosen.data_ptr(), count,
        size * images.shape[2], channels, tables.data_ptr(), out.data_ptr(),
        torch.get_num_threads(),
    )  # fmt: skip
    return out


@functools.cache
def _native() -> Callable[..., None] | None:
    library = native_library.load()
    if library is None:
        return None
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    call: Callable[..., None] = library.paramdyn_batch
    call.argtypes = (pointer, pointer, number, number, number, pointer, pointer, number)  # type: ignore[attr-defined]
    call.restype = None  # type: ignore[attr-defined]
    return call
