"""Which implementation of the drift pass a device gets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from paramdyn.measurements.kernels.blocked import BlockedDriftPass
from paramdyn.measurements.kernels.drift_pass import DriftPass
from paramdyn.measurements.kernels.native import NativeDriftPass
from paramdyn.native import native_library
from paramdyn.parameters import FlatParameters, Shard


def kernel_name(device: torch.device) -> str:
    """Return the implementation that ``open_drift_pass`` takes on this device."""
    native = device.type == "cpu" and native_library.load() is not None
    return "native" if native else "blocked"


def open_drift_pass(
    flat: FlatParameters, start: Tensor, shards: Sequence[Shard], *, kernel: str = ""
) -> DriftPass:
    """Return the quickest implementation that works here, or the one named by ``kernel``."""
    name = kernel or kernel_name(flat.values.device)
    implementation = NativeDriftPass if name == "native" else BlockedDriftPass
    return implementation(flat, start, shards)
