"""A log that grows: its lines by number, without keeping it in memory."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn_tui.watching import log
from paramdyn_tui.watching.log import LogFeed


@pytest.fixture
def small(monkeypatch):
    """Blocks, pieces and ends so small that a short log has many."""
    for name, size in (("BLOCK_BYTES", 32), ("_PIECE_BYTES", 70), ("_END_BYTES", 40),
                       ("_STEP_BYTES", 16), ("LAST_LINES", 3)):  # fmt: skip
        monkeypatch.setattr(log, name, size)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.txt"


def read_all(feed):
    while feed.look() or not feed.complete:
        pass
    return feed.view()


def lines_of(data):
    lines = data.decode("utf-8", "replace").split("\n")
    return [line.rstrip("\r") for line in (lines if lines[-1] else lines[:-1])]


@given(st.lists(st.text("ab é\r", max_size=60), max_size=40).map("\n".join), st.data())
@settings(max_examples=60, deadline=None)
def test_any_lines_are_those_of_the_file(small_log, text, draw):
    data, path = text.encode(), small_log
    path.write_bytes(b"")
    feed, written, views = LogFeed(path), 0, []
    while written < len(data):
        more = draw.draw(st.integers(1, 150))
        with path.open("ab") as file:
            file.write(data[written : written + more])
        written += more
        views.append((read_all(feed), lines_of(data[:written])))
    for view, expected in views:
        assert len(expected) == view.count
        assert list(view.last) == expected[len(expected) - len(view.last) :]
        first = draw.draw(st.integers(0, len(expected)))
        count = draw.draw(st.integers(0, len(expected) + 2))
        assert expected[first : first + count] == view.lines(first, count)


@pytest.fixture(scope="module")
def small_log(tmp_path_factory):
    """A path, while everything is as small as in ``small``."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("BLOCK_BYTES", 32), ("_PIECE_BYTES", 70), ("_END_BYTES", 40),
                           ("_STEP_BYTES", 16), ("LAST_LINES", 3)):  # fmt: skip
            patch.setattr(log, name, size)
        yield tmp_path_factory.mktemp("log") / "log.txt"


def test_lines_that_are_kept_are_given_without_the_file(path):
    path.write_text("".join(f"line {n}\n" for n in range(1000)))
    view = read_all(LogFeed(path))
    path.unlink()
    assert (1000, log.LAST_LINES) == (view.count, len(view.last))
    assert ["line 998", "line 999"] == view.lines(998, 10)
    assert [] == view.lines(0, 5)


@pytest.mark.usefixtures("small")
def test_words_are_found_both_ways(path):
    path.write_text("".join(f"line {n} {'Error' if n in (3, 40) else ''}\n" for n in range(60)))
    view = read_all(LogFeed(path))
    assert (3, 40) == (view.find("error", 0), view.find("ERROR", 4))
    assert (40, 3) == (
        view.find("error", 59, backwards=True),
        view.find("error", 39, backwards=True),
    )
    assert (None, None) == (view.find("error", 41), view.find("error", 2, backwards=True))


def test_endless_line_is_cut(path, monkeypatch):
    monkeypatch.setattr(log, "_MOST_BYTES", 5000)
    monkeypatch.setattr(log, "_STEP_BYTES", 1000)
    monkeypatch.setattr(log, "_END_BYTES", 100)
    path.write_bytes(b"one\n" + b"x" * 9000)
    view = read_all(LogFeed(path))
    assert (2, ()) == (view.count, view.last)
    assert ["x" * log.LONGEST_LINE] == view.lines(1, 1)


def test_log_that_was_cut_or_is_no_file(path):
    feed = LogFeed(path)
    assert (0, True) == (read_all(feed).count, feed.complete)
    path.write_bytes(b"one\ntwo\n")
    before = read_all(feed)
    os.truncate(path, 4)
    assert feed.look()
    assert (1, ("one",)) == (feed.view().count, feed.view().last)
    assert ("one", "two") == before.last
    path.unlink()
    path.mkdir()
    assert feed.look()
    assert str(path) in feed.problem


@pytest.mark.usefixtures("small")
def test_late_line_is_found_without_reading_what_is_before(path, monkeypatch):
    monkeypatch.setattr(log, "_MOST_BYTES", 128)
    path.write_text("".join(f"line {n}\n" for n in range(1000)))
    assert ["line 900", "line 901"] == read_all(LogFeed(path)).lines(900, 2)
