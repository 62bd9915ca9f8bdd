"""Copies weights from the order in memory in which they train into the one files have."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramdyn.native import native_library


def copy_in_order(to: NDArray[Any], block: NDArray[Any]) -> None:
    """Copy ``block`` into ``to``, like ``numpy.copyto``: twice as fast where it matters.

    That is for fp32 weights of convolutions that lie channels_last, with a C compiler.

    Args:
        to: Contiguous, of the shape and type of ``block``.
        block: Any shape and memory order; channels_last ones have shape (outputs, inputs, height,
            width).
    """
    call = _native() if block.ndim == 4 and block.dtype == to.dtype == np.float32 else None
    as_trained = block.transpose(0, 2, 3, 1) if call else block
    if call and as_trained.flags.c_contiguous and to.flags.c_contiguous:
        outputs, height, width, inputs = as_trained.shape
        call(as_trained.ctypes.data, to.ctypes.data, outputs, height * width, inputs)
    else:
        np.copyto(to, block)


@functools.cache
def _native() -> Callable[..., None] | None:
    library = native_library.load()
    if library is None:
        return None
    call: Callable[..., None] = library.paramdyn_order
    call.argtypes = (ctypes.c_void_p, ctypes.c_void_p, *(ctypes.c_int64,) * 3)  # type: ignore[attr-defined]
    call.restype = None  # type: ignore[attr-defined]
    return call
