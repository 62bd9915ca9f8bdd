"""Initializers that load: torchvision's ImageNet weights, a file, another run's snapshot."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from paramdyn import vision
from paramdyn.catalogues import TORCHVISION_CLASSIFIERS
from paramdyn.errors import BadRequest, WeightsError
from paramdyn.initializers.context import InitializerContext
from paramdyn.initializers.fitting import load_into
from paramdyn.initializers.weights_files import read_weights, sha256
from paramdyn.signatures import first_line
from paramdyn.store.run_folder import find_run, snapshot_path
from paramdyn.store.snapshots import read_snapshot

Provenance = dict[str, object]
_DENSENET_OLD = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.(\d)\.")


def pretrained(model: nn.Module, context: InitializerContext) -> Provenance:
    """Load torchvision's best ImageNet weights of the model, from its hub cache or the network.

    With ``context.weights`` that file is read instead. The head stays as the constructor drew it
    when its number of classes differs.

    Raises:
        BadRequest: The model is not torchvision's.
        WeightsError: The weights cannot be fetched, or do not fit.
    """
    name = context.model_name
    if name not in TORCHVISION_CLASSIFIERS:
        raise BadRequest(
            f"initializer 'pretrained': model '{name}' has no weights in torchvision. Expected one "
            "of its classifiers, such as resnet18 or vgg19. For a file of your own use the "
            "initializer 'weights' with --weights FILE."
        )
    if context.weights:
        path = Path(context.weights)
        tensors, provenance = read_weights(path), _file_provenance(path)
    else:
        tensors, provenance = _download(name)
    tensors = {
        _DENSENET_OLD.sub(r"\1\2.", key): value
        for key, value in tensors.items()
        if not key.startswith(("aux1.", "aux2.", "AuxLogits."))
    }
    fresh = _fresh_head(model, tensors, context.num_classes)
    load_into(model, tensors, source=f"weights '{provenance['file']}'", keep=fresh)
    return {**provenance, "fresh": fresh}


def weights(model: nn.Module, context: InitializerContext) -> Provenance:
    """Load a weights file: every parameter and buffer, names and shapes exactly the model's.

    Raises:
        BadRequest: No file was given.
        WeightsError: It cannot be read, or does not fit.
    """
    if not context.weights:
        raise BadRequest(
            "initializer 'weights': initializer.weights is empty. Expected a .safetensors, .pt or "
            ".pth file. Give it with --weights FILE."
        )
    path = Path(context.weights)
    load_into(model, read_weights(path), source=f"weights '{path}'")
    return _file_provenance(path)


def run(model: nn.Module, context: InitializerContext) -> Provenance:
    """Load a snapshot of another run, ``RUN`` or ``RUN@STEP``; STEP is ``final`` if not said.

    A run that outlived its parent has kept that snapshot itself (``context.origin``).

    Raises:
        BadRequest: No run is named.
        RunNotFound: No such run.
        WeightsError: The snapshot's model is another one.
    """
    name, at, step = context.argument.rpartition("@")
    name, step = (name, step) if at else (step, "")
    if not name:
        raise BadRequest(
            "initializer 'run': no run is named. Expected run:RUN or run:RUN@STEP, with STEP a "
            "number, 'init', 'best' or 'final'. 'paramdyn ls' lists runs."
        )
    if context.origin is not None and context.origin.is_file():
        path = context.origin
    else:
        folder = find_run(context.runs, name)
        name, path = folder.name, snapshot_path(folder, step or "final")
    arrays, metadata = read_snapshot(path)
    tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
    load_into(model, tensors, source=f"run '{name}', {path.name}")
    return {
        "run": name,
        "step": _step(path, metadata),
        "file": path.name,
        "sha256": sha256(path),
    }


def _download(name: str) -> tuple[dict[str, Tensor], Provenance]:
    chosen = vision.torchvision().models.get_model_weights(name).DEFAULT
    file_name = chosen.url.rpartition("/")[2]
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    try:
        tensors = chosen.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"initializer 'pretrained': '{file_name}' is not in '{folder}' or damaged there, and "
            f"fetching it failed ({first_line(error)}). Put that file from {chosen.url} into the "
            "folder, or give a copy with --weights FILE."
        ) from error
    return tensors, {"file": file_name, "url": chosen.url, "sha256": sha256(folder / file_name)}


def _file_provenance(path: Path) -> Provenance:
    return {"file": path.name, "sha256": sha256(path)}


def _fresh_head(model: nn.Module, tensors: Mapping[str, Tensor], num_classes: int) -> list[str]:
    """Return the names whose shapes differ in nothing but the number of classes."""
    fresh = []
    for name, tensor in model.state_dict().items():
        ours, theirs = tensor.shape, tensors[name].shape if name in tensors else tensor.shape
        same_inputs = ours[1:] == theirs[1:]
        if ours != theirs and same_inputs and ours[:1] == (num_classes,):
            fresh.append(name)
    return fresh


def _step(path: Path, metadata: Mapping[str, str]) -> int | str:
    found = metadata.get("step", "") or path.stem.rpartition("-")[2]
    return int(found) if found.isdecimal() else found
