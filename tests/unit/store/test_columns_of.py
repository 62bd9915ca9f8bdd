"""Lines that were read already, as columns: the same as the whole file gives, and what is odd."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.store.columns import CHUNK, columns_of, read_columns
from paramdyn.store.records import encode

numbers = st.one_of(
    st.none(), st.integers(-(2**70), 2**70), st.floats(), st.sampled_from(["nan", "inf", "-inf"])
)
records = st.lists(
    st.fixed_dictionaries(
        {"step": st.integers(0, 10**6)},
        optional={"a/loss": numbers, "b/loss": numbers, "text": st.text(), "flag": st.booleans()},
    ),
    max_size=12,
)  # fmt: skip


def equal(one, other):
    assert list(one.values) == list(other.values)
    assert np.array_equal(one.step, other.step)
    for name in one.values:
        assert np.array_equal(one.values[name], other.values[name], equal_nan=True)
        assert np.array_equal(one.recorded[name], other.recorded[name])


@given(records, st.sampled_from([None, ["b/loss"]]))
@settings(max_examples=80, deadline=None)
def test_lines_give_what_their_file_gives(tmp_path_factory, found, keys):
    path = tmp_path_factory.mktemp("c") / "metrics.jsonl"
    path.write_bytes(b"".join(map(encode, found)))
    columns, odd = columns_of(path.read_bytes().split(b"\n")[:-1], keys)
    assert [] == odd
    assert path.stat().st_size == columns.offset
    equal(read_columns(path, keys), columns)


def test_many_lines_with_a_key_that_comes_late():
    lines = [json.dumps({"step": step, "a": step}).encode() for step in range(CHUNK + 3)]
    lines[-1] = json.dumps({"step": CHUNK + 2, "b": 0.5}).encode()
    columns, odd = columns_of(lines)
    assert ([], ["a", "b"], CHUNK + 3) == (odd, list(columns.values), len(columns))
    assert columns.recorded["a"].sum() == CHUNK + 2
    assert 0.5 == columns.values["b"][-1]


@pytest.mark.parametrize(
    "line",
    [b"", b"nonsense", b"[1]", b'{"step":1.0}', b'{"step":"1"}', b'{"step":true}', b"{}",
     b'{"step":99999999999999999999}', b'{"step":1,"a":NaN}', b"\xff", b"[" * 100_000],
)  # fmt: skip
def test_odd_lines_are_named_and_the_others_count(line):
    columns, odd = columns_of([b'{"step":1,"a":2}', line, b'{"step":3,"a":"inf"}'])
    assert [1] == odd
    assert ([1, 3], [2.0, np.inf]) == (columns.step.tolist(), columns.values["a"].tolist())


def test_no_lines_are_no_records():
    columns, odd = columns_of([])
    assert (0, {}, []) == (len(columns), columns.values, odd)
