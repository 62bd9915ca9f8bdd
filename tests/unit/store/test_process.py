import dataclasses
import os
import subprocess
import sys

import pytest

from paramdyn.store import process
from paramdyn.store.process import boot_id, host, is_alive, process_start, this_process


def test_this_process_is_alive():
    me = this_process()
    assert (me.pid, me.host, me.boot_id) == (os.getpid(), host(), boot_id())
    assert is_alive(me) is True


def test_a_pid_used_again_is_another_process():
    me = this_process()
    assert is_alive(dataclasses.replace(me, process_start=me.process_start - 100)) is False


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"boot_id": "before"}, {"pid": 0}])
def test_what_cannot_be_seen_is_unknown(change):
    assert is_alive(dataclasses.replace(this_process(), **change)) is None


def test_a_process_nobody_waited_for_is_gone():
    with subprocess.Popen([sys.executable, "-S", "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout.read() == b""  # the pipe closes when the child ends
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process_start(child.pid) is None
    assert process_start(child.pid) is None


def test_the_portable_way_agrees(monkeypatch):
    monkeypatch.setattr(process, "Path", lambda _: pytest.fail)
    start = process._portable_start(os.getpid())
    assert start is not None
    assert process._portable_start(2**22 + 1) is None
