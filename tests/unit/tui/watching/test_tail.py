"""The end of a file that grows, shrinks, vanishes and comes back."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.watching.tail import Tail


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.fixture
def tail(path):
    return Tail(path)


@given(st.binary(max_size=400).map(lambda data: data.replace(b"a", b"\n")), st.data())
def test_lines_come_once_however_they_are_written_and_read(tmp_path_factory, data, draw):
    path = tmp_path_factory.mktemp("t") / "file"
    path.touch()
    longest = max(map(len, data.split(b"\n"))) + 1
    tail, read, written = Tail(path), [], 0
    while written < len(data) or tail.more:
        more = draw.draw(st.integers(0, 60))
        with path.open("ab") as file:
            file.write(data[written : written + more])
        written += more
        read += tail.added(longest + draw.draw(st.integers(0, 9)))
        assert not tail.restarted
    assert data.split(b"\n")[:-1] == read


def test_file_that_was_cut_and_has_grown_past_that_is_read_anew(path, tail):
    path.write_bytes(b"one\ntwo\n")
    tail.added()
    path.write_bytes(b"uno\ndue\ntre\n")  # the same inode, and longer than what was read
    assert ([b"uno", b"due", b"tre"], True) == (tail.added(), tail.restarted)


def test_resumed_file_with_the_same_bytes_goes_on(path, tail):
    path.write_bytes(b"one\ntwo\n")
    tail.added()
    path.write_bytes(b"one\ntwo\nthree\n")
    assert ([b"three"], False) == (tail.added(), tail.restarted)


def test_jump_to_the_end_forgets_what_was_read_before(path, tail):
    path.write_bytes(b"x" * 80 + b"\n")
    tail.added()
    with path.open("ab") as file:
        file.write(b"y" * 200 + b"\nlast\n")
    assert b"last\n" == tail.end(7)
    with path.open("ab") as file:
        file.write(b"new\n")
    assert ([b"new"], False) == (tail.added(), tail.restarted)


def test_line_without_an_end_is_passed_over(path, tail):
    path.write_bytes(b"first\n" + b"x" * 50 + b"\nlast\n")
    read = [tail.added(20) for _ in range(4)]
    assert [[b"first"], [], [], [b"last"]] == read
    assert (1, False) == (tail.overlong, tail.more)


def test_bytes_come_with_lines_that_are_not_complete(path, tail):
    path.write_bytes(b"one\ntw")
    assert (b"one\n", True) == (tail.bytes_added(4), tail.more)
    assert (b"tw", False) == (tail.bytes_added(4), tail.more)
    assert b"" == tail.bytes_added(4)


def test_file_that_vanishes_and_comes_back_is_read_anew(path, tail, tmp_path):
    path.write_bytes(b"one\n")
    tail.added()
    path.rename(tmp_path / "moved")
    assert ([], False, "") == (tail.added(), tail.restarted, tail.problem)
    path.write_bytes(b"one\ntwo\n")
    assert ([b"one", b"two"], True) == (tail.added(), tail.restarted)


def test_what_is_no_file_is_said_and_never_waited_for(path, tail):
    path.mkdir()
    assert [] == tail.added()
    assert str(path) in tail.problem
    path.rmdir()
    os.mkfifo(path)
    assert [] == tail.added()
    path.unlink()
    path.write_bytes(b"one\n")
    assert ([b"one"], "") == (tail.added(), tail.problem)
