"""Arithmetic over the sums of a record: the definition that every built-in quantity is given by.

A ``Quantity`` says what is computed from columns of L + 1 numbers, one for each parameter and the
total last::

    root("squared_displacement") / root("squared_norm_start")

It is kept as a list of words in postfix order, so that two interpreters can follow it: ``over``,
here, in numpy and many records at a time; and ``native/rows.c``, one record at a time. Both do the
same operations of IEEE arithmetic in the same order, and so give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramdyn.measurements import kernels

Array = NDArray[Any]

SUM_COLUMNS = (*kernels.COLUMNS, "counts", "squared_norm_start")
"""Columns that are sums over scalars: their totals are the sums of their values. See ``Sums``."""
COLUMNS = (*SUM_COLUMNS, "path", "trainable")
"""What a quantity may be computed from. ``path``: length of the path so far; its total is that of
the whole vector. ``trainable``: 1 or, for a frozen parameter, 0; its total is 1."""

OPERATIONS = ("column", "number", "root", "minus", "times", "over", "unless_zero", "within")
"""Their places are the codes that ``native/rows.c`` knows them by."""

_TAKES = {
    "root": 1, "minus": 2, "times": 2, "over": 2, "unless_zero": 2, "within": 3
}  # fmt: skip
"""How many columns an operation takes; it leaves one."""

Word = str | float
"""The name of a column, a number, or an operation on what came before."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Arithmetic on columns, made with operators from ``given`` and ``root``.

    A quotient over zero is undefined, and so is whatever is computed from it.

    Attributes:
        words: What to do, in postfix order.
    """

    words: tuple[Word, ...]

    def __post_init__(self) -> None:
        held = 0
        for word in self.words:
            if isinstance(word, str) and word not in _TAKES and word not in COLUMNS:
                raise ValueError(f"unknown word '{word}'. Make quantities with operators.")
            held -= _TAKES.get(str(word), 0)
            if held < 0:
                raise ValueError(
                    f"'{word}' has nothing to work on. Make quantities with operators."
                )
            held += 1
        if held != 1:
            raise ValueError(f"{held} results. Make quantities with operators.")

    def __truediv__(self, other: Quantity) -> Quantity:
        return Quantity((*self.words, *other.words, "over"))

    def __mul__(self, other: Quantity) -> Quantity:
        return Quantity((*self.words, *other.words, "times"))

    def __rmul__(self, other: float) -> Quantity:
        return Quantity((float(other),)) * self

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity((*self.words, *other.words, "minus"))

    def within(self, low: float, high: float) -> Quantity:
        """Return it limited to [low, high]; NaN stays NaN."""
        return Quantity((*self.words, float(low), float(high), "within"))

    def unless_zero(self, *others: Quantity) -> Quantity:
        """Return it, undefined where one of ``others`` is zero."""
        words = self.words
        for other in others:
            words = (*words, *other.words, "unless_zero")
        return Quantity(words)

    @property
    def depth(self) -> int:
        """How many columns it holds at a time, at most."""
        sizes = [1 - _TAKES.get(str(word), 0) for word in self.words]
        return max(accumulate(sizes))

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns that it is computed from."""
        return frozenset(word for word in self.words if word in COLUMNS)

    def over(self, column: Callable[[str], Array | None]) -> Array | None:
        """Compute it.

        Args:
            column: Gives a column by its name; shapes must broadcast. None: it does not exist.

        Returns:
            The values, masked where undefined. None: undefined, because a column does not exist.
        """
        columns = {name: column(name) for name in self.columns}
        if any(values is None for values in columns.values()):
            return None
        stack: list[Array] = []
        undefined: Array = np.zeros((), dtype=bool)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            for word in self.words:
                if word in columns:
                    stack.append(np.asarray(columns[str(word)], dtype=np.float64))
                elif isinstance(word, float):
                    stack.append(np.asarray(word))
                elif word in _DIVIDES:
                    undefined = undefined | (stack[-1] == 0)
                    _operate(word, stack)
                else:
                    _operate(word, stack)
        return undefined_where(undefined, stack.pop())


_DIVIDES = ("over", "unless_zero")


def _operate(word: str, stack: list[Array]) -> None:
    """Replace what ``word`` works on, at the end of ``stack``, by its result."""
    last = stack.pop()
    if word == "root":
        stack.append(np.sqrt(last))
    elif word == "within":
        low, values = stack.pop(), stack.pop()
        raised = np.where(values <= low, low, values)  # clip leaves the sign of a zero open
        stack.append(np.where(raised >= last, last, raised))
    elif word != "unless_zero":
        operator = {"minus": np.subtract, "times": np.multiply, "over": np.divide}[word]
        stack.append(operator(stack.pop(), last))


def given(name: str) -> Quantity:
    """Return a column as it is.

    Raises:
        ValueError: There is none of that name.
    """
    if name not in COLUMNS:
        raise ValueError(f"unknown column '{name}'. Known are {', '.join(COLUMNS)}.")
    return Quantity((name,))


def root(name: str) -> Quantity:
    """Return the square roots of a column: of summed squares, norms.

    Raises:
        ValueError: There is none of that name.
    """
    return Quantity((*given(name).words, "root"))


def totals(values: Array) -> Array:
    """Return the sum of each row, shape (..., 1), added in the order that ``rows.c`` has, too.

    It is numpy's for rows of so many numbers, whatever the other rows are.
    """
    added: Array = np.ascontiguousarray(values).sum(axis=-1, keepdims=True)
    return added


def exact_sum(values: Sequence[float]) -> float:
    """Return a sum that is rounded once: the order of the values changes no bit.

    Infinity where it is beyond the largest number; NaN if there are infinities of both signs.
    """
    try:
        return math.fsum(values)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def undefined_where(undefined: Array, values: Array) -> Array:
    """Return the values masked where ``undefined``, which broadcasts to them, is true."""
    if not undefined.any():
        return values
    return np.ma.MaskedArray(values, mask=np.broadcast_to(undefined, values.shape))
