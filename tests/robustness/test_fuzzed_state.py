"""Whatever stands in state.json, lock or control: no traceback, and no dead run is said to live."""

import dataclasses
import json
import random
import time

import pytest

from paramdyn.errors import StoreError
from paramdyn.store.layout import Layout
from paramdyn.store.lock import lock_holder
from paramdyn.store.process import this_process
from paramdyn.store.state import LIVE, RunState, effective_status, read_state, silence, write_state
from paramdyn.training import requests
from paramdyn.training.requests import Requests

pytestmark = pytest.mark.slow  # thirty thousand small files
INPUTS = 10_000  # in three tests
ODD = [
    None, True, False, -1, 0, 1, 2**31, 2**63, 2**70, -0.5, 1e308, "", "nan", "inf", "-inf", "\x00",
    "running", "é" * 50, [], {}, [[]], {"a": {"b": None}}, ["nan"],
]  # fmt: skip


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def put(path, content):
    """Write a new file: some file systems go to the disk when one is cut and written again."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def damaged(chance, content):
    """Return ``content`` with some bytes changed, removed, doubled or put elsewhere."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place, length = chance.randrange(len(data) + 1), chance.randint(0, 20)
        kind = chance.randrange(4)
        if kind == 0:
            data[place:place] = bytes(chance.choices(b'{}[]",:0\\ne-\xff\x00', k=length))
        elif kind == 1:
            del data[place : place + length]
        elif kind == 2:
            data[place:place] = data[:length]
        elif data:
            data[min(place, len(data) - 1)] = chance.randrange(256)
    return bytes(data)


def test_a_dead_run_is_never_said_to_live(layout):
    """Fields of any value, in the state of a worker of this machine that is gone."""
    chance = random.Random(1)
    process = dataclasses.asdict(dataclasses.replace(this_process(), pid=2**22 + 7))
    state = RunState(status="running", heartbeat=time.time(), started=1.0, **process)
    write_state(layout, state)
    content = json.loads(layout.state.read_text())
    fields = sorted(content)
    read = 0
    for _ in range(INPUTS // 3):
        odd = {chance.choice(fields): chance.choice(ODD) for _ in range(chance.randint(1, 2))}
        changed = {**content, **odd}
        put(layout.state, json.dumps(changed).encode())
        try:
            found = read_state(layout)
        except StoreError:
            continue
        read += 1
        assert silence(found) >= 0
        status = effective_status(found)
        same_machine = (found.host, found.boot_id) == (state.host, state.boot_id)
        if found.pid == state.pid and same_machine and found.status in LIVE:
            assert "crashed" == status
    assert read > 500


def test_damaged_files_are_refused_in_words(layout):
    chance = random.Random(2)
    write_state(layout, RunState(status="running", metrics={"test/loss": 0.5}))
    content = layout.state.read_bytes()
    holder = json.dumps(dataclasses.asdict(this_process())).encode()
    refused = 0
    for _ in range(INPUTS // 3):
        put(layout.state, damaged(chance, content))
        put(layout.lock, damaged(chance, holder))
        lock_holder(layout)
        try:
            effective_status(read_state(layout))
        except StoreError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 10_000, "\ud800"])
def test_what_json_readers_choke_on_is_refused_in_words(layout, text):
    layout.state.write_text(text, errors="surrogatepass")
    with pytest.raises(StoreError, match=r"state\.json"):
        read_state(layout)


def test_only_the_four_words_do_anything(layout, monkeypatch):
    monkeypatch.setattr(requests, "LOOK_SECONDS", 0.0)
    chance = random.Random(3)
    words = [b"stop\n", b"stop-after-epoch", b"pause\n", b"resume"]
    for _ in range(INPUTS // 3):
        text = damaged(chance, chance.choice(words))
        put(layout.control, text)
        asked = Requests(layout, lambda: False)
        asked.look()
        word = text[:64].decode("utf-8", errors="replace").strip()
        assert (word == "stop", word == "stop-after-epoch", word == "pause") == (
            asked.stop,
            asked.after_epoch,
            asked.pause,
        )
