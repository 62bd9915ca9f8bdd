"""What the two implementations share: state, and the order of calls.

A recorded step goes shard by shard, so that weights, gradient and the copy made before the step
are still in cache when they are measured; the start is the only extra read from memory::

    drift.open(chord_from_last=..., keep_last=...)
    for k in range(len(shards)):
        drift.before(k)                   # keep the shard's values
        optimizer k .step()
        drift.after(k, gradients)         # one pass: sums and flags
    sums = drift.close()                  # (L, len(COLUMNS)) float64
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from paramdyn.parameters import FlatParameters, Shard

COLUMNS = (
    "squared_norm",
    "squared_displacement",
    "squared_update",
    "squared_chord",
    "squared_gradient",
    "changed",
    "sign_changed",
    "sign_defined",
)
"""What one pass gives per parameter; the counts are whole numbers held in float64."""


class DriftPass(ABC):
    """Measures all trainable parameters against their start, shard by shard.

    Args:
        flat: The parameters.
        start: Their values at step 0, laid out like ``flat.values``.
        shards: As the optimizer steps them.

    Attributes:
        ever_gradient: One bit a scalar: a gradient other than 0 was seen. Shape: (P' / 8,).
        ever_changed: One bit a scalar: its bits differed from the start's at some record.
        last: Values at the record before this one, when a chord from there is wanted.
        carries: Whether ``after`` can leave the present values where ``before`` of the next step
            would put them, which saves a copy: with one shard, where nothing but the optimizer
            changes parameters.
        carried: Whether it has done so. Set it to False after changing ``flat.values``.
    """

    name = ""

    def __init__(self, flat: FlatParameters, start: Tensor, shards: Sequence[Shard]) -> None:
        self.flat = flat
        self.start = start
        self.shards = tuple(shards)
        flags = flat.values.numel() // 8
        self.ever_gradient = torch.zeros(flags, dtype=torch.uint8, device=start.device)
        self.ever_changed = torch.zeros(flags, dtype=torch.uint8, device=start.device)
        self.last: Tensor | None = None
        largest = max((shard.stop - shard.start for shard in self.shards), default=0)
        self.scratch = torch.empty(largest, device=start.device)
        self.carries = False
        self.carried = False
        self._chord_from_last = False
        self._keep_last = False
        self._carry = False
        self._has_before = False
        self._copies = [
            (self.scratch[: shard.stop - shard.start], flat.values[shard.start : shard.stop])
            for shard in self.shards
        ]

    def open(
        self,
        *,
        chord_from_last: bool,
        keep_last: bool,
        follows: bool = False,
        followed: bool = False,
    ) -> None:
        """Begin a record.

        Args:
            chord_from_last: Measure the distance from ``last`` too.
            keep_last: Make ``last`` the values of this record.
            follows: The step before this one was recorded, too.
            followed: The next one probably will be.
        """
        self._has_before = follows and self.carried
        self.carried = False
        self._carry = self.carries and followed and not keep_last
        self._chord_from_last = chord_from_last and self.last is not None
        self._keep_last = keep_last
        if keep_last and self.last is None:
            self.last = torch.zeros_like(self.start)
        self._begin()

    def open_alike(self) -> bool:
        """Begin a record as the one before, between two recorded steps; tell whether that is done.

        It is where the pass ``carries``, and was told so. Elsewhere nothing is begun.
        """
        return False

    @abstractmethod
    def _begin(self) -> None:
        """Make room for the sums of a record, all zero."""

    def before(self, k: int, kept: Tensor | None = None) -> None:
        """Keep the values of shard ``k``, about to be stepped.

        Args:
            k: Index of the shard.
            kept: A copy of ``flat.values`` from before, when all has been stepped already.
        """
        if self._has_before and kept is None:
            return
        scratch, values = self._copies[k]
        if kept is not None:
            values = kept[self.shards[k].start : self.shards[k].stop]
        scratch.copy_(values)

    @abstractmethod
    def after(self, k: int, gradients: Sequence[Tensor | None]) -> None:
        """Measure shard ``k``, just stepped.

        Args:
            k: Index of the shard.
            gradients: One a piece of the shard, of any shape, dense, and in the order of the
                flat buffer. None: it got no gradient.
        """

    @abstractmethod
    def close(self) -> Tensor:
        """Return the record's sums, shape (L, len(COLUMNS)), float64, on the parameters' device."""


def unpack_flags(flags: Tensor, start: int, count: int) -> Tensor:
    """Return bits ``start`` to ``start + count`` of packed ``flags`` as booleans, shape (count,).

    ``start`` must be a multiple of 8.
    """
    packed = flags[start // 8 : -(-(start + count) // 8)]
    shifts = torch.arange(8, dtype=torch.uint8, device=flags.device)
    return ((packed[:, None] >> shifts) & 1).bool().view(-1)[:count]
