"""Requests reach the worker once, whole, and the newest wins."""

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
    taken = control.take(layout)
    assert taken is None or len(taken) <= 64
    assert not layout.control.exists()


def test_a_folder_in_its_place_is_an_error_in_words(layout):
    layout.control.mkdir()
    with pytest.raises(StoreError, match="a file was expected"):
        control.take(layout)
