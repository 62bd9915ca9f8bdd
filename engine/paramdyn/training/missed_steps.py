"""Which updates left which parameter alone, because it got no gradient.

A module that a batch does not use gives its parameters no gradient, and torch's optimizers skip
them then: no weight decay, no momentum. A bit a step, and only for parameters that were skipped.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor


class MissedSteps:
    """Remembers the skipped updates of each parameter.

    Attributes:
        done: Updates so far, those that skipped parameters too.
    """

    def __init__(self) -> None:
        self.done = 0
        self._bits: dict[int, bytearray] = {}

    def add(self, parameter: int) -> None:
        """Note that the present update, number ``done`` from zero, skips a parameter."""
        bits = self._bits.setdefault(parameter, bytearray())
        place, bit = divmod(self.done, 8)
        if place >= len(bits):
            bits.extend(bytes(place + 1 - len(bits)))
        bits[place] |= 1 << bit

    def key(self, parameter: int) -> bytes:
        """Return what is equal for parameters that were skipped in the same updates."""
        return bytes(self._bits.get(parameter, b""))

    def taken(self, parameter: int, steps: int) -> list[int]:
        """Return which of the first ``steps`` updates, from zero, moved a parameter."""
        missed = np.zeros(steps, bool)
        bits = self._bits.get(parameter, b"")
        known = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")[:steps]
        missed[: len(known)] = known
        return np.flatnonzero(~missed).tolist()

    def state(self) -> dict[str, int | dict[int, Tensor]]:
        """Return what ``load_state`` needs."""
        bits = {k: torch.frombuffer(bytearray(b), dtype=torch.uint8) for k, b in self._bits.items()}
        return {"done": self.done, "bits": bits}

    def load_state(self, done: int, bits: Mapping[int, Tensor]) -> None:
        """Go on where ``state`` was taken."""
        self.done = done
        self._bits = {int(k): bytearray(b.numpy().tobytes()) for k, b in bits.items()}
