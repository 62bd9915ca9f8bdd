"""Sets of units that turn out to be the same, and the axes that run over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a tensor over the units of a group.

    Attributes:
        tensor: Name in the state_dict.
        axis: Which axis.
        repeats: Consecutive entries per unit: more than one where a map was flattened.
    """

    tensor: str
    axis: int
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Power:
    """An axis, and the power of a unit's scale c that it is multiplied by."""

    axis: Axis
    power: int


@dataclass(frozen=True, slots=True)
class NormPair:
    """A layer whose output goes to one batch normalisation with a weight and nowhere else.

    Attributes:
        layer: Module name; its filters, and its bias if it has one, carry the sign.
        norm: Module name; its weight and its running mean carry the sign, too.
        group: Name of the permutation of these units, empty where they are fixed.
    """

    layer: str
    norm: str
    group: str


@dataclass(slots=True)
class Space:
    """Units that go together, and the axes over them."""

    name: str
    size: int
    fixed: bool
    entries: list[Power] = field(default_factory=list)


class Spaces:
    """Sets of units that can be found to be the same."""

    def __init__(self) -> None:
        self._spaces: list[Space] = []
        self._same: list[int] = []

    def add(self, name: str, size: int, *, fixed: bool = False) -> int:
        """Return the number of a set of its own."""
        self._spaces.append(Space(name, size, fixed))
        self._same.append(len(self._same))
        return len(self._same) - 1

    def find(self, number: int) -> int:
        """Return the number that stands for the set."""
        while self._same[number] != number:
            number = self._same[number]
        return number

    def get(self, number: int) -> Space:
        """Return the set."""
        return self._spaces[self.find(number)]

    def join(self, first: int, second: int) -> None:
        """Make two sets one; the earlier gives the name."""
        kept, gone = sorted((self.find(first), self.find(second)))
        if kept != gone:
            self._same[gone] = kept
            space, other = self._spaces[kept], self._spaces[gone]
            space.fixed |= other.fixed
            space.entries += other.entries

    def spaces(self) -> Iterator[Space]:
        """Yield each set once, in the order of the pass."""
        yield from (self._spaces[i] for i, same in enumerate(self._same) if i == same)


@dataclass(frozen=True, slots=True)
class Flow:
    """What axis 1 of a map runs over: units, and their scale, each ``repeats`` times."""

    units: int
    scale: int
    repeats: int = 1
