"""What happens, and in which order, when a worker is killed."""

import dataclasses
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.process import Process, boot_id, host, process_start
from paramdyn.store.state import RunState, write_state
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


LEAVES = """
import sys, threading, time
from pathlib import Path
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests

sleeps = threading.Event()

def wait_for(folder, is_done, seconds):  # on a busy machine, until whoever asked is leaving
    while requests.status_of(folder)[0] != "suspended":
        pass
    sleeps.set()
    time.sleep(0.5)
    return True

requests.wait_for = wait_for
folder = RunFolder(Path(sys.argv[1]))
threading.Thread(target=requests.kill, args=[folder], daemon=True).start()
sleeps.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_is_not_left_asleep_when_whoever_kills_it_is_left(tmp_path):
    words = [sys.executable, "-c", "print('ready', flush=True); input()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        try:
            assert b"ready\n" == worker.stdout.readline()
            assert os.getsid(worker.pid) != worker.pid  # as one that a sequence began
            start = process_start(worker.pid)
            named = dataclasses.asdict(Process(worker.pid, start, boot_id(), host()))
            write_state(Layout(tmp_path), RunState(status="running", **named))
            subprocess.run([sys.executable, "-c", LEAVES, str(tmp_path)], check=True)
            assert -signal.SIGKILL == worker.wait(timeout=20)
        finally:
            worker.kill()
