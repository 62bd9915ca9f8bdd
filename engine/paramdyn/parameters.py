"""All parameters of a model in one flat float32 buffer.

One buffer a model makes a reference copy one ``clone``, a distance one pass over memory, and a
snapshot one write. Every tensor's segment is padded with zeros to a multiple of ``ALIGNMENT``
scalars; 4-D weights lie in channels-last order, which convolutions on the CPU are quickest with
and which changes no bit of a run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.errors import BadRequest
from paramdyn.store.manifest import ParameterInfo

ALIGNMENT = 1024
SHARD_SCALARS = 1 << 20
"""Scalars stepped and measured together: weights, gradient, momentum, start and the values before
the step make 20 MB, which stays in a last-level cache."""
SHARD_SCALARS_CUDA = 1 << 23
"""The same on CUDA, where starting an operation costs more than memory: a measured shard takes some
fifty operations, and 300 MB for a moment."""

_KINDS: tuple[tuple[tuple[type[nn.Module], ...], str], ...] = (
    ((nn.modules.conv._ConvNd,), "conv"),  # noqa: SLF001 - the only common base of convolutions
    ((nn.Linear,), "linear"),
    (
        (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm),  # noqa: SLF001
        "norm",
    ),
)


def parameter_table(model: nn.Module) -> tuple[ParameterInfo, ...]:
    """Describe every parameter in ``model.named_parameters()`` order; a shared one appears once."""
    return tuple(
        _describe(model, name, tensor, trainable=tensor.requires_grad)
        for name, tensor in model.named_parameters()
    )


def buffer_table(model: nn.Module) -> tuple[ParameterInfo, ...]:
    """Describe every persistent buffer in ``state_dict`` order."""
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    return tuple(
        ParameterInfo(
            name=name,
            shape=tuple(tensor.shape),
            count=tensor.numel(),
            layer=name.rpartition(".")[0],
            kind="buffer",
            trainable=False,
        )
        for name, tensor in model.state_dict().items()
        if name not in parameters
    )


def _describe(model: nn.Module, name: str, tensor: Tensor, *, trainable: bool) -> ParameterInfo:
    layer, _, leaf = name.rpartition(".")
    module = model.get_submodule(layer)
    kind = next((kind for types, kind in _KINDS if isinstance(module, types)), "other")
    if leaf == "bias" and kind in ("conv", "linear"):
        kind = "bias"
    return ParameterInfo(
        name=name,
        shape=tuple(tensor.shape),
        count=tensor.numel(),
        layer=layer,
        kind=kind,
        trainable=trainable,
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive scalars of one parameter, ``first`` and up: ``flat[start:stop]``."""

    parameter: int
    first: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Shard:
    """Pieces that lie one after another in the flat buffer, stepped and measured together."""

    start: int
    stop: int
    pieces: tuple[Piece, ...]


class FlatParameters:
    """Moves a model's parameters into one flat buffer; the model then computes with views of it.

    Args:
        model: Its parameters must be float32: lower precision swallows small updates.

    Attributes:
        values: The buffer. Shape: (P',), P' the padded number of scalars.
        table: What each parameter is, in order.
        starts: First scalar of each parameter's segment.

    Raises:
        BadRequest: A parameter is not float32.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.table = parameter_table(model)
        self.parameters = [tensor for _, tensor in model.named_parameters()]
        wrong = [
            f"{info.name} ({tensor.dtype})"
            for info, tensor in zip(self.table, self.parameters, strict=True)
            if tensor.dtype != torch.float32
        ]
        if wrong:
            raise BadRequest(
                f"model: parameters that are not float32: {', '.join(wrong[:5])}. Masters are kept "
                "in float32, because lower precision rounds small updates away; use "
                "training.precision for faster arithmetic."
            )
        self.starts: list[int] = []
        size = 0
        for info in self.table:
            self.starts.append(size)
            size += -(-info.count // ALIGNMENT) * ALIGNMENT
        device = self.parameters[0].device if self.parameters else torch.device("cpu")
        self.values = torch.zeros(size, device=device)
        self.rebind()

    def rebind(self) -> None:
        """Copy the model's present values into the buffer and make its parameters views of it."""
        with torch.no_grad():
            for index, parameter in enumerate(self.parameters):
                view = self.view(self.values, index)
                view.copy_(parameter)
                parameter.data = view

    def changed_by_the_optimizer_only(self) -> bool:
        """Tell whether all modules are known not to touch parameters; a plug-in's own may."""
        roots = {type(module).__module__.partition(".")[0] for module in self.model.modules()}
        return roots <= {"paramdyn", "torch", "torchvision"}

    def view(self, flat: Tensor, index: int) -> Tensor:
        """Return parameter ``index`` in ``flat``, a buffer laid out like ``values``, as a view."""
        shape = self.table[index].shape
        if len(shape) == 4:
            _, channels, height, width = shape
            stride = [channels * height * width, 1, width * channels, channels]
        else:
            stride = list(torch.empty(shape, device="meta").stride())
        return flat.as_strided(shape, stride, self.starts[index])

    def segment(self, flat: Tensor, index: int) -> Tensor:
        """Return parameter ``index`` in ``flat`` in memory order. Shape: (count,)."""
        start = self.starts[index]
        return flat[start : start + self.table[index].count]

    def in_layout(self, index: int, tensor: Tensor) -> Tensor:
        """Return ``tensor``, shaped like parameter ``index``, with the parameter's strides.

        Autograd's gradients have that layout; they, and what has it already, are not copied.
        """
        parameter = self.parameters[index]
        if tensor.stride() == parameter.stride():
            return tensor
        layout = torch.channels_last if parameter.dim() == 4 else torch.contiguous_format
        if tensor.is_contiguous(memory_format=layout):  # strides of axes of size 1 mean nothing
            return tensor.as_strided(tensor.shape, parameter.stride(), tensor.storage_offset())
        return torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)

    def in_memory_order(self, index: int, tensor: Tensor) -> Tensor:
        """Return ``tensor``, shaped like parameter ``index``, as the flat buffer orders it.

        Shape: (count,). A view where the layout allows it, as it does for autograd's gradients.
        """
        ordered = self.in_layout(index, tensor)
        return ordered.as_strided((ordered.numel(),), (1,), ordered.storage_offset())

    def shards(self, *, split: bool, scalars: int = 0) -> tuple[Shard, ...]:
        """Cut the trainable parameters into shards of at most ``scalars`` scalars.

        Args:
            split: Whether a large parameter may be cut; if not, it makes a shard of its own.
            scalars: A multiple of ``ALIGNMENT``; 0: what suits the device.
        """
        scalars = scalars or shard_scalars(self.values.device)
        shards: list[Shard] = []
        pieces: list[Piece] = []
        for index, info in enumerate(self.table):
            if not info.trainable or info.count == 0:
                _close(shards, pieces)
                continue
            step = scalars if split else info.count
            for first in range(0, info.count, step):
                start = self.starts[index] + first
                stop = start + min(step, info.count - first)
                if pieces and stop - pieces[0].start > scalars:
                    _close(shards, pieces)
                pieces.append(Piece(index, first, start, stop))
        _close(shards, pieces)
        return tuple(shards)

    def state_hash(self) -> str:
        """Return a sha256 over names, shapes and bytes of all parameters and buffers."""
        digest = hashlib.sha256()
        for name, tensor in self.model.state_dict().items():
            digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
            digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
        return digest.hexdigest()


def shard_scalars(device: torch.device) -> int:
    """Return how many scalars are best stepped and measured together on a device."""
    return SHARD_SCALARS_CUDA if device.type == "cuda" else SHARD_SCALARS


def _close(shards: list[Shard], pieces: list[Piece]) -> None:
    """Make the open pieces a shard; its range ends on the alignment, in the padding of the last."""
    if pieces:
        stop = -(-pieces[-1].stop // ALIGNMENT) * ALIGNMENT
        shards.append(Shard(pieces[0].start, stop, tuple(pieces)))
        pieces.clear()
