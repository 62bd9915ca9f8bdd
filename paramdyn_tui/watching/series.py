"""Numbers that are only ever appended, and views of them that never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Bools: TypeAlias = "NDArray[np.bool_]"

_FIRST_ROOM = 64


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What one quantity was at each step where it was recorded. Nothing changes it later.

    Attributes:
        steps: Updates done, as the file has them. Read only. Shape (N,).
        values: NaN and infinities are results. Read only. Shape (N,).
        revision: Another one for other content of the same quantity of the same run.
    """

    steps: Floats
    values: Floats
    revision: int

    def __len__(self) -> int:
        return len(self.values)

    @property
    def last(self) -> float | None:
        """The newest value; None when there is none."""
        return float(self.values[-1]) if len(self.values) else None


class GrowingArray:
    """Rows that are appended, with room to spare: appending costs a copy only now and then.

    A view is of the rows up to now. It stays as it is whatever is appended.

    Args:
        dtype: Of the rows' entries.
        width: Entries a row; None: a row is a scalar.
    """

    def __init__(
        self, dtype: type[np.float64 | np.bool_] = np.float64, width: int | None = None
    ) -> None:
        self._shape = () if width is None else (width,)
        self._room = np.empty((0, *self._shape), dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, rows: Floats | Bools | NDArray[np.int64]) -> None:
        """Add rows. Shape (M,) or (M, width)."""
        needed = self._length + len(rows)
        if needed > len(self._room):
            # pages of it that are not written yet take no memory
            room = np.empty((max(_FIRST_ROOM, needed * 3 // 2), *self._shape), self._room.dtype)
            room[: self._length] = self._room[: self._length]
            self._room = room
        self._room[self._length : needed] = rows
        self._length = needed

    def view(self) -> Any:  # noqa: ANN401 - an array of the dtype that was asked for
        """Return the rows so far, read only. Shape (N,) or (N, width)."""
        seen = self._room[: self._length]
        seen.flags.writeable = False
        return seen


class GrowingTable:
    """Several quantities over steps; those that are recorded together share their steps.

    Args:
        leave_out: Quantities that are not kept.
    """

    def __init__(self, leave_out: Sequence[str] = ()) -> None:
        self._left_out = frozenset(leave_out)
        self._steps: dict[str, GrowingArray] = {}
        self._values: dict[str, GrowingArray] = {}

    def append(
        self, step: NDArray[np.int64], values: dict[str, Floats], recorded: dict[str, Bools]
    ) -> None:
        """Add records: those of each quantity where it is recorded. Shape (T,) each."""
        known = {name: each for name, each in recorded.items() if name not in self._left_out}
        for name in known:
            if name not in self._values:
                self._values[name] = GrowingArray()
                self._steps[name] = GrowingArray()
        self._group({name: each for name, each in known.items() if each.any()})
        masks: dict[int, Bools] = {}
        for name, here in known.items():
            self._values[name].append(values[name][here])
            masks[id(self._steps[name])] = here
        for steps in {id(each): each for each in self._steps.values()}.values():
            if id(steps) in masks:
                steps.append(step[masks[id(steps)]])

    def views(self) -> dict[str, tuple[Floats, Floats]]:
        """Return steps and values of each quantity, in the order in which they first came.

        Quantities that were recorded together have the same array of steps.
        """
        steps = {id(each): each.view() for each in self._steps.values()}
        return {
            name: (steps[id(self._steps[name])], values.view())
            for name, values in self._values.items()
        }

    def _group(self, known: dict[str, Bools]) -> None:
        """Let quantities share steps if they always were recorded together, here too."""
        shared: dict[tuple[int, bytes], GrowingArray] = {}
        given: set[int] = set()
        for name, steps in self._steps.items():
            here = known[name].tobytes() if name in known else b""
            place = (id(steps) if len(steps) else 0, here)
            if place not in shared:
                shared[place] = _copy(steps) if id(steps) in given else steps
                given.add(id(steps))
            self._steps[name] = shared[place]


def _copy(steps: GrowingArray) -> GrowingArray:
    copied = GrowingArray()
    copied.append(steps.view())
    return copied
