import dataclasses
import json
import math
import time

import pytest

from paramdyn.errors import RunIncomplete, SchemaTooNew
from paramdyn.store.layout import Layout
from paramdyn.store.process import boot_id, this_process
from paramdyn.store.state import (
    STALE_SECONDS,
    RunState,
    effective_status,
    read_state,
    silence,
    write_state,
)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def state(**fields):
    process = dataclasses.asdict(this_process())
    return RunState(**{"status": "running", "heartbeat": time.time(), **process, **fields})


def test_round_trip(layout):
    written = state(
        epoch=1.5,
        step=3,
        metrics={"train/loss": math.inf, "test/accuracy": 0.5},
        reason="nan",
        summary={"model": "lenet", "seed": 0},
    )
    write_state(layout, written)
    assert read_state(layout) == written
    json.loads(layout.state.read_text(), parse_constant=pytest.fail)


def test_whole_numbers_are_floats_where_floats_belong(layout):
    layout.state.write_text('{"status": "finished", "epoch": 2, "images_per_s": "nan"}')
    back = read_state(layout)
    assert (back.status, repr(back.epoch)) == ("finished", "2.0")
    assert math.isnan(back.images_per_s)


def test_unknown_keys_are_ignored(layout):
    layout.state.write_text('{"status": "finished", "later": 1}')
    assert read_state(layout) == RunState(status="finished")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "'status' is missing"),
        ('{"status": 1, "step": "x"}', "'status' is 1, str was expected; 'step' is 'x', int was"),
        ('{"status": "running", "step": true}', "'step' is True"),
        ('{"status"', "is no JSON"),
        ("[]", "holds list"),
    ],
)
def test_what_is_wrong_is_named(layout, text, words):
    layout.state.write_text(text)
    with pytest.raises(RunIncomplete, match=words):
        read_state(layout)


def test_missing(layout):
    with pytest.raises(RunIncomplete, match=r"state\.json: is missing"):
        read_state(layout)


def test_a_newer_schema_is_refused(layout):
    layout.state.write_text('{"schema_version": 2, "shape": "unknown"}')
    with pytest.raises(SchemaTooNew, match="schema version 2, this paramdyn reads up to 1"):
        read_state(layout)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "running"),
        ({"status": "paused"}, "paused"),
        ({"status": "finished", "process_start": 1.0}, "finished"),
        ({"process_start": 1.0}, "crashed"),
        ({"status": "queued", "process_start": 1.0}, "crashed"),
        ({"status": "queued", "pid": 0, "heartbeat": 0.0}, "queued"),
        ({"host": "elsewhere"}, "running"),
        ({"host": "elsewhere", "heartbeat": 0.0}, "stale"),
        ({"boot_id": "before", "heartbeat": 0.0}, "crashed"),
        ({"boot_id": boot_id().split()[0] + " pid:[1]", "heartbeat": 0.0}, "stale"),
        ({"heartbeat": 0.0}, "running"),
        ({"heartbeat": 4e9}, "running"),
        ({"heartbeat": 4e9, "process_start": 1.0}, "crashed"),
    ],
)
def test_effective_status(fields, status):
    assert effective_status(state(**fields)) == status


def test_silence_is_stale_after_half_a_minute_where_no_process_can_be_seen(monkeypatch):
    far = state(host="elsewhere", heartbeat=1000.0)
    for clock, silent, status in (
        (1000.0 + STALE_SECONDS, 30.0, "running"),
        (1000.5 + STALE_SECONDS, 30.5, "stale"),
        (900.0, 0.0, "running"),  # a clock that was set back
    ):
        monkeypatch.setattr(time, "time", lambda clock=clock: clock)
        assert (silence(far), effective_status(far)) == (silent, status)
