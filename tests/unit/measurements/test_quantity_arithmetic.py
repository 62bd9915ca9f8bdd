"""Quantities as numpy computes them; that C gives the same bytes is tested with the recorder."""

import math

import numpy as np
import pytest

from paramdyn.measurements import Measurement, Sums
from paramdyn.measurements.measurement import SUM_FIELDS
from paramdyn.measurements.quantity import (
    COLUMNS,
    OPERATIONS,
    Quantity,
    exact_sum,
    given,
    root,
)

A, B = given("changed"), given("counts")


def computed(quantity, **columns):
    """What a quantity is of these columns: numbers, NaN, None where undefined."""
    return quantity.over(lambda name: np.array(columns[name])).tolist()


def test_operators_are_arithmetic():
    columns = {"changed": [6.0, 0.5], "counts": [2, 4], "squared_norm": [9.0, 16.0]}
    assert computed(A / B, **columns) == [3.0, 0.125]
    assert computed(A * B - A, **columns) == [6.0, 1.5]
    assert computed(2.0 * root("squared_norm") * A, **columns) == [36.0, 4.0]
    assert computed((A - B) / (A - A), **columns) == [None, None]
    assert computed(A.within(1.0, 5.0), **columns) == [5.0, 1.0]


def test_a_quotient_is_undefined_over_zero_and_keeps_nan():
    quotients = computed(A / B, changed=[0.0, 1.0, 6.0, math.nan], counts=[0.0, 0.0, 2.0, 2.0])
    assert quotients[:3] == [None, None, 3.0]
    assert math.isnan(quotients[3])


def test_what_is_computed_from_something_undefined_is_undefined():
    assert computed(A / B - A, changed=[1.0, 1.0], counts=[0.0, 2.0]) == [None, -0.5]
    unless = (A - A).unless_zero(A, B)
    assert computed(unless, changed=[1.0, 0.0, 2.0], counts=[1.0, 1.0, 0.0]) == [0.0, None, None]


def test_limits_leave_nan_and_no_negative_zero():
    limited = computed(A.within(0.0, 2.0), changed=[math.nan, -0.0, -3.0, math.inf])
    assert list(map(repr, limited)) == ["nan", "0.0", "0.0", "2.0"]


def test_an_absent_column_makes_everything_undefined():
    assert (A / B).over(lambda name: None if name == "counts" else np.ones(2)) is None


def test_whole_numbers_become_fractions():
    assert [type(value) for value in computed(B, counts=[1, 2])] == [float, float]


def test_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match=r"unknown column 'norm'\. Known are squared_norm"):
        given("norm")


@pytest.mark.parametrize(
    "words", [("over",), ("changed", "minus"), ("changed", "counts"), (), ("x",)]
)
def test_words_that_mean_nothing_are_refused(words):
    """C follows them without looking."""
    with pytest.raises(ValueError, match="Make quantities with operators"):
        Quantity(words)


def test_the_depth_is_the_most_columns_at_a_time():
    assert [q.depth for q in (A, A / B, A / B - A, A - (B - (A - B)), A.within(0, 1))] == [
        1, 2, 2, 4, 3
    ]  # fmt: skip


def test_columns_and_operations_are_told_apart():
    assert not set(COLUMNS) & set(OPERATIONS)
    assert SUM_FIELDS == {name for name in Sums.__slots__ if not name.startswith("_")}


def test_a_measurement_knows_what_its_quantity_needs():
    about = {"name": "x", "unit": "ratio", "formula": "", "reference": ""}
    made = Measurement(**about, quantity=(A / given("path")).unless_zero(given("trainable")))
    assert made.needs == {"changed", "squared_chord"}
    with pytest.raises(ValueError, match="'x': has neither a quantity nor a compute function"):
        Measurement(**about)


def test_a_sum_is_rounded_once():
    assert exact_sum([1.0, 1e100, 1.0, -1e100]) == 2.0
    assert exact_sum([1e308, 1e308]) == math.inf
    assert math.isnan(exact_sum([math.inf, -math.inf]))
