"""How parameters moved, as it grows: read at once or in pieces, all of it or samples."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.store import drift_lines
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import Manifest, ParameterInfo, read_manifest, write_manifest
from paramdyn.store.records import encode, encode_measurement
from paramdyn_tui.plotting.series import read_classes, read_drift
from paramdyn_tui.watching import drift, totals
from paramdyn_tui.watching.drift import CLASSES, DriftFeed

NAMES = ("displacement", "weight_norm")
NAN = float("nan")
numbers = st.one_of(st.none(), st.floats(width=32))


@pytest.fixture
def manifest(hand):
    return read_manifest(hand.layout)


@pytest.fixture
def feed(hand):
    return DriftFeed(hand.layout.drift)


def record(step, name="displacement", total=1.0, values=(1.0, 2.0, 3.0, 4.0)):
    return {"step": step, "measurement": name, "total": total, "values": list(values)}


def lines(step, rows):
    return b"".join(
        encode_measurement(step, name, row[0], row[1:]).encode()
        for name, row in zip(NAMES, rows, strict=True)
    )


def check_equal(layout, feed, name):
    expected, shown = read_drift(layout, name), feed.drift()[name]
    assert np.array_equal(expected.step, shown.steps)
    for field in ("values", "total"):
        assert np.array_equal(getattr(expected, field), getattr(shown, field), equal_nan=True)
    assert np.array_equal(expected.defined, shown.defined)


@given(
    st.lists(st.tuples(*[st.lists(numbers, min_size=5, max_size=5)] * 2), min_size=1, max_size=9),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_random_pieces_give_what_the_file_gives_at_once(feed_of, found, draw):
    layout, manifest = feed_of
    layout.drift.write_bytes(b"")
    data = b"".join(lines(step, rows) for step, rows in enumerate(found, 1))
    feed, written = DriftFeed(layout.drift), 0
    feed.want(NAMES[0])
    while written < len(data):
        more = draw.draw(st.integers(1, 400))
        with layout.drift.open("ab") as file:
            file.write(data[written : written + more])
        written += more
        if draw.draw(st.booleans()):
            feed.want(draw.draw(st.sampled_from(NAMES)))
            feed.look(manifest)
    feed.want(NAMES[1])
    feed.look(manifest)
    for name in NAMES:
        check_equal(layout, feed, name)
    assert (True, "") == (feed.complete, feed.problem)


@pytest.fixture(scope="module")
def feed_of(tmp_path_factory):
    """The files of a run, and its table of four parameters; written anew by each example."""
    layout = Layout(tmp_path_factory.mktemp("drift"))
    table = tuple(ParameterInfo(f"p{n}", (1,), 1, "p", "other", True) for n in range(4))
    texts = ("id", "created", "paramdyn", "host", "boot_id", "device", "device_name", "precision",
             "kernel", "initial_sha256")  # fmt: skip
    counts = ("pid", "threads", "steps_per_epoch", "total_steps", "record_steps")
    manifest = Manifest(
        **dict.fromkeys(texts, ""), **dict.fromkeys(counts, 1), versions={}, git=None, parent=None,
        process_start=0.0, dataset={}, parameters=table, buffers=(),
    )  # fmt: skip
    write_manifest(layout, manifest)
    return layout, manifest


def test_nothing_is_read_that_nobody_wants(hand, feed, manifest):
    hand.drift(record(1))
    assert not feed.look(manifest)
    assert ({}, True) == (dict(feed.drift()), feed.complete)
    feed.want("displacement")
    assert not feed.complete
    assert feed.look(manifest)
    assert ["displacement"] == list(feed.drift())
    assert not feed.look(manifest)


def test_what_is_not_there_was_looked_for_and_that_is_told(hand, feed, manifest):
    hand.drift(record(1))
    feed.want("displacement")
    assert feed.look(manifest)
    assert frozenset({"displacement"}) == feed.looked_for()
    feed.want("straightness")
    assert feed.look(manifest)  # a viewer has to hear that there is none
    assert frozenset({"displacement", "straightness"}) == feed.looked_for()
    assert not feed.look(manifest)


def test_undefined_is_told_from_nan(hand, feed, manifest):
    hand.drift(
        record(1, total=None, values=[None] * 4), record(2, total=NAN, values=[NAN, 1, 2, 3])
    )
    feed.want("displacement")
    feed.look(manifest)
    shown = feed.drift()["displacement"]
    assert [[False, True]] + [[False, True]] * 3 == shown.defined.tolist()
    assert np.isnan(shown.total).all()
    assert [2.0] == shown.totals.steps.tolist()


def test_long_file_is_sampled_and_every_total_read(hand, feed, manifest, monkeypatch):
    for module in (drift, drift_lines):
        monkeypatch.setattr(module, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(drift, "SAMPLES", 20)
    monkeypatch.setattr(totals, "_PIECE_BYTES", 5000)
    hand.drift(*(record(step, total=99.0 if step == 137 else 1.0) for step in range(1, 301)))
    feed.want("displacement")
    feed.look(manifest)
    shown = feed.drift()["displacement"]
    assert (True, 21) == (shown.sampled, len(shown.steps))
    assert (1.0, 300.0) == (shown.steps[0], shown.steps[-1])
    assert not feed.complete
    while not feed.complete:
        feed.look(manifest)
    shown = feed.drift()["displacement"]
    assert (300, 99.0) == (len(shown.totals), shown.totals.values.max())
    hand.drift(record(301, total=7.0), record(302, total=None))
    assert feed.look(manifest)
    shown = feed.drift()["displacement"]
    assert [300.0, 301.0, 302.0] == shown.steps[-3:].tolist()
    assert (301, 7.0) == (len(shown.totals), shown.totals.last)


def test_classes_of_a_long_file_are_looked_for_after_what_is_drawn(hand, feed, manifest,
                                                                   monkeypatch):  # fmt: skip
    monkeypatch.setattr(drift, "WHOLE_BYTES", 10)
    partition = {"total": {"changed": 5}, "values": {"changed": [1, 1, 1, 2]}}
    hand.drift({"step": 1, "measurement": CLASSES, **partition}, record(1))
    feed.want("displacement")
    feed.want(CLASSES)
    feed.look(manifest)
    assert (None, False) == (feed.classes, feed.complete)
    feed.look(manifest)
    assert read_classes(hand.layout) == feed.classes
    hand.drift({"step": 9, "measurement": CLASSES, **partition})
    assert feed.look(manifest)
    assert 9 == feed.classes.step


def test_records_without_end_take_limited_room(hand, feed, manifest, monkeypatch):
    monkeypatch.setattr(drift, "MOST_VALUES", 400)
    monkeypatch.setattr(drift, "_LEAST_RECORDS", 10)
    feed.want("displacement")
    for start in range(1, 1000, 50):
        hand.drift(*(record(step, total=float(step)) for step in range(start, start + 50)))
        feed.look(manifest)
        shown = feed.drift()["displacement"]
        assert len(shown.steps) <= 100
        assert start + 49.0 == shown.steps[-1]
        assert np.array_equal(shown.steps, shown.total)
    while not feed.complete:
        feed.look(manifest)
    assert 1000 == len(feed.drift()["displacement"].totals)


def test_spoilt_lines_are_said_and_the_others_count(hand, feed, manifest):
    hand.drift(record(1), record(2, values=[1.0]), record(3))
    feed.want("displacement")
    feed.want(CLASSES)
    feed.look(manifest)
    assert [1.0, 3.0] == feed.drift()["displacement"].steps.tolist()
    assert "step 2 has 1 values" in feed.problem
    with hand.layout.drift.open("ab") as file:
        file.write(b'{"step":4,"measurement":"displacement",\n{"measurement":"classes"}\n')
    hand.drift(record(5))
    feed.look(manifest)
    assert [1.0, 3.0, 5.0] == feed.drift()["displacement"].steps.tolist()
    assert feed.classes is None


def test_resumed_file_begins_anew(hand, feed, manifest):
    hand.drift(*map(record, range(1, 6)))
    feed.want("displacement")
    feed.look(manifest)
    os.truncate(hand.layout.drift, len(encode(record(1))) * 2)
    assert feed.look(manifest)
    check_equal(hand.layout, feed, "displacement")
    hand.drift(record(3, total=8.0))
    feed.look(manifest)
    assert [1.0, 1.0, 8.0] == feed.drift()["displacement"].total.tolist()


def test_record_that_is_written_while_a_file_is_sampled_counts_once(hand, feed, manifest,
                                                                     monkeypatch):  # fmt: skip
    hand.drift(record(1))
    sample = drift.sample_lines

    def late(*given):
        monkeypatch.setattr(drift, "sample_lines", sample)
        hand.drift(record(2))
        return sample(*given)

    monkeypatch.setattr(drift, "sample_lines", late)
    feed.want("displacement")
    for step in (3, 4):
        feed.look(manifest)
        hand.drift(record(step))
    feed.look(manifest)
    assert [1.0, 2.0, 3.0, 4.0] == feed.drift()["displacement"].steps.tolist()
