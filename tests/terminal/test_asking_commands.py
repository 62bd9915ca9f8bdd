"""``stop`` and ``pause`` of runs that a process lives for, here the test's own."""

import dataclasses
import json

import pytest

from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import read_state, write_state


@pytest.fixture
def alive(made_run, runs_dir):
    """Return a function that makes a run on which this process works, with a status."""

    def make(status):
        name = made_run(RunSpec(), status=status)
        layout, me = Layout(runs_dir / name), this_process()
        state = dataclasses.replace(
            read_state(layout), pid=me.pid, process_start=me.process_start, boot_id=me.boot_id,
            host=me.host,
        )  # fmt: skip
        write_state(layout, state)
        return name, layout

    return make


def test_stop_that_does_not_wait_has_done_its_work_when_it_asked(command, alive):
    name, layout = alive("running")
    status, out, _ = command("stop", name, "--no-wait", "--json")
    [answer] = json.loads(out)
    assert (0, True, "asked to stop") == (status, answer["done"], answer["message"])
    assert "stop\n" == layout.control.read_text()


def test_stop_after_the_epoch_asks_for_that(command, alive):
    name, layout = alive("running")
    assert 0 == command("stop", name, "--no-wait", "--after-epoch")[0]
    assert "stop-after-epoch\n" == layout.control.read_text()


def test_pause_says_how_to_go_on(command, alive):
    name, _ = alive("paused")
    status, out, err = command("pause", name)
    assert 0 == status
    assert "is paused already" in out
    assert f"go on  paramdyn resume {name}\n" == err


def test_pause_in_json_says_nothing_beside_it(command, alive):
    name, _ = alive("paused")
    status, out, err = command("pause", name, "--json")
    assert (0, "") == (status, err)
    assert [("paused", True)] == [(each["status"], each["done"]) for each in json.loads(out)]


def test_pause_that_is_not_obeyed_in_time_says_no_way_on(command, alive):
    name, layout = alive("running")
    status, out, err = command("pause", name, "--timeout", "0")
    assert 1 == status
    assert "The request stays" in out + err
    assert "go on" not in err
    assert "pause\n" == layout.control.read_text()


@pytest.mark.parametrize(
    ("kept", "words"),
    [(True, "its last checkpoint stays"), (False, "there was no checkpoint yet")],
)
def test_kill_says_whether_a_checkpoint_stays(command, alive, monkeypatch, kept, words):
    from paramdyn_tui.launch import requests

    monkeypatch.setattr(requests, "kill", lambda folder: None)  # noqa: ARG005 - as the real one
    name, layout = alive("running")
    if kept:
        layout.checkpoint.write_bytes(b"")
    [answer] = json.loads(command("stop", name, "--kill", "--json")[1])
    assert f"killed; {words}" == answer["message"]
