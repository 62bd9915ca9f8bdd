"""Reading weights files without running what they contain."""

from __future__ import annotations

import hashlib
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from paramdyn.errors import WeightsError

_TORCH_SUFFIXES = (".pt", ".pth")


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a weights file by name, on the CPU.

    Args:
        path: A ``.safetensors`` file, or a ``.pt`` or ``.pth`` file with a state dict or with
            one under ``state_dict``.

    Raises:
        WeightsError: The file is absent, of another kind, cut, or would have to run code to load.
    """
    if not path.is_file():
        raise WeightsError(f"weights: there is no file '{path}'. Give the path of a weights file.")
    if path.suffix == ".safetensors":
        try:
            return dict(safetensors.torch.load_file(path))
        except (safetensors.SafetensorError, OSError, ValueError) as error:
            raise WeightsError(_unreadable(path, str(error))) from error
    if path.suffix in _TORCH_SUFFIXES:
        return _tensors(path, _load_torch(path))
    raise WeightsError(
        f"weights: '{path}' ends with '{path.suffix}'. Expected .safetensors, .pt or .pth."
    )


def sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_torch(path: Path) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle's version, right before refusing it
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"weights: '{path}' holds more than tensors: loading it would run code that it names, "
            "so it is refused. Expected a state dict. Save it again with "
            "torch.save(model.state_dict(), FILE), or as .safetensors."
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, LookupError, AttributeError) as error:
        raise WeightsError(_unreadable(path, str(error))) from error


def _tensors(path: Path, content: object) -> dict[str, Tensor]:
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise WeightsError(
            f"weights: '{path}' holds a {type(content).__name__}. Expected a state dict: names "
            "and tensors."
        )
    others = [str(name) for name, value in content.items() if not isinstance(value, Tensor)]
    if others:
        raise WeightsError(
            f"weights: '{path}': not tensors: {', '.join(others[:5])}. Expected a state dict, or "
            "one under the name 'state_dict'."
        )
    hollow = [str(name) for name, value in content.items() if value.is_meta or value.is_nested]
    if hollow:
        raise WeightsError(
            f"weights: '{path}': nested tensors, or tensors of the meta device, which have no "
            f"values: {', '.join(hollow[:5])}. Expected plain tensors. Save the state dict of a "
            "model that is in memory."
        )
    return {str(name): value for name, value in content.items()}


def _unreadable(path: Path, reason: str) -> str:
    first = reason.strip().partition("\n")[0].rstrip(".")
    if not path.stat().st_size:
        first = "it is empty"
    return (
        f"weights: '{path}' cannot be read ({first}). It is cut, corrupt or of another kind than "
        f"its name says. Copy it again."
    )
