"""Lines made in bulk have the bytes that one line at a time has."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.measurements.kernels import native_library
from paramdyn.measurements.measurement import Values
from paramdyn.recording.lines import LineEncoder
from paramdyn.store.records import encode_measurement

needs_compiler = pytest.mark.skipif(
    native_library.find_compiler() is None, reason="no C compiler on this machine"
)
NAMES = ["displacement", 'odd "näme" %d inf 0.00000000']


def one_by_one(steps, results, names=NAMES):
    return "".join(
        encode_measurement(step, name, row[index].total, row[index].values)
        for index, step in enumerate(steps)
        for name, row in zip(names, results, strict=True)
    )


def check(values, *, quick=True):
    """Two measurements at one step: of ``values``, and of them backwards."""
    lines = [Values(list(row[:-1]), row[-1]) for row in (values, values[::-1])]
    results = [[line] for line in lines]
    encoder = LineEncoder(NAMES, len(values) - 1)
    expected = one_by_one([7], results)
    assert encoder.encode([7], results) == expected
    if quick:
        assert encoder._quickly([7], results) == expected


@needs_compiler
@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3],
        [1e-4, 9.99999999e-5, 9.999999994e-5, 0.00012345, 1e-5, 1.5e-30 * 1e5],
        [12345678.5, 99999999.0, 9.99999999, 999.999999999, 1e9, 1e22],
        [0.5, 0.25, None, 3.0, 1e-7, 1e16],
        [None, None],
        [0.31, None, 100.0, 12345678.0, 1e-300 * 1e280],
        [1.0],
    ],
)
def test_the_bytes_are_those_of_one_line(values):
    check(values)


@pytest.mark.parametrize(
    "values",
    [
        [math.nan, 1.0],
        [1.0, math.inf],
        [123456789.0, 1.0],
        [1e-200, 1e200],
        [1.000000005, 2.0],
        [3, 1.0],
        [None, 3, 1.0],
        [True, None],
    ],
    ids=str,
)
def test_what_is_no_usual_number_is_left_to_python(values):
    check(values, quick=False)


def test_counts_by_class_are_left_to_python():
    results = [[Values({"dead": [1, 2]}, {"dead": 3})], [Values([0.5, 1.0], 2.0)]]
    assert LineEncoder(NAMES, 2).encode([3], results) == one_by_one([3], results)


def test_without_a_compiler_the_bytes_are_the_same(monkeypatch):
    monkeypatch.setattr(native_library, "load", lambda: None)
    results = [[Values([0.5, None], 2.0)], [Values([0.5, 1.0], 2.0)]]
    encoder = LineEncoder(NAMES, 2)
    assert encoder._quickly([3], results) == ""
    assert encoder.encode([3], results) == one_by_one([3], results)


@needs_compiler
def test_rows_follow_each_other():
    steps = [0, 9, 2**40]
    results = [[Values([0.5 * s], 1.0 + s) for s in steps], [Values([None], 2.0) for _ in steps]]
    assert LineEncoder(NAMES, 1).encode(steps, results) == one_by_one(steps, results)


@needs_compiler
def test_many_random_numbers_are_written_alike():
    """Of all sizes, and near the powers of ten and the halves where rounding decides."""
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**64, 20_000, dtype=np.uint64).view("f8")
    sizes = 10.0 ** random.uniform(-12, 8, 20_000) * random.choice([-1, 1], 20_000)
    near = np.round(sizes, 3) * (1 + random.integers(-4, 5, 20_000) * 2.0**-52)
    halves = np.array([float(f"{v:.8e}"[:10] + "5" + f"{v:.8e}"[10:]) for v in abs(sizes)])
    powers = np.nextafter(10.0 ** random.integers(-9, 9, 20_000), random.choice([0, 9e9], 20_000))
    encoder = LineEncoder(["x"], 4)
    quick = 0
    for line in np.stack([sizes, near, powers, halves, bits], axis=1).tolist():
        for values in ([*line[:3], line[0]], line[1:4]):
            padded = (values + [0.5] * 4)[:4]
            results = [[Values(padded, 0.25)]]
            expected = one_by_one([1], results, ["x"])
            assert encoder.encode([1], results) == expected
            quick += bool(encoder._quickly([1], results))
    assert quick > 15_000


NUMBERS = st.one_of(
    st.none(),
    st.floats(),
    st.integers(0, 2**64 - 1).map(lambda b: struct.unpack("<d", struct.pack("<Q", b))[0]),
    st.floats(-1e8, 1e8),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_any_line_is_written_alike(values):
    check(values, quick=False)
