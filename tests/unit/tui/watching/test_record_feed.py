"""Metrics that grow: piece by piece they become what the whole file says."""

import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.store.columns import read_columns
from paramdyn.store.records import encode
from paramdyn_tui.watching import metrics
from paramdyn_tui.watching.metrics import RecordFeed

values = st.one_of(st.none(), st.floats(width=32), st.sampled_from(["nan", "inf"]))
records = st.lists(
    st.dictionaries(
        st.sampled_from(["train/loss", "test/loss", "learning_rate", "epoch"]), values, max_size=4
    ),
    max_size=30,
)


def slow(path):
    """Every quantity as steps and values, read at once."""
    columns = read_columns(path)
    return {name: columns.curve(name) for name in columns.values if name != "epoch"}


def check_equal(path, feed):
    expected = slow(path)
    shown = feed.series()
    assert set(expected) == set(shown)
    for name, (steps, numbers) in expected.items():
        assert np.array_equal(steps, shown[name].steps)
        assert np.array_equal(numbers, shown[name].values, equal_nan=True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metrics.jsonl"


def read_all(feed):
    while feed.look() or not feed.complete:
        pass
    return feed


def line(step, **more):
    return encode({"step": step, "train/loss": 1.0 / (step + 1), **more})


@given(records, st.data())
@settings(max_examples=60, deadline=None)
def test_random_pieces_give_what_the_file_gives_at_once(tmp_path_factory, found, draw):
    path = tmp_path_factory.mktemp("r") / "metrics.jsonl"
    path.touch()
    data = b"".join(encode({"step": step, **record}) for step, record in enumerate(found))
    feed, written = RecordFeed(path), 0
    while written < len(data):
        more = draw.draw(st.integers(1, 90))
        with path.open("ab") as file:
            file.write(data[written : written + more])
        written += more
        if draw.draw(st.booleans()):
            feed.look()
            check_equal(path, feed)
    read_all(feed)
    check_equal(path, feed)
    assert (True, "") == (feed.complete, feed.problem)


@pytest.mark.parametrize("seed", range(4))
def test_long_file_is_sampled_and_then_read_whole(path, monkeypatch, seed):
    monkeypatch.setattr(metrics, "WHOLE_BYTES", 4000)
    monkeypatch.setattr(metrics, "PIECE_BYTES", 2500)
    monkeypatch.setattr(metrics, "PLACES", 12)
    monkeypatch.setattr(metrics, "PLACE_BYTES", 200)
    monkeypatch.setattr(metrics, "END_BYTES", 300)
    rng = np.random.default_rng(seed)
    lines = [
        line(step, **({"test/loss": 0.5} if rng.random() < 0.1 else {})) for step in range(900)
    ]
    path.write_bytes(b"".join(lines) + b'{"st')
    feed = RecordFeed(path)
    assert feed.look()
    first = feed.series()["train/loss"]
    assert (False, 899) == (feed.complete, feed.last_step)
    assert (30 < len(first) < 400, 899.0) == (True, first.steps[-1])
    assert (np.diff(first.steps) > 0).all()
    looks, known = 0, slow(path)["train/loss"]
    while not feed.complete:
        assert feed.look()
        looks += 1
        shown = feed.series()["train/loss"]
        assert (np.diff(shown.steps) > 0).all()
        assert 899.0 == shown.steps[-1]
        assert np.array_equal(known[1][shown.steps.astype(int)], shown.values)
    assert looks > 5
    check_equal(path, feed)
    with path.open("ab") as file:
        file.write(b'ep":900,"train/loss":9.0}\n')
    assert feed.look()
    check_equal(path, feed)
    assert 9.0 == feed.series()["train/loss"].last


def test_views_from_before_stay_as_they_were(path):
    path.write_bytes(line(0) + line(1))
    feed = RecordFeed(path)
    feed.look()
    before = feed.series()["train/loss"]
    assert before is feed.series()["train/loss"]
    with path.open("ab") as file:
        file.write(line(2))
    feed.look()
    after = feed.series()["train/loss"]
    assert ([0.0, 1.0], [0.0, 1.0, 2.0]) == (before.steps.tolist(), after.steps.tolist())
    assert before.revision != after.revision
    assert not feed.look()


def test_resumed_file_begins_anew(path):
    path.write_bytes(b"".join(map(line, range(5))))
    feed = read_all(RecordFeed(path))
    os.truncate(path, len(line(0)))
    assert feed.look()
    check_equal(path, feed)
    assert 0 == feed.last_step


def test_spoilt_lines_are_said_and_the_others_count(path):
    path.write_bytes(line(0) + b"nonsense\n" + line(2) + b'{"step":1.5}\n')
    feed = read_all(RecordFeed(path))
    assert [0.0, 2.0] == feed.series()["train/loss"].steps.tolist()
    assert f"{path}: line 2 is corrupt" in feed.problem


def test_file_that_is_gone_leaves_what_was_read(path):
    path.write_bytes(line(0))
    feed = read_all(RecordFeed(path))
    path.unlink()
    assert not feed.look()
    assert [0.0] == feed.series()["train/loss"].steps.tolist()
    assert feed.complete


def test_folder_in_its_place_is_said(path):
    path.mkdir()
    feed = RecordFeed(path)
    assert feed.look()
    assert str(path) in feed.problem
    assert not feed.look()


def test_line_that_never_ends_is_passed_over(path, monkeypatch):
    monkeypatch.setattr(metrics, "WHOLE_BYTES", 100)
    monkeypatch.setattr(metrics, "PIECE_BYTES", 100)
    path.write_bytes(b"x" * 1000 + b"\n" + line(7))
    feed = RecordFeed(path)
    while not feed.complete:
        feed.look()
    assert [7.0] == feed.series()["train/loss"].steps.tolist()
    assert "longer than 100 bytes" in feed.problem


def test_only_wanted_keys_are_kept(path):
    path.write_bytes(json.dumps({"step": 1, "time": 2.0, "other": 3}).encode() + b"\n")
    feed = read_all(RecordFeed(path, ["time", "images_per_s"]))
    assert ["time"] == list(feed.series())
