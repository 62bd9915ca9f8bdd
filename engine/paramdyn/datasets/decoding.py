"""Image files to one uint8 tensor, in threads: Pillow releases the interpreter while decoding."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from paramdyn.errors import DatasetError

_GRAY = frozenset({"1", "L", "LA"})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image that is not decoded yet.

    Attributes:
        where: Its path, for messages; for a member of an archive, the archive's and the member's.
        content: Its path to read from, or its bytes.
    """

    where: str
    content: Path | bytes


def decode_images(files: Sequence[ImageFile]) -> Tensor:
    """Return the images of ``files``, uint8 of shape (N, C, H, W), in their order.

    C is 1 when every image is gray, else 3, gray ones repeated. Transparency is dropped.

    Raises:
        DatasetError: A file cannot be decoded, has more than 8 bits a channel, or is not as large
            as the first one.
    """
    chunks = [files[first : first + _CHUNK] for first in range(0, len(files), _CHUNK)]
    with ThreadPoolExecutor(max_workers=min(16, os.cpu_count() or 1)) as executor:
        decoded = [image for chunk in executor.map(_decode_chunk, chunks) for image in chunk]
    height, width = decoded[0].shape[:2]
    for file, image in zip(files, decoded, strict=True):
        if image.shape[:2] != (height, width):
            raise DatasetError(
                f"{file.where}: it is {image.shape[0]}x{image.shape[1]} (height x width), and"
                f" '{files[0].where}' is {height}x{width}. Images of one size were expected."
                " Resize them before."
            )
    channels = max(image.shape[2] for image in decoded)
    images = np.empty((len(decoded), height, width, channels), dtype=np.uint8)
    for index, image in enumerate(decoded):
        images[index] = image  # a gray image is repeated over the channels
    return torch.from_numpy(images).permute(0, 3, 1, 2)


def _decode_chunk(files: Sequence[ImageFile]) -> list[NDArray[np.uint8]]:
    return [_decode(file) for file in files]


def _decode(file: ImageFile) -> NDArray[np.uint8]:
    """Return one image, shape (H, W, 1 or 3)."""
    content = io.BytesIO(file.content) if isinstance(file.content, bytes) else file.content
    try:
        with Image.open(content) as image:
            mode = image.mode
            if mode in _GRAY:
                return np.asarray(image.convert("L"))[:, :, None]
            if mode in _COLOUR:
                return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise DatasetError(
            f"{file.where}: it cannot be decoded: {str(error).rstrip('.')}. A whole image file was"
            " expected. Replace or delete it."
        ) from error
    raise DatasetError(
        f"{file.where}: its pixels are of kind '{mode}'. 8 bits a channel, gray or colour, was"
        " expected. Convert it."
    )
