"""What a measurement is, and what it is computed from.

One pass over the parameters leaves float64 sums per parameter (``Sums``); nearly every measurement
is arithmetic over those, and given as a ``Quantity``. R recorded steps go through it together, each
as a row of L + 1 numbers: one per parameter and the total last. Totals come from summed squares,
never from the mean over parameters. No row influences another: how steps are grouped changes no bit
of the results.

A quotient over zero is undefined: masked in an array, ``None`` in the results. NaN and infinities
in a tensor are results and are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from torch import Tensor

from paramdyn.measurements.quantity import SUM_COLUMNS, Array, Quantity, totals

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums over the scalars of each of L parameters, at R steps. Shape of each: (R, L) or (L,).

    theta is now, theta_0 the start, theta_p one step ago, theta_r the last record. All float64,
    accumulated from explicit differences; counts may be integers. A field is None when nothing
    asked for it, or when it does not exist yet (no step, no gradient): what is computed from it is
    then undefined.

    Attributes:
        counts: Number of scalars.
        squared_norm: Sum of theta^2.
        squared_norm_start: Sum of theta_0^2.
        squared_displacement: Sum of (theta - theta_0)^2.
        squared_update: Sum of (theta - theta_p)^2.
        squared_chord: Sum of (theta - theta_r)^2.
        squared_gradient: Sum of g^2, g the loss gradient without weight decay.
        changed: Scalars whose bits differ from theta_0 (-0.0 differs from 0.0, NaN equals NaN).
        sign_changed: Scalars that are positive at one of theta, theta_0, negative at the other.
        sign_defined: Scalars that are neither zero nor NaN at both.
    """

    counts: Array
    squared_norm: Array | None = None
    squared_norm_start: Array | None = None
    squared_displacement: Array | None = None
    squared_update: Array | None = None
    squared_chord: Array | None = None
    squared_gradient: Array | None = None
    changed: Array | None = None
    sign_changed: Array | None = None
    sign_defined: Array | None = None
    _with_totals: dict[str, Array | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def with_total(self, name: str) -> Array | None:
        """Return one field with the sum over parameters appended to each row; None if absent."""
        if name not in self._with_totals:
            values: Array | None = getattr(self, name)
            if values is not None:
                values = np.concatenate([values, totals(values)], axis=-1)
            self._with_totals[name] = values
        return self._with_totals[name]


SUM_FIELDS = frozenset(SUM_COLUMNS)


@dataclass(frozen=True, slots=True)
class DecayInfo:
    """What weight decay alone does to a scalar.

    Attributes:
        ratio: The factor on its start value so far, in closed form; None when no form is known.
        steps: Updates of the parameter so far: each may round once, which widens the comparison
            with ``ratio``.
        alone: Nothing else can have moved a scalar without an observed gradient: every step was
            observed, and the optimizer moves no scalar because of another one's gradient.
    """

    ratio: float | None
    steps: int = 0
    alone: bool = False


class ClassInputs(TypedDict):
    """The keyword arguments of ``classes.classify`` for one parameter; masks have its shape."""

    ever_gradient: Tensor
    ever_changed: Tensor
    structural: Tensor | None
    trainable: bool
    decay: DecayInfo | None


@dataclass(frozen=True, slots=True)
class Values:
    """What was measured at one step.

    Attributes:
        values: One per parameter (or buffer) in the table's order; None is undefined. For
            ``classes``: one list of counts per class.
        total: Over all of them. For ``classes``: one count per class.
    """

    values: list[float | None] | dict[str, list[int]]
    total: float | dict[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that can be measured at R steps of a run.

    The tensors are those of the last of these steps; a measurement that reads them says so with
    ``reads_tensors`` and is given contexts with one row.

    Attributes:
        steps: Number of updates done at each row. Shape: (R,).
        table: The L parameters.
        sums: Sums over each parameter. Shape of each: (R, L), or (L,) for all rows alike.
        path: Path length of each parameter so far, the sum of its chords. Shape: (R, L).
        path_total: Path length of the whole vector, the sum of its chords. Shape: (R,).
        chords: Number of chords in the last row's path.
        values: Gives parameter i as it is now.
        start: Gives parameter i at step 0.
        gradient: Gives the last gradient of parameter i, or None.
        class_inputs: Gives what ``classes.classify`` needs beside values and start of parameter i.
        buffers: (now, start) of each buffer, in the buffer table's order.
    """

    steps: Array
    table: Sequence[ParameterInfo]
    sums: Sums
    path: Array
    path_total: Array
    chords: int
    values: Callable[[int], Tensor]
    start: Callable[[int], Tensor]
    gradient: Callable[[int], Tensor | None]
    class_inputs: Callable[[int], ClassInputs]
    buffers: Sequence[tuple[Tensor, Tensor]] = ()

    def column(self, name: str) -> Array | None:
        """Return a column that a ``Quantity`` names, shape (R, L + 1); None if it is absent."""
        if name == "path":
            return np.append(self.path, self.path_total[..., None], axis=-1)
        if name == "trainable":
            values: Array | None = np.array([*(info.trainable for info in self.table), True])
        else:
            values = self.sums.with_total(name)
        if values is None:
            return None
        return np.broadcast_to(values, (len(self.steps), len(self.table) + 1))

    def results(self, rows: Array | None) -> list[Values]:
        """Return what was measured at each step.

        Args:
            rows: L values and the total of each step, masked where undefined. Shape: (R, L + 1).
                None: everything is undefined.
        """
        length = len(self.table) + 1
        if rows is None:
            rows = np.ma.MaskedArray(np.zeros((len(self.steps), length)), mask=True)
        listed = np.reshape(rows, (len(self.steps), length)).tolist()  # None where masked
        return [Values(row[:-1], row[-1]) for row in listed]


def _not_given(_: Context) -> list[Values]:
    raise NotImplementedError


def _computed(quantity: Quantity, context: Context) -> list[Values]:
    return context.results(quantity.over(context.column))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One quantity, given as arithmetic over the sums or by a function.

    Attributes:
        name: Its name in the catalogue and in ``drift.jsonl``.
        unit: ``weight`` (that of the parameters), ``gradient``, ``ratio``, ``share`` or ``count``.
        formula: What it is, in one line of text.
        reference: Where it comes from.
        quantity: The same as arithmetic, applied to every parameter and to the total. None: only
            ``compute`` knows. Records of quantities are the quickest to write.
        compute: The same as a function. Follows from ``quantity`` where that is given.
        needs: Names of the ``Sums`` fields it is computed from. Likewise.
        reads_tensors: Whether it reads whole tensors, and so has to be taken at the step itself.

    Raises:
        ValueError: It has neither ``quantity`` nor ``compute``.
    """

    name: str
    unit: str
    formula: str
    reference: str
    quantity: Quantity | None = None
    compute: Callable[[Context], list[Values]] = _not_given
    needs: frozenset[str] = frozenset()
    reads_tensors: bool = False

    def __post_init__(self) -> None:
        if self.quantity is not None:
            columns = self.quantity.columns - {"trainable"}
            needs = {"squared_chord" if name == "path" else name for name in columns}
            object.__setattr__(self, "needs", frozenset(needs))
            object.__setattr__(self, "compute", partial(_computed, self.quantity))
        elif self.compute is _not_given:
            raise ValueError(
                f"measurement '{self.name}': has neither a quantity nor a compute function. "
                "Give it one of them."
            )
