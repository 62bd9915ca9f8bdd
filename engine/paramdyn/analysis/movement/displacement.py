"""Between two states of a model: norms, displacement and signs, with and without dead weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from torch import Tensor

from paramdyn.analysis.subjects import State
from paramdyn.errors import ShapeMismatch
from paramdyn.store.manifest import ParameterInfo
from paramdyn.store.snapshot_distance import Distance, distance

Masks = Mapping[str, Tensor]
"""Parameter -> True for scalars that no input can ever give a gradient. Shape: its own."""


@dataclass(frozen=True, slots=True)
class Displacement:
    """A group of scalars, from a first state to a second.

    Attributes:
        name: Of the parameter, layer or kind; ``total`` for all.
        every: All scalars.
        live: Those that some input can give a gradient.
        expected_sign_changes: Scalars whose sign would differ if the start were normal and the
            displacement independent of it, with the root mean squares that were found.
    """

    name: str
    every: Distance
    live: Distance
    expected_sign_changes: float

    @property
    def relative_to_start(self) -> float | None:
        """‖θ_T - θ_0‖ / ‖θ_0‖; None where the start is zero."""
        return self.every.relative

    @property
    def relative_to_end(self) -> float | None:
        """‖θ_T - θ_0‖ / ‖θ_T‖, the "change rate" of the original study; None where that is zero."""
        end = math.sqrt(self.every.squared_b)
        return self.every.l2 / end if end else None

    @property
    def live_relative(self) -> float | None:
        """The same as ``relative_to_start`` over live scalars only."""
        return self.live.relative

    @property
    def sign_changes(self) -> float | None:
        """Share of live scalars that are zero in neither state whose signs differ."""
        return self.live.opposite_share

    @property
    def sign_change_null(self) -> float | None:
        """What ``sign_changes`` is when the displacement knows nothing of the start."""
        return self.expected_sign_changes / self.live.signed if self.live.signed else None


def displacements(
    start: State,
    end: State,
    parameters: Sequence[ParameterInfo],
    masks: Masks,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Displacement]:
    """Return how far each parameter is from its start, in the order of ``parameters``.

    Args:
        start: Values at the first moment; read tensor by tensor.
        end: Values at the second.
        parameters: What counts; buffers do not.
        masks: Which scalars are not live.
        progress: Called with (parameters done, parameters).

    Raises:
        ShapeMismatch: A parameter is missing or has another shape.
    """
    found = []
    for done, row in enumerate(parameters, 1):
        a, b = start.get(row.name), end.get(row.name)
        if a is None or b is None or a.shape != b.shape:
            shapes = [None if x is None else tuple(x.shape) for x in (a, b)]
            raise ShapeMismatch(
                f"distance: '{row.name}' is {shapes[0]} in the one and {shapes[1]} in the other. "
                "Expected equal shapes. Compare states of one model."
            )
        found.append(_displacement(row.name, a, b, masks.get(row.name)))
        progress(done, len(parameters))
    return found


def together(name: str, parts: Iterable[Displacement]) -> Displacement:
    """Return the displacement of several groups as one: squares add up, means do not."""
    every, live, expected = Distance(), Distance(), 0.0
    for part in parts:
        every, live = every + part.every, live + part.live
        expected += part.expected_sign_changes
    return Displacement(name, every, live, expected)


def grouped(
    parts: Sequence[Displacement], parameters: Sequence[ParameterInfo], by: str
) -> list[Displacement]:
    """Return displacements by ``layer`` or ``kind`` of the parameter table, in its order."""
    groups: dict[str, list[Displacement]] = {}
    for part, row in zip(parts, parameters, strict=True):
        groups.setdefault(str(getattr(row, by)), []).append(part)
    return [together(name, members) for name, members in groups.items()]


def named_by(globs: Sequence[str], parameter: str) -> bool:
    """Tell whether a parameter is asked about; without globs every one is."""
    return not globs or any(fnmatchcase(parameter, glob) for glob in globs)


def _displacement(name: str, a: Tensor, b: Tensor, mask: Tensor | None) -> Displacement:
    every = distance(a.numpy(), b.numpy())
    live = every
    if mask is not None:
        alive = ~mask.numpy()
        live = distance(a.numpy()[alive], b.numpy()[alive])
    return Displacement(name, every, live, _expected_sign_changes(live))


def _expected_sign_changes(live: Distance) -> float:
    """Return signed * arctan(tau / sigma) / pi, for a displacement independent of the start."""
    if not live.squared_a or not math.isfinite(live.squared):
        return 0.0
    return live.signed * math.atan2(math.sqrt(live.squared), math.sqrt(live.squared_a)) / math.pi
