import errno
import json
import os

import numpy as np
import pytest

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.store import records
from paramdyn.store.records import RecordWriter, decode, encode, read

NAN = float("nan")
INF = float("inf")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metrics.jsonl"


def write(path, *lines):
    with RecordWriter(path) as writer:
        for line in lines:
            writer.append(line)


def test_a_record_is_one_line_of_json():
    record = {"step": 468, "epoch": 1.0, "train/loss": 0.1, "on": True, "text": 'a "b" \n µ'}
    line = encode(record)
    expected = (
        b'{"step":468,"epoch":1.0,"train/loss":0.1,"on":true,"text":"a \\"b\\" \\n \\u00b5"}\n'
    )
    assert line == expected
    assert json.loads(line) == record


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.333333333"),
        (3.0, "3.0"),
        (3, "3"),
        (-0.0, "-0.0"),
        (1e-38, "1e-38"),
        (1e16, "1e+16"),
        (123456789012.0, "1.23456789e+11"),
        (NAN, '"nan"'),
        (INF, '"inf"'),
        (-INF, '"-inf"'),
        (None, "null"),
        (np.float32(0.1), "0.100000001"),
        (np.int64(7), "7"),
        (np.array([1.5, 2.0]), "[1.5,2.0]"),
        ([0.5, 1.0, -0.0, NAN], '[0.5,1.0,-0.0,"nan"]'),
        ([1 / 3, 2 / 3], "[0.333333333,0.666666667]"),
        ([0.5, 1.5e-30, -2.25], "[0.5,1.5e-30,-2.25]"),
        ([0.5, 1], "[0.5,1]"),
        ([], "[]"),
        ((1, [2.0, None]), "[1,[2.0,null]]"),
    ],
)
def test_how_values_are_written(value, text):
    assert encode({"x": value}) == b'{"x":' + text.encode() + b"}\n"


def test_every_fp32_value_survives():
    bits = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint32)
    values = bits.view(np.float32)
    values = values[np.isfinite(values)]
    back = np.array(decode(encode({"v": values}))["v"]).astype(np.float32)
    assert back.tobytes() == values.tobytes()


def test_only_numbers_become_numbers():
    record = {"event": "nan", "text": "inf", "loss": NAN, "v": {"a": [INF, None], "name": "nan"}}
    back = decode(encode(record))
    assert (back["event"], back["text"], back["v"]) == ("nan", "inf", record["v"])
    assert back["loss"] != back["loss"]


@pytest.mark.parametrize("line", [b"[1]", b"{", b'{"x":NaN}', b"\xff", b""])
def test_a_line_that_is_no_record_is_refused(line):
    with pytest.raises(ValueError, match=r".+"):
        decode(line)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":18446744073709551616}',
        '{"a":-9223372036854775809,"b":[1.0,12345678901234567890123]}',
        '{"a":1e400}',
        '{"a":-0}',
        '{"a":[-0.0,1e-400,0.1e1,5e-324,1e22]}',
        '{"a":1,"a":2}',
        '{"a":"\\ud800","b":null,"c":true}',
        '{"a":"\\u00b5 µ"}',
        ' {"a":{"b":{}}} ',
    ],
)
@pytest.mark.parametrize("kind", [str, bytes])
def test_a_line_is_read_as_json_reads_it(text, kind):
    line = text if kind is str else text.encode()
    assert repr(decode(line)) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text", ["{", "[1", '{"a":1}}', '{"a":tru}', '{"a":"\x01"}', '{"a":01}', ""]
)
def test_what_is_no_json_is_refused_in_the_words_of_json(text):
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(text)
    with pytest.raises(json.JSONDecodeError) as found:
        decode(text.encode())
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("value", [object(), {1: 2}, b"bytes"])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(TypeError):
        encode({"x": value})


def test_reading_goes_on_where_it_stopped(path):
    with RecordWriter(path) as writer:
        writer.append({"step": 0})
        first, offset = read(path)
        assert offset == writer.offset
        writer.append({"step": 1})
        second, offset = read(path, offset)
        assert (first, second) == ([{"step": 0}], [{"step": 1}])
        assert read(path, offset) == ([], writer.offset)


def test_many_records_are_the_same_lines(path):
    many = [{"step": 0}, {"step": 1, "x": [0.5, NAN]}]
    with RecordWriter(path) as writer:
        writer.append_all(many)
        writer.append_all([])
        assert writer.offset == path.stat().st_size
    assert path.read_bytes() == b"".join(map(encode, many))


def test_a_missing_file_is_an_empty_one(path):
    assert read(path) == ([], 0)


def test_a_last_line_without_newline_waits(path):
    path.write_bytes(b'{"step":0}\n{"step":1')
    assert read(path) == ([{"step": 0}], 11)
    path.write_bytes(b'{"step":0}\n{"step":1}\n')
    assert read(path, 11) == ([{"step": 1}], 22)


@pytest.mark.parametrize("offset", [0, 11])
def test_a_corrupt_line_is_named(path, offset):
    path.write_bytes(b'{"step":0}\n{"st\n{"step":2}\n')
    with pytest.raises(RunIncomplete, match=r"metrics\.jsonl: line 2 is corrupt"):
        read(path, offset)


def test_reading_waits_for_a_file_that_a_resume_cut(path):
    path.write_bytes(b'{"step":0}\n')
    assert read(path, 22) == ([], 22)
    path.write_bytes(b'{"step":0}\n{"step":1}\n{"step":2}\n')
    assert read(path, 22) == ([{"step": 2}], 33)


def test_an_offset_inside_a_line_is_refused(path):
    path.write_bytes(b'{"step":0}\n')
    with pytest.raises(RunIncomplete, match="byte 4 is not the start of a line"):
        read(path, 4)


def test_an_unreadable_file_is_an_error_in_words(tmp_path):
    with pytest.raises(StoreError, match="it is a folder"):
        read(tmp_path)


def test_a_writer_appends_and_forgets(path):
    write(path, {"step": 0}, {"step": 1})
    with RecordWriter(path) as writer:
        assert writer.offset == path.stat().st_size
        writer.truncate(11)
        writer.append({"step": 9})
        writer.sync()
    assert read(path)[0] == [{"step": 0}, {"step": 9}]


def test_a_writer_removes_a_cut_last_line(path):
    path.write_bytes(b'{"step":0}\n{"x":[' + b"1," * 100_000)
    write(path, {"step": 1})
    assert read(path)[0] == [{"step": 0}, {"step": 1}]
    path.write_bytes(b'{"st')
    write(path, {"step": 2})
    assert read(path)[0] == [{"step": 2}]


def test_forgetting_what_is_not_there_is_refused(path):
    with RecordWriter(path) as writer, pytest.raises(RunIncomplete, match="5 were expected"):
        writer.truncate(5)


def test_a_full_disk_costs_no_earlier_line(path, monkeypatch):
    def fills_up(descriptor, data):
        if len(data) > 50:
            raise OSError(errno.ENOSPC, "full")
        return real(descriptor, data[: len(data) // 2] if data.startswith(b'{"half') else data)

    real = os.write
    monkeypatch.setattr(records.os, "write", fills_up)
    with RecordWriter(path) as writer:
        writer.append({"step": 0})
        with pytest.raises(StoreError, match="the disk is full"):
            writer.append({"step": "x" * 60})
        with pytest.raises(StoreError, match="6 of 13 bytes fitted"):
            writer.append({"half": 1.5})
        writer.append({"step": 1})
    assert read(path)[0] == [{"step": 0}, {"step": 1}]


def test_a_writer_without_a_folder_is_an_error_in_words(tmp_path):
    with pytest.raises(StoreError, match="its folder is not there"):
        RecordWriter(tmp_path / "gone" / "metrics.jsonl")


def test_closing_twice_is_harmless(path):
    writer = RecordWriter(path)
    writer.append({"step": 0})
    writer.close()
    writer.close()
    assert read(path)[0] == [{"step": 0}]
