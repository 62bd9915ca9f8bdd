"""What happens, and in which order, when a worker is killed."""

from types import SimpleNamespace

import pytest

from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn_tui.launch import requests


@pytest.mark.parametrize(
    ("led", "expected"),
    [
        (True, ["SIGSTOP", "stop is left", "SIGKILL"]),
        (False, ["stop is left", "SIGKILL"]),
    ],
)
def test_a_worker_sleeps_before_a_request_is_left_for_its_sequence(
    monkeypatch, tmp_path, led, expected
):
    folder = SimpleNamespace(name="run", layout=Layout(tmp_path))
    happened = []

    def signalled(_folder, number, *_):
        happened.append(number.name)
        if led:
            control.take(folder.layout)  # a sequence finds it

    def asked(_folder, request):
        happened.append(f"{request} is left")
        control.send(folder.layout, request)

    state = SimpleNamespace(pid=7)
    monkeypatch.setattr(requests, "status_of", lambda _: ("running", state))
    monkeypatch.setattr(requests, "_is_led", lambda _: led)
    monkeypatch.setattr(requests, "wait_for", lambda *_, **__: True)
    monkeypatch.setattr(requests, "_signal", signalled)
    monkeypatch.setattr(requests, "ask", asked)
    requests.kill(folder)
    assert expected == happened
    assert not control.is_waiting(folder.layout)
