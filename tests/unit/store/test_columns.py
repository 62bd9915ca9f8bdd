import json
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.store import columns
from paramdyn.store.columns import read_columns
from paramdyn.store.records import RecordWriter, decode, encode, read

KEYS = ("epoch", "train/loss", "test/accuracy", "text", "odd")
NUMBERS = st.floats(width=32) | st.floats() | st.integers() | st.integers(-(2**70), 2**70)
VALUES = NUMBERS | st.none() | st.booleans() | st.sampled_from(["abc", "1.5", ""]) | st.just([1.0])


def plain(value):
    """What a column should hold for a value that ``records.read`` gives, None when nothing."""
    return float(value) if type(value) in (int, float) else None


def check_against_read(path, found):
    records, end = read(path)
    assert end == found.offset
    assert [record["step"] for record in records] == found.step.tolist()
    numbers = {
        key: [plain(record.get(key)) for record in records]
        for record in records
        for key in record
        if key != "step"
    }
    numbers = {key: row for key, row in numbers.items() if any(v is not None for v in row)}
    assert set(numbers) == set(found.values)
    for key, row in numbers.items():
        np.testing.assert_array_equal([v is not None for v in row], found.recorded[key])
        np.testing.assert_array_equal([math.nan if v is None else v for v in row], found[key])


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES)),
    tail=st.sampled_from(["", "{"]),
    chunk=st.sampled_from([1, 2, 3, 1024]),
)
def test_columns_hold_what_the_records_hold(tmp_path_factory, rows, tail, chunk):
    path = tmp_path_factory.mktemp("records") / "metrics.jsonl"
    lines = [encode({"step": step, **row}) for step, row in enumerate(rows)]
    path.write_bytes(b"".join(lines) + tail.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "CHUNK", chunk)
        check_against_read(path, read_columns(path))


@settings(max_examples=300, deadline=None)
@given(line=st.binary(max_size=12) | st.sampled_from([
    b'{"step":1}{"step":2}', b'{"step":1},{"step":2}', b"[]", b"1", b'{"step":NaN}', b'{"a":1,}',
    b'{"step":3,"a":"\\ud800"}', b'{"step":3,"a":1e999}', b' {"step" : 3 } ', b'{"step":3}\r',
]))  # fmt: skip
def test_the_same_lines_are_corrupt_as_for_records(tmp_path_factory, line):
    path = tmp_path_factory.mktemp("records") / "metrics.jsonl"
    path.write_bytes(b'{"step":0,"a":0.5}\n' + line + b'\n{"step":9,"a":0.25}\n')
    try:
        records, _ = read(path)
    except RunIncomplete as error:
        with pytest.raises(RunIncomplete, match=f"^{re.escape(str(error))}$"):
            read_columns(path)
        return
    if all(type(record.get("step")) is int for record in records):
        check_against_read(path, read_columns(path))


def test_reading_goes_on_where_it_ended(tmp_path):
    path = tmp_path / "metrics.jsonl"
    with RecordWriter(path) as writer:
        writer.append({"step": 0, "a": 0.5})
        first = read_columns(path)
        writer.append_all([{"step": 1, "a": 1.5}, {"step": 2, "b": 2.5}])
        second = read_columns(path, offset=first.offset)
        assert [1, 2] == second.step.tolist()
        assert writer.offset == second.offset
        third = read_columns(path, offset=second.offset)
    assert (0, second.offset) == (len(third), third.offset)
    assert 0 == len(read_columns(path, offset=second.offset + 5))


def test_offset_within_a_line_is_refused(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(encode({"step": 0, "a": 0.5}) * 2)
    with pytest.raises(RunIncomplete, match="byte 5 is not the start of a line"):
        read_columns(path, offset=5)


def test_only_what_is_asked_for_is_returned(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(encode({"step": 0, "a": 0.5, "b": 1.0}))
    found = read_columns(path, ["b", "c"])
    assert ["b", "c"] == list(found.values)
    assert [1.0] == found["b"].tolist()
    assert not found.recorded["c"].any()
    assert "a" not in found


def test_curve_leaves_out_what_was_not_recorded_and_keeps_what_is_not_finite(tmp_path):
    path = tmp_path / "metrics.jsonl"
    values = [0.5, None, math.nan, -math.inf]
    path.write_bytes(b"".join(encode({"step": s, "a": v}) for s, v in enumerate(values)))
    steps, curve = read_columns(path).curve("a")
    assert [0.0, 2.0, 3.0] == steps.tolist()
    np.testing.assert_array_equal([0.5, np.nan, -np.inf], curve)


@pytest.mark.parametrize(("step", "words"), [(2**70, "as 'step'"), (2**63, "beyond 64 bits")])
def test_step_beyond_64_bits_is_told(tmp_path, step, words):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{{"step":{step}}}\n')
    with pytest.raises(RunIncomplete, match=words):
        read_columns(path)


def test_numbers_beyond_a_float_are_infinite(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        f'{{"step":0,"a":{10**400}}}\n{{"step":1,"a":null}}\n{{"step":2,"a":-{10**400}}}\n'
    )
    np.testing.assert_array_equal([math.inf, math.nan, -math.inf], read_columns(path)["a"])


@pytest.mark.parametrize("step", ["1.5", '"nan"', "null", "true", '"x"'])
def test_record_without_a_step_is_named(tmp_path, step):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{{"step":0}}\n{{"step":{step}}}\n')
    assert decode(path.read_bytes().splitlines()[1])
    with pytest.raises(
        RunIncomplete, match=r"line 2 has .* as 'step', a whole number was expected"
    ):
        read_columns(path)


def test_line_is_counted_from_the_start_of_the_file(tmp_path):
    path = tmp_path / "metrics.jsonl"
    first = b'{"step":0}\n'
    path.write_bytes(first * 3 + b"{}\n")
    with pytest.raises(RunIncomplete, match="line 4 has None as 'step'"):
        read_columns(path, offset=2 * len(first))


def test_missing_file_is_empty_and_a_folder_is_told(tmp_path):
    found = read_columns(tmp_path / "metrics.jsonl", ["a"])
    assert (0, 0, 0) == (len(found), found.offset, len(found["a"]))
    with pytest.raises(StoreError, match="cannot be read"):
        read_columns(tmp_path)


def test_orjson_and_json_agree_on_every_float(tmp_path):
    generator = np.random.default_rng(0)
    numbers = generator.integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
    numbers = numbers[np.isfinite(numbers)].tolist()
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"step":1,"a":{json.dumps(n)}}}\n' for n in numbers))
    assert numbers == read_columns(path)["a"].tolist()
