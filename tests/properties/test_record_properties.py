import contextlib
import itertools
import math
import os
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.store.non_finite import NON_FINITE, TEXT_FIELDS
from paramdyn.store.records import RecordWriter, decode, encode, read

special = st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 1e-38, -1e-45, 5e-324, 1e308])
floats = st.floats() | special
numbers = floats | st.integers(-(2**63), 2**63) | st.none()
text = st.text().filter(lambda value: value not in NON_FINITE)
keys = st.text(max_size=8).filter(lambda key: key not in TEXT_FIELDS)
scalars = numbers | st.booleans() | text
values = st.recursive(
    scalars | st.lists(numbers, max_size=70),
    lambda children: st.dictionaries(keys, children, max_size=4),
    max_leaves=10,
)
records = st.dictionaries(keys, values, max_size=6)


def expected(value):
    """Return what must come back: floats to nine digits, everything as text that tells types."""
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expected(item) for item in value]
    return repr(float(f"{value:.9g}")) if isinstance(value, float) else repr(value)


@given(records)
def test_round_trip(record):
    line = encode(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert expected(decode(line)) == expected(record)


@given(st.floats(width=32))
def test_fp32_comes_back_exactly(value):
    back = decode(encode({"x": value}))["x"]
    assert repr(np.float32(back)) == repr(np.float32(value))


@given(records)
def test_what_was_read_is_written_the_same(record):
    line = encode(record)
    assert encode(decode(line)) == line


@given(st.dictionaries(st.sampled_from(sorted(TEXT_FIELDS)), st.text() | st.sampled_from(["nan"])))
def test_text_fields_stay_text(record):
    assert decode(encode(record)) == record


@settings(max_examples=15, deadline=None)
@given(st.lists(st.dictionaries(keys, numbers, max_size=3), min_size=1, max_size=4))
def test_cut_anywhere_loses_at_most_the_last_line(written):
    lines = [encode(record) for record in written]
    whole = b"".join(lines)
    ends = list(itertools.accumulate(map(len, lines), initial=0))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metrics.jsonl"
        path.write_bytes(whole)
        for size in range(len(whole), -1, -1):
            os.truncate(path, size)
            count = sum(end <= size for end in ends[1:])
            found, offset = read(path)
            assert expected(found) == expected(written[:count])
            assert offset == ends[count]


@settings(max_examples=25, deadline=None)
@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_a_writer_goes_on_after_a_cut(written, data):
    whole = b"".join(encode(record) for record in written)
    size = data.draw(st.integers(0, len(whole)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metrics.jsonl"
        path.write_bytes(whole[:size])
        kept, _ = read(path)
        with RecordWriter(path) as writer:
            writer.append({"step": 1})
        assert expected(read(path)[0]) == expected([*kept, {"step": 1}])


@given(st.binary(max_size=40).filter(lambda line: b"\n" not in line))
def test_a_line_is_a_record_or_a_value_error(line):
    with contextlib.suppress(ValueError):
        assert isinstance(decode(line), dict)
