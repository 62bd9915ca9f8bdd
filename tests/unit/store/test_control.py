"""Requests reach the worker once, whole, and the newest wins."""

import contextlib
import os

import pytest

from paramdyn.errors import BadRequest, StoreError
from paramdyn.store import control
from paramdyn.store.layout import Layout


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


@pytest.mark.parametrize("request_", control.REQUESTS)
def test_a_request_is_taken_once(layout, request_):
    control.send(layout, request_)
    assert control.is_waiting(layout)
    assert request_ == control.take(layout)
    assert control.take(layout) is None
    assert not control.is_waiting(layout)


def test_the_newest_request_replaces_the_older(layout):
    control.send(layout, "pause")
    control.send(layout, "stop")
    assert "stop" == control.take(layout)


def test_an_unknown_request_is_refused_with_the_nearest(layout):
    with pytest.raises(BadRequest, match=r"'stopp' is no request.*Did you mean 'stop'\?"):
        control.send(layout, "stopp")
    assert not control.is_waiting(layout)


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe", b"x" * 5000, b"stop\n"])
def test_whatever_somebody_wrote_is_taken_without_a_crash(layout, text):
    layout.control.write_bytes(text)
    os.utime(layout.control, (0, 0))
    taken = control.take(layout)
    assert taken is None or len(taken) <= 64
    assert not layout.control.exists()


def test_a_file_that_is_being_written_is_left_until_it_has_its_word(layout):
    with layout.control.open("wb", buffering=0) as file:
        assert control.take(layout) is None
        file.write(b"stop\n")
        assert "stop" == control.take(layout)
    assert [] == list(layout.path.iterdir())


def test_a_request_that_comes_while_another_is_read_is_not_lost(layout, monkeypatch):
    control.send(layout, "pause")
    read = control._word

    def read_slowly(path):
        control.send(layout, "stop")
        return read(path)

    monkeypatch.setattr(control, "_word", read_slowly)
    assert "pause" == control.take(layout)
    monkeypatch.undo()
    assert "stop" == control.take(layout)


@pytest.mark.skipif(os.name != "posix", reason="pipes and links of POSIX")
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_may_never_end_is_not_read(layout, make):
    make(layout.control)
    with contextlib.suppress(StoreError):
        assert control.take(layout) is None
    assert [] == list(layout.path.iterdir())


def test_a_folder_in_its_place_is_an_error_in_words(layout):
    layout.control.mkdir()
    with pytest.raises(StoreError, match="a file was expected"):
        control.take(layout)
