"""Look at idx files before they are read, so that a damaged one is named and explained.

The format (LeCun, "The MNIST database"): two zero bytes, a type byte (8: uint8), the number of
dimensions, each dimension as a big-endian uint32, then the values.
"""

from __future__ import annotations

import struct
from pathlib import Path

from paramdyn.errors import DatasetError

_UINT8 = 8


def check_idx_pair(images: Path, labels: Path) -> None:
    """Check that both files are whole and belong together.

    Raises:
        DatasetError: A file cannot be read, is not idx, is cut or too long, or the two differ in
            how many images they are about.
    """
    count = _shape(images, 3)[0]
    label_count = _shape(labels, 1)[0]
    if count != label_count:
        raise DatasetError(
            f"{labels}: it has {label_count} labels. {count} were expected, one for each image of"
            f" '{images.name}'. {_advice(labels)}"
        )


def _shape(path: Path, dimensions: int) -> tuple[int, ...]:
    """Return the shape that a whole idx file of uint8 values holds."""
    header_bytes = 4 + 4 * dimensions
    try:
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(header_bytes)
    except OSError as error:
        raise DatasetError(
            f"{path}: it cannot be read: {error.strerror}. A readable file was expected. Check"
            " its permissions."
        ) from error
    magic = bytes((0, 0, _UINT8, dimensions))
    if header[:4] != magic[: len(header)] or not header:
        raise DatasetError(
            f"{path}: it starts with the bytes '{header[:4].hex(' ')}'. '{magic.hex(' ')}' was"
            f" expected (idx, uint8, {dimensions} dimensions). {_advice(path)}"
        )
    if len(header) < header_bytes:
        raise DatasetError(
            f"{path}: it has {size_bytes} bytes. A header of {header_bytes} bytes was expected."
            f" {_advice(path)}"
        )
    shape = struct.unpack(f">{dimensions}I", header[4:])
    expected = header_bytes
    values = 1
    for length in shape:
        values *= length
    expected += values
    if size_bytes != expected or values == 0:
        fault = "cut short" if size_bytes < expected else "not what its header says"
        raise DatasetError(
            f"{path}: it has {size_bytes} bytes and is {fault}. {expected} were expected for shape"
            f" {shape}. {_advice(path)}"
        )
    return shape


def _advice(path: Path) -> str:
    return f"Delete '{path.name}' and get it again, or copy it from a machine that has it whole."
