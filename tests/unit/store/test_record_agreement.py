"""Up to which step two files of records are the same bytes."""

import pytest

from paramdyn.store import record_agreement
from paramdyn.store.record_agreement import agreement


def lines(*steps, loss=0.5):
    return b"".join(b'{"step":%d,"train/loss":%g}\n' % (step, loss) for step in steps)


@pytest.fixture(params=[5, 8 * 2**20])
def compared(request, tmp_path, monkeypatch):
    monkeypatch.setattr(record_agreement, "_PIECE", request.param)

    def run(a, b):
        (tmp_path / "a").write_bytes(a)
        (tmp_path / "b").write_bytes(b)
        found = agreement(tmp_path / "a", tmp_path / "b")
        places = (found.records, found.last_equal_step, found.first_different_step)
        return found.same, places, (found.records_a, found.records_b)

    return run


def test_equal_files(compared):
    assert (True, (3, 468, None), (3, 3)) == compared(lines(0, 1, 468), lines(0, 1, 468))


def test_files_that_part(compared):
    other = lines(0, 1) + lines(2, 3, loss=0.25)
    assert (False, (2, 1, 2), (4, 4)) == compared(lines(0, 1, 2, 3), other)


def test_one_is_the_beginning_of_the_other(compared):
    assert (False, (2, 1, None), (2, 4)) == compared(lines(0, 1), lines(0, 1, 2, 3))


def test_half_a_line_does_not_count(compared):
    assert (False, (1, 0, None), (1, 2)) == compared(lines(0) + b'{"step":1,"tr', lines(0, 1))


def test_nothing_in_common(compared):
    assert (False, (0, None, 0), (1, 1)) == compared(lines(0), lines(0, loss=1.0))


def test_a_record_at_another_step(compared):
    assert (False, (1, 0, 2), (2, 2)) == compared(lines(0, 5), lines(0, 2))


def test_lines_that_cannot_be_read(compared):
    assert (False, (1, None, None), (2, 2)) == compared(b"\xff\n{\n", b"\xff\n[\n")


def test_missing_files_are_empty(tmp_path):
    found = agreement(tmp_path / "a", tmp_path / "b")
    assert (True, 0) == (found.same, found.records)
