import dataclasses
import os
import signal
import subprocess
import sys

import pytest

from paramdyn.store import process
from paramdyn.store.process import (
    boot_id,
    host,
    is_alive,
    process_start,
    restarted_since,
    this_process,
)


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
    start, stopped = process._portably(os.getpid())
    assert start is not None
    assert stopped is False
    assert process._portably(2**22 + 1) == (None, False)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("look_up", [process._look_up, process._portably])
def test_a_stopped_process_is_alive_and_suspended(look_up):
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        start, stopped = look_up(child.pid)
        assert (start is not None, stopped) == (True, True)
        child.send_signal(signal.SIGCONT)
        os.waitid(os.P_PID, child.pid, os.WCONTINUED | os.WNOWAIT)
        assert look_up(child.pid)[1] is False
        child.communicate(b"\n")


def test_an_earlier_start_of_this_machine_is_told_from_a_container():
    me = this_process()
    boot, _, container = me.boot_id.partition(" ")
    assert restarted_since(dataclasses.replace(me, boot_id=f"before {container}"))
    assert not restarted_since(dataclasses.replace(me, boot_id=f"{boot} pid:[1]"))
    assert not restarted_since(dataclasses.replace(me, boot_id="before", host="elsewhere"))
