"""The driver hands on what is typed, tells when that is over, and ends when it is told to."""

import os
import threading

import pytest
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.events import Key

from paramdyn_tui.tui.quiet_driver import QuietDriver


class Told:
    """What the driver needs of an application; it keeps what is told."""

    def __init__(self):
        self.messages = []


@pytest.fixture
def driver(monkeypatch):
    """A driver that reads a pipe, and the pipe's other end."""
    reading, writing = os.pipe()
    monkeypatch.setattr("asyncio.get_running_loop", lambda: None)
    made = QuietDriver(Told(), size=(80, 24))
    made.fileno = reading
    monkeypatch.setattr(made, "process_message", made._app.messages.append)
    yield made, writing
    for descriptor in (reading, writing, made._woken, made._alarm):
        os.close(descriptor)


def keys(driver):
    return [each.key for each in driver._app.messages if isinstance(each, Key)]


def test_what_is_typed_comes_at_once_and_then_that_it_is_over(driver):
    made, writing = driver
    typed = made._typed()
    os.write(writing, b"ab")
    assert b"ab" == next(typed)
    assert b"" == next(typed)  # some time later: an escape would be a key by now
    os.write(writing, b"c")
    assert b"c" == next(typed)


def test_keys_are_handed_on_until_the_input_is_disabled(driver):
    made, writing = driver
    os.write(writing, b"a\x1b[A\xc3")
    made._key_thread = thread = threading.Thread(target=made.run_input_thread)
    thread.start()
    os.write(writing, b"\xa4\x1b")
    while len(keys(made)) < 4:
        assert thread.is_alive()
        thread.join(0.01)
    made.disable_input()
    assert not thread.is_alive()
    assert ["a", "up", "ä", "escape"] == keys(made)
    assert not made.exit_event.is_set()  # suspended, it can begin anew


def test_a_terminal_that_is_gone_ends_the_waiting(driver, monkeypatch):
    made, writing = driver
    os.write(writing, b"a")
    typed = made._typed()
    assert b"a" == next(typed)
    monkeypatch.setattr("paramdyn_tui.tui.quiet_driver.os.read", lambda *_: b"")
    os.write(writing, b"b")
    assert [] == list(typed)


class Written:
    """Stands for the thread that writes; it keeps what it is given."""

    def __init__(self):
        self.pieces = []

    def write(self, text):
        self.pieces.append(text)


def test_a_frame_is_written_as_one_piece(driver):
    made, _ = driver
    made._writer_thread = written = Written()
    for piece in ("a", SYNC_START, "b", "c", SYNC_END, "d", SYNC_START, SYNC_END):
        made.write(piece)
    assert ["a", f"{SYNC_START}bc{SYNC_END}", "d", SYNC_START + SYNC_END] == written.pieces
